/** Images cut anywhere, with bytes changed at random, and everything in the corpus: a model or a coded error. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { DescriptorKind } from '../../src/read/descriptor-set.js';
import { readImage, type Image } from '../../src/read/image.js';
import { FileSource } from '../../src/source/file-source.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { corpusImages } from '../kit/corpus.js';
import { bootEntry, ImageBuilder, plainImage } from '../kit/image-builder.js';
import { outcomeOf } from '../kit/model-check.js';
import { makeOddTree } from '../kit/odd-tree.js';
import { needTools, runOk } from '../kit/tools.js';
import { Random } from '../sink/sample.js';

const BLOCK = 2048;

/** What went wrong with an image other than a coded error; nothing, as a rule. */
async function trouble(bytes: Uint8Array, name: string): Promise<string[]> {
  try {
    await outcomeOf(new MemorySource(bytes));
    return [];
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

async function troubles(cases: Iterable<readonly [string, Uint8Array]>): Promise<string[]> {
  const found: string[] = [];
  for (const [name, bytes] of cases) {
    found.push(...(await trouble(bytes, name)));
  }
  return found.slice(0, 10);
}

/** A bootable image with three entries. */
function bootable(): ImageBuilder {
  return plainImage()
    .put(17, new Uint8Array(BLOCK))
    .bootRecord(19)
    .terminator(18)
    .catalog(19, { at: 23 }, bootEntry({ at: 24 }), bootEntry({ at: 29, media: 4 }));
}

/** A genisoimage image with everything that the reader looks at, without padding. */
async function genuine(t: Test): Promise<Uint8Array> {
  const folder = t.testdir({});
  await makeOddTree(join(folder, 'tree'), { deep: true });
  const options = [
    '-R',
    '-J',
    '-joliet-long',
    '-udf',
    '-no-pad',
    '-b',
    'size-2048.bin',
    '-c',
    'boot.cat',
    '-no-emul-boot',
  ];
  await runOk('genisoimage', ['-quiet', ...options, '-o', join(folder, 'image.iso'), join(folder, 'tree')]);
  return new Uint8Array(await readFile(join(folder, 'image.iso')));
}

function* cuts(bytes: Uint8Array, blocks: Iterable<number>): Generator<[string, Uint8Array]> {
  for (const block of blocks) {
    for (const by of [-1, 0, 1]) {
      const length = block * BLOCK + by;
      if (length >= 0 && length <= bytes.length) {
        yield [`cut to ${length}`, bytes.subarray(0, length)];
      }
    }
  }
}

function everyBlock(bytes: Uint8Array): number[] {
  return Array.from({ length: Math.ceil(bytes.length / BLOCK) + 1 }, (_, block) => block);
}

t.test('cut at every block, and a byte before and behind', async (t) => {
  for (const image of [plainImage(), bootable()]) {
    t.same(await troubles(cuts(image.bytes, everyBlock(image.bytes))), []);
  }
  if (needTools(t, 'genisoimage')) {
    const bytes = await genuine(t);
    t.same(await troubles(cuts(bytes, everyBlock(bytes))), []);
  }
});

/** Changes a few bytes, most of them in the blocks that hold structures. */
function mutated(bytes: Uint8Array, random: Random, blocks: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  for (let i = 1 + random.below(6); i > 0; i -= 1) {
    const block = blocks[random.below(blocks.length)] ?? 16;
    const offset = block * BLOCK + random.below(random.pick([64, 256, BLOCK]));
    copy[offset] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  }
  return copy;
}

function* mutations(
  bytes: Uint8Array,
  count: number,
  blocks: readonly number[],
): Generator<[string, Uint8Array]> {
  for (let seed = 0; seed < count; seed += 1) {
    yield [`seed ${seed}`, mutated(bytes, new Random(seed), blocks)];
  }
}

t.test('bytes changed at random', async (t) => {
  const built = [0, 16, 17, 18, 19, 20, 22];
  t.same(await troubles(mutations(bootable().bytes, 4000, built)), [], 'a built image');
  if (needTools(t, 'genisoimage')) {
    const bytes = await genuine(t);
    const structures = [0, ...Array.from({ length: 70 }, (_, i) => 16 + i), 256, bytes.length / BLOCK - 1];
    t.same(await troubles(mutations(bytes, 1500, structures)), [], 'an image by genisoimage');
  }
});

t.test('the corpus', async (t) => {
  for (const { name, path } of await corpusImages(t)) {
    const source = await FileSource.open(path);
    const outcome = await outcomeOf(source);
    t.ok(
      'code' in outcome || outcome.image.trees.length > 0,
      `${name}: ${'code' in outcome ? outcome.code : 'a model'}`,
    );
    await source.close();
  }
});

const LAYOUT_WORDS: Readonly<Record<DescriptorKind, string>> = {
  primary: 'PVD',
  joliet: 'SVD',
  supplementary: 'SVD',
  enhanced: 'SVD',
  'el-torito': 'BR',
  'boot-record': 'BR',
  partition: 'VPD',
  terminator: 'VDST',
  unknown: '?',
};

/** What the index of the corpus says of an image, taken from our model of it. */
function factsOf({ descriptorSet, trees, boot }: Image): Record<string, string> {
  const nodes = (trees[0]?.directories ?? []).flatMap(({ children = [] }) => children);
  // The index counts records, of which a file of several extents has as many.
  const records = nodes.filter(({ isDirectory }) => !isDirectory).flatMap(({ extents }) => extents);
  return {
    vd_layout: descriptorSet.descriptors.map(({ lba, kind }) => `${lba}:${LAYOUT_WORDS[kind]}`).join(' '),
    et_entries: String(boot?.entries.length ?? 0),
    n_dirs: String((trees[0]?.directories.length ?? 1) - 1),
    n_files: String(records.length),
  };
}

t.test('what the index of the corpus says', async (t) => {
  for (const { name, path, facts } of await corpusImages(t)) {
    if (facts['malformed'] !== 'no' || facts['format'] !== 'cooked2048') {
      continue;
    }
    const source = await FileSource.open(path);
    const ours = factsOf(await readImage(source));
    t.same(ours, Object.fromEntries(Object.keys(ours).map((key) => [key, facts[key]])), name);
    await source.close();
  }
});

/** Larger ones are only read whole. */
const LARGEST_TO_BREAK = 3_000_000;

t.test('the corpus, cut and changed', async (t) => {
  for (const { name, path } of await corpusImages(t)) {
    if ((await stat(path)).size > LARGEST_TO_BREAK) {
      continue;
    }
    const bytes = new Uint8Array(await readFile(path));
    const random = new Random(bytes.length);
    const blocks = Math.max(1, Math.floor(bytes.length / BLOCK));
    const some = Array.from({ length: 12 }, () => random.below(blocks));
    const structures = Array.from({ length: Math.min(blocks, 60) }, (_, i) => i).slice(16);
    const broken = [...cuts(bytes, some), ...mutations(bytes, 20, structures.length > 0 ? structures : [0])];
    t.same(await troubles(broken), [], name);
  }
});
