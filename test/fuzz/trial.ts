/** Everything that is done to an image, done to one that lies. */
import { inspectSource } from '../../src/job/inspect.js';
import { BlockReader } from '../../src/read/block-reader.js';
import { AttributeReader } from '../../src/read/file-attributes.js';
import { piecesOf } from '../../src/read/file-pieces.js';
import { readImage, type Image } from '../../src/read/image.js';
import { viewsOf, type TreeView } from '../../src/read/lookup.js';
import type { TreeNode } from '../../src/read/tree-node.js';
import { Selection } from '../../src/job/extract-selection.js';
import { ZisofsSource } from '../../src/sink/zisofs-source.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { PiecesSource } from '../../src/source/pieces-source.js';
import { sep } from 'node:path';
import { problemsOf } from '../kit/model-check.js';
import type { Random } from '../kit/random.js';
import { tryInjection, tryRemoval } from './edit-trial.js';
import { expect, type Tally } from './find.js';

const FOLDER = `${sep}out${sep}folder`;
const MOST_FILES = 50;
const MOST_BYTES = 100_000;

/** Reads an image, takes its files out, makes it bootable and takes that back, all in memory. Errors: `Find`. */
export async function tryImage(bytes: Uint8Array, random: Random, tally: Tally): Promise<void> {
  const source = new MemorySource(bytes, 'fuzzed');
  const image = await tally.attempt('read', () => readImage(source));
  if (image === undefined) {
    return;
  }
  const [problem] = problemsOf(image);
  expect(problem === undefined, 'read', problem ?? '');
  if (random.chance(0.25)) {
    await tally.attempt('inspect', async () => JSON.stringify(await inspectSource(source)));
  }
  for (const view of viewsOf(image)) {
    await tally.attempt('extract', () => takeOut(source, image, view));
  }
  await tryInjection({ bytes, source, image, random, tally });
  await tryRemoval({ bytes, source, image, random, tally });
}

/** What `extract` does, without a disk to write to. */
async function takeOut(source: MemorySource, image: Image, view: TreeView): Promise<void> {
  const selection = new Selection({ ...image, view, paths: ['/'], folder: FOLDER, platform: 'linux' });
  selection.check();
  const selected = [...selection.each()];
  const outputs = new Set<string>();
  for (const { output, path } of selected) {
    expect(output.startsWith(FOLDER + sep), 'extract', `${path} would go to ${output}`);
    expect(!outputs.has(output), 'extract', `two things would go to ${output}`);
    outputs.add(output);
  }
  const attributes = new AttributeReader(new BlockReader(source, image.logicalBlockSize), view.tree);
  for (const { node, type } of selected.slice(0, MOST_FILES)) {
    const { compression } = await attributes.read(node);
    if (type === 'file' && !node.oddities.unlocated) {
      const stored = storedOf(source, image, node);
      await stored.read(0, Math.min(stored.size, MOST_BYTES));
      if (compression !== undefined) {
        await uncompress(stored, { ...compression, recordOffset: node.recordOffset });
      }
    }
  }
}

function storedOf(source: MemorySource, image: Image, node: TreeNode): PiecesSource {
  return new PiecesSource(source, piecesOf(node, image.logicalBlockSize));
}

async function uncompress(
  stored: PiecesSource,
  expected: Parameters<typeof ZisofsSource.open>[1],
): Promise<void> {
  const contents = await ZisofsSource.open(stored, expected);
  await contents.read(0, Math.min(contents.size, MOST_BYTES));
}
