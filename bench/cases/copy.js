/** A bootable copy of a large image. */
import { rmSync } from 'node:fs';
import { isoboot, PYCDLIB_INJECT } from '../program.js';
import { prove, proveBootable, proveRemade, proveSameInPlace, sha256 } from '../proof.js';
import { PYTHON } from '../tools.js';

const TINY = 'isoboot inject, small image';
const OURS = 'isoboot inject';

export const copy = {
  name: 'copy',
  inputs: ['small', 'large'],

  prepare({ paths, scratch, counts }) {
    const out = scratch('out.iso');
    const before = () => rmSync(out, { force: true });
    const commands = [
      { name: TINY, argvs: [isoboot('inject', paths.small, '-o', out)], files: counts.small },
      {
        name: OURS,
        argvs: [isoboot('inject', paths.large, '-o', out)],
        files: counts.large,
        check: () => [proveBootable(out), proveSameInPlace(paths.large, out)].join('; '),
      },
      {
        name: 'cp',
        argvs: [['cp', paths.large, out]],
        check: () => prove(sha256(out) === sha256(paths.large), 'the same bytes'),
      },
      {
        name: 'xorriso',
        needs: ['xorriso'],
        argvs: [xorriso(paths.large, out)],
        check: () => proveRemade(paths.large, out),
      },
      {
        name: 'pycdlib',
        needs: ['pycdlib'],
        argvs: [[PYTHON, PYCDLIB_INJECT, paths.large, out]],
        check: () => proveRemade(paths.large, out),
      },
    ];
    return { commands: commands.map((command) => ({ ...command, before })), claims: CLAIMS };
  },
};

/**
 * Without the pending change xorriso writes nothing; without Joliet it would drop that; and by a bare path below /dev it
 * expects a drive.
 */
function xorriso(image, out) {
  const boot = ['-boot_image', 'isolinux', 'dir=/isolinux', '-changes_pending', 'yes'];
  return [
    'xorriso',
    '-indev',
    `stdio:${image}`,
    '-outdev',
    `stdio:${out}`,
    '-joliet',
    'on',
    ...boot,
    '-commit',
    '-end',
  ];
}

const CLAIMS = [
  { what: 'copy beyond start-up, against cp', ours: OURS, minus: TINY, reference: 'cp', atMost: 1.15 },
  { what: 'copy, the same by xorriso', ours: OURS, reference: 'xorriso', atLeast: 1.8 },
  { what: 'copy, the same by pycdlib', ours: OURS, reference: 'pycdlib', atLeast: 1.8 },
];
