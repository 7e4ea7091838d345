/** Many small images in one run, against one command for each. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isoboot } from '../program.js';
import { prove, proveBootable, sha256 } from '../proof.js';

/** Commands that are run one by one; those for the other images would take as long each. */
const MOST_SINGLES = 50;

const OURS = 'isoboot batch';

export const batch = {
  name: 'batch',
  inputs: ['shelf'],

  prepare({ paths: { shelf }, scratch, counts, options: { images } }) {
    const together = scratch('together');
    const apart = scratch('apart');
    const singles = Math.min(MOST_SINGLES, images);
    const theirs = `isoboot inject, ${singles} times`;
    const resultOf = (folder, i) => join(folder, `${i}-bootable.iso`);
    const each = Array.from({ length: singles }, (_, i) => i);
    const commands = [
      {
        name: OURS,
        argvs: [isoboot('batch', shelf, '--out-dir', together)],
        files: counts.small,
        before: () => rmSync(together, { recursive: true, force: true }),
        check: () => proveBootable(resultOf(together, images - 1)),
      },
      {
        name: theirs,
        argvs: each.map((i) => isoboot('inject', join(shelf, `${i}.iso`), '-o', resultOf(apart, i))),
        files: counts.small,
        before: () => emptyFolder(apart),
        check: () =>
          prove(
            each.every((i) => same(resultOf(apart, i), resultOf(together, i))),
            'as the batch',
          ),
      },
    ];
    const what = `batch of ${images}, against single commands (${singles} run, times ${images / singles})`;
    return {
      commands,
      claims: [{ what, ours: OURS, reference: theirs, referenceTimes: images / singles, atLeast: 20 }],
    };
  },
};

function emptyFolder(path) {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
}

function same(a, b) {
  return sha256(a) === sha256(b);
}
