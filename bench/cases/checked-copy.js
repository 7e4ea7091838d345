/** A bootable copy of a large image that has an implanted MD5, which stays true. */
import { rmSync } from 'node:fs';
import { isoboot, MD5_PASS, output, shell } from '../program.js';
import { prove, proveMediaCheck, proveSameInPlace } from '../proof.js';

const OURS = 'isoboot inject, media check kept';
const PASS = 'one MD5 pass by the same Node';
const IMPLANT = 'cp, then implantisomd5';

export const checkedCopy = {
  name: 'checked-copy',
  inputs: ['checked'],

  prepare({ paths: { checked }, scratch, counts }) {
    const out = scratch('out.iso');
    const pass = [process.execPath, MD5_PASS, checked];
    const commands = [
      {
        name: OURS,
        argvs: [isoboot('inject', checked, '-o', out)],
        files: counts.checked,
        check: () => [proveMediaCheck(out), proveSameInPlace(checked, out)].join('; '),
      },
      {
        name: PASS,
        argvs: [pass],
        check: () =>
          prove(output(pass).slice(0, 32) === output(['md5sum', checked]).slice(0, 32), 'the MD5 of md5sum'),
      },
      {
        name: IMPLANT,
        argvs: [shell('cp "$1" "$2" && implantisomd5 -f "$2"', checked, out)],
        check: () => proveMediaCheck(out),
      },
    ];
    return {
      commands: commands.map((command) => ({ ...command, before: () => rmSync(out, { force: true }) })),
      claims: [
        { what: 'copy with its MD5, against an MD5 pass', ours: OURS, reference: PASS, atMost: 1.1 },
        { what: 'copy with its MD5, against cp and implant', ours: OURS, reference: IMPLANT, atMost: 0.85 },
      ],
    };
  },
};
