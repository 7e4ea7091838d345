/** Four large images with an implanted MD5 in one run, two at a time, against the MD5 passes alone. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isoboot, MD5_PASS, output, shell } from '../program.js';
import { prove, proveMediaCheck } from '../proof.js';

const OURS = 'isoboot batch, four with their MD5';
const PASSES = 'two MD5 passes side by side';

export const checkedBatch = {
  name: 'checked-batch',
  inputs: ['quarters'],

  prepare({ paths: { quarters }, scratch, counts }) {
    const out = scratch('checked');
    const images = [0, 1, 2, 3].map((i) => join(quarters, `${i}.iso`));
    const passes = shell(
      '"$1" "$2" "$3" "$4" & "$1" "$2" "$5" "$6"; wait',
      process.execPath,
      MD5_PASS,
      ...images,
    );
    const commands = [
      {
        name: OURS,
        argvs: [isoboot('batch', quarters, '--out-dir', out, '--jobs', '2')],
        files: counts.checked,
        before: () => rmSync(out, { recursive: true, force: true }),
        check: () => [0, 1, 2, 3].map((i) => proveMediaCheck(join(out, `${i}-bootable.iso`)))[0],
      },
      {
        name: PASSES,
        argvs: [passes],
        before: () => rmSync(out, { recursive: true, force: true }),
        check: () => prove(output(passes).match(/^[0-9a-f]{32} /gm)?.length === 4, 'four MD5s'),
      },
    ];
    return {
      commands,
      claims: [{ what: 'batch with MD5s, against MD5 passes', ours: OURS, reference: PASSES, atMost: 1.2 }],
    };
  },
};
