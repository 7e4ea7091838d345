/** As much of an image as a listing takes shows the same files as the whole model. */
import t from 'tap';
import { namesOf, viewBy, type Names } from '../../src/job/view.js';
import { readImage } from '../../src/read/image.js';
import { readListedTrees } from '../../src/read/listed-trees.js';
import { childrenIn, isDirectoryIn, nameIn, type Trees, type TreeView } from '../../src/read/lookup.js';
import type { TreeNode } from '../../src/read/tree-node.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { FIXTURES } from '../fixtures/index.js';
import { file, folder, isolinux, root } from '../fixtures/tree.js';
import { writeVolume } from '../fixtures/writer.js';
import { WatchedSource } from '../kit/sources.js';

const NAMES: readonly (Names | undefined)[] = [undefined, 'rock-ridge', 'joliet', 'iso', 'udf'];

/** Every file of the view that some names choose, or that there is none. */
function filesOf(trees: Trees, names: Names | undefined): string[] {
  let view: TreeView;
  try {
    view = viewBy(trees, names);
  } catch {
    return ['no such names'];
  }
  const walk = (node: TreeNode, depth: number): string[] =>
    childrenIn(view, node).flatMap((child) => [
      `${depth} ${nameIn(view, child)} ${child.size} ${child.extents[0]?.lba ?? 0}`,
      ...(depth < 20 && isDirectoryIn(view, child) ? walk(child, depth + 1) : []),
    ]);
  return [namesOf(view), ...walk(view.tree.root, 0)];
}

t.test('the same files by the same names, on every layout', async (t) => {
  let shortcuts = 0;
  for (const { name, build } of FIXTURES) {
    const source = new MemorySource(build());
    const image = await readImage(source);
    for (const names of NAMES) {
      const trees = await readListedTrees(source, names);
      if (trees !== undefined) {
        shortcuts += 1;
        t.strictSame(filesOf(trees, names), filesOf(image, names), `${name} by ${names ?? 'the best'} names`);
      }
    }
  }
  t.ok(shortcuts > FIXTURES.length, 'most images take no more');
});

t.test('one tree of two is read', async (t) => {
  const { bytes, resolve } = writeVolume({
    top: root(isolinux(), folder('packages', file('one.rpm', new Uint8Array(10)))),
    descriptors: ['primary', 'joliet', 'terminator'],
    rockRidge: true,
  });
  const source = new WatchedSource(bytes);
  const trees = await readListedTrees(source, undefined);
  t.equal(trees?.trees.length, 1);
  const wasRead = (key: string): boolean => source.timesRead(resolve(key) * 2_048, 2_048) > 0;
  t.equal(wasRead('primary directory /packages'), true);
  t.equal(wasRead('joliet directory /packages'), false);
});
