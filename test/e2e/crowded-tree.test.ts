/** What real trees have and small ones have not: empty files, links and long names in every directory of an xorriso image. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inject } from '../../src/job/inject.js';
import { undo } from '../../src/job/undo.js';
import { fileDigest } from '../kit/digest.js';
import { fourListings } from '../kit/readers.js';
import { checkBootRecord, checkSame, observe, OBSERVER_TOOLS } from '../kit/same-image.js';
import { needTools, runOk } from '../kit/tools.js';
import { makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';

const LONG_NAMES = 40;

/** A vendor's tree, and three folders, one inside the other, each with what crowds a directory. */
async function makeTree(folder: string): Promise<void> {
  await makeVendorTree(folder, { token: 'UNUSED' });
  for (const path of ['', 'a', 'a/b', 'a/b/c']) {
    const here = join(folder, path);
    await mkdir(here, { recursive: true });
    await writeFile(join(here, 'empty'), '');
    await symlink('/a/b', join(here, 'link'));
    for (let i = 0; i < LONG_NAMES; i += 1) {
      await writeFile(join(here, `${String(i).padStart(2, '0')}-${'long-name-'.repeat(18)}`), `${path} ${i}`);
    }
  }
}

const OPTIONS: readonly (readonly string[])[] = [['-R', '-J', '-joliet-long'], ['-R'], ['-R', '-hfsplus']];

for (const options of OPTIONS) {
  t.test(`xorriso ${options.join(' ')}`, async (t: Test) => {
    if (!needTools(t, ...OBSERVER_TOOLS, ...TREE_TOOLS, 'xorriso')) {
      return;
    }
    const folder = t.testdir({ images: {} });
    const image = join(folder, 'images', 'crowded.iso');
    await makeTree(join(folder, 'tree'));
    await runOk('xorriso', ['-as', 'mkisofs', '-quiet', ...options, '-o', image, join(folder, 'tree')]);
    const original = await fileDigest(image);
    const masks = { bootInfoTable: /isolinux\.bin(;1)?$/i };
    const before = await observe(image, masks);
    const listed = await fourListings(image);

    const report = await inject({
      input: image,
      target: { kind: 'in-place' },
      checkpoint: async (what) => {
        t.strictSame(await fourListings(image), listed, `after ${what}`);
      },
    });
    t.ok(report.moved.length > 1, 'the root and what stood behind it moved');
    t.strictSame(report.warnings, [], 'in an order that every program reads');
    checkSame(t, before, await observe(image, masks, before));
    await checkBootRecord(t, image);
    await undo({ input: image });
    t.equal(await fileDigest(image), original, 'undo gives the original back');
  });
}
