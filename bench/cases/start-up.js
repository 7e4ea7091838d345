/** What a small command takes beyond the start of Node itself. */
import { copyFileSync, rmSync } from 'node:fs';
import { inspection } from '../inspection.js';
import { isoboot, output } from '../program.js';
import { prove, proveBootable } from '../proof.js';

const NODE = 'node -e 0';
const VERSION = 'isoboot --version';

export const startUp = {
  name: 'start-up',
  inputs: ['small', 'medium'],
  // Single runs of some 50 ms spread more than long ones do.
  roundsFactor: 5,

  prepare({ paths, scratch, counts }) {
    const images = [
      [paths.small, counts.small],
      [paths.medium, counts.medium],
    ];
    const small = images.flatMap(([image, files]) => [
      inspection(image, files),
      edition(image, files, scratch('edited.iso')),
    ]);
    const commands = [{ name: NODE, argvs: [[process.execPath, '-e', '0']] }, version(), ...small];
    const claims = [
      { what: VERSION, ours: VERSION, reference: NODE, atMost: 1.2 },
      ...small.map(({ name }) => ({ what: name, ours: name, reference: NODE, atMost: 2 })),
    ];
    return { commands, claims };
  },
};

function version() {
  const argv = isoboot('--version');
  return {
    name: VERSION,
    argvs: [argv],
    files: 0,
    check: () => prove(/^\d+\.\d+\.\d+\n$/.test(output(argv)), 'prints a version'),
  };
}

/** With an undo file, as a user does it. */
function edition(image, files, edited) {
  return {
    name: `isoboot inject --in-place, ${files} files`,
    argvs: [isoboot('inject', edited, '--in-place')],
    files,
    before() {
      rmSync(`${edited}.isoboot-undo`, { force: true });
      copyFileSync(image, edited);
    },
    check: () => proveBootable(edited),
  };
}
