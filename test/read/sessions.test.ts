/** Descriptor sets besides the one at block 16: copies of it, and those of other sessions. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { bothByteOrders } from '../../src/layout/field.js';
import { volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { inspectSource } from '../../src/job/inspect.js';
import { readImage, type Image } from '../../src/read/image.js';
import { findFile } from '../../src/read/lookup.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { corpusImages } from '../kit/corpus.js';
import { ascii } from '../kit/golden.js';
import { dots, ImageBuilder, plainImage, record, ROOT } from '../kit/image-builder.js';
import { WatchedSource } from '../kit/sources.js';
import { needTools, runOk } from '../kit/tools.js';

async function read(image: ImageBuilder | Uint8Array): Promise<Image> {
  return readImage(new MemorySource(image instanceof Uint8Array ? image : image.bytes));
}

function sets({ sessions }: Image): string[] {
  return sessions.map(({ start, primaryLba, sameTree }) => `${start} ${primaryLba} ${sameTree}`);
}

/** The plain image, longer, with another descriptor set and, unless its root is the plain image's, a root for it. */
function withSet(at: number, root: number, blocks = 120, volume = blocks): ImageBuilder {
  const image = new ImageBuilder(blocks)
    .put(0, plainImage().bytes)
    .primary({ volumeSpaceSize: bothByteOrders(volume) });
  putSet(image, at, root, blocks - at + 16);
  return image;
}

function putSet(image: ImageBuilder, at: number, root: number, size: number): void {
  const primary = volumeDescriptor.decode(image.bytes, 16 * BLOCK_SIZE);
  const rootRecord = record({ name: '\0', at: root, length: BLOCK_SIZE, directory: true });
  image.put(
    at,
    volumeDescriptor.encode({
      ...primary,
      volumeSpaceSize: bothByteOrders(size),
      directoryRecordForRoot: rootRecord,
    }),
  );
  image.terminator(at + 1);
  if (root !== ROOT) {
    image
      .directory(root, [...dots(root, root), record({ name: 'LATER.TXT;1', at: root + 1, length: 5 })])
      .put(root + 1, ascii('later'));
  }
}

t.test('one session', async (t) => {
  const source = new WatchedSource(plainImage().bytes);
  const image = await readImage(source);
  t.same(sets(image), []);
  t.equal(image.sessionCount, 1);
  t.equal((await inspectSource(source)).extensions.sessions, 1);
});

t.test('a copy at block 48', async (t) => {
  const image = await read(withSet(48, ROOT));
  t.same(sets(image), ['32 48 true']);
  t.equal(image.sessionCount, 1);
  t.equal(image.map.isUnreferenced(48, 49), false);
  t.equal(image.map.isUnreferenced(49, 50), false);
  t.equal(image.map.isUnreferenced(50, 51), true);
});

t.test('a set at block 48 with another root', async (t) => {
  const image = await read(withSet(48, 60));
  t.same(sets(image), ['32 48 false']);
  t.equal(image.sessionCount, 2);
  t.ok(findFile(image, '/FILE.TXT'), 'block 16 describes what is valid');
});

t.test('a dump of two sessions is read by the second', async (t) => {
  for (const at of [30 + 16, 32 + 16, 64 + 16, 30 + 6900 + 16, 11_440 + 16]) {
    const image = await read(withSet(at, at + 4, at + 40, at === 80 ? 50 : 30));
    t.same(sets(image), [`${at - 16} ${at} false`]);
    t.equal(image.sessionCount, 2, `PVD at ${at}`);
    t.equal(image.descriptorSet.primary.lba, at);
    t.ok(findFile(image, '/LATER.TXT'));
    t.notOk(findFile(image, '/FILE.TXT'));
    t.equal(image.volumeSize, (at + 40) * BLOCK_SIZE);
  }
});

t.test('a chain of sessions', async (t) => {
  const image = withSet(48, 52, 200, 30);
  putSet(image, 48, 52, 30);
  putSet(image, 64 + 16, 84, 20);
  putSet(image, 96 + 16, 116, 104);
  const found = await read(image);
  t.same(sets(found), ['32 48 false', '64 80 false', '96 112 false']);
  t.equal(found.sessionCount, 4);
  t.equal(found.descriptorSet.primary.lba, 112);
});

t.test('a copy in front of a root that lies far behind', async (t) => {
  const image = new ImageBuilder(120).primary({}, { at: 84 }).terminator(17).directory(84, dots(84, 84));
  putSet(image, 80, 84, 56);
  const found = await read(image);
  t.same(sets(found), ['64 80 true']);
  t.equal(found.sessionCount, 2, 'the first session was described where this one is now');
});

t.test('what only looks like a descriptor set', async (t) => {
  const none = async (what: string, image: ImageBuilder): Promise<void> => {
    const found = await read(image);
    t.same(sets(found), [], what);
    t.equal(found.sessionCount, 1, what);
  };
  await none('no terminator', withSet(48, ROOT).put(49, new Uint8Array(BLOCK_SIZE)));
  await none('a root that is no directory', withSet(48, 60).put(60, new Uint8Array(BLOCK_SIZE)));
  await none(
    'a root outside the image',
    withSet(48, 60).put(48, withSet(48, 1_000_000, 1_000_010).bytes.slice(48 * BLOCK_SIZE, 49 * BLOCK_SIZE)),
  );
  const inFile = withSet(48, 60).directory(22, [
    ...dots(22, ROOT),
    record({ name: 'NESTED.ISO;1', at: 32, length: 60 * BLOCK_SIZE }),
  ]);
  await none('an image that is a file of this one', inFile);
  const appended = withSet(48, 20, 120, 30);
  putSet(appended, 48, 22, 40);
  await none('another image behind this one, which counts from its own start', appended);
});

t.test('sessions that follow each other without end', async (t) => {
  const image = new ImageBuilder(4000)
    .put(0, plainImage().bytes)
    .primary({ volumeSpaceSize: bothByteOrders(30) });
  for (let start = 32; start + 40 < 4000; start += 32) {
    putSet(image, start + 16, start + 20, 25);
  }
  t.equal((await read(image)).sessions.length, 99);
});

t.test('blocks that are no sectors', async (t) => {
  const image = withSet(48, 60).primary({ logicalBlockSize: bothByteOrders(1024) });
  t.equal((await read(image)).sessionCount, undefined);
  t.equal((await inspectSource(new MemorySource(image.bytes))).extensions.sessions, null);
});

async function makeTrees(t: Test): Promise<string> {
  return t.testdir({
    first: { 'one.txt': 'one', 'big1.bin': 'x'.repeat(50_000) },
    second: { 'two.txt': 'two', 'big2.bin': 'y'.repeat(30_000) },
  });
}

t.test("xorriso's growing images", async (t) => {
  if (!needTools(t, 'xorriso')) {
    return;
  }
  const folder = await makeTrees(t);
  const path = join(folder, 'grown.iso');
  const add = async (tree: string): Promise<Image> => {
    await runOk('xorriso', [
      '-dev',
      `stdio:${path}`,
      '-joliet',
      'on',
      '-map',
      join(folder, tree),
      '/',
      '-commit',
    ]);
    return read(new Uint8Array(await readFile(path)));
  };
  const one = await add('first');
  t.same(sets(one), ['32 48 true']);
  t.equal(one.sessionCount, 1);
  const two = await add('second');
  t.equal(two.sessionCount, 2);
  t.same(
    two.sessions.map(({ sameTree }) => sameTree),
    [false, true],
  );
  t.ok(findFile(two, '/one.txt'));
  t.ok(findFile(two, '/two.txt'));

  await runOk('xorriso', [
    '-as',
    'mkisofs',
    '-R',
    '-J',
    '-o',
    join(folder, 'plain.iso'),
    join(folder, 'first'),
  ]);
  await writeFile(path, await readFile(join(folder, 'plain.iso')));
  const grown = await add('second');
  t.equal(grown.sessionCount, 2, 'the first session has left no descriptors');
  t.same(
    grown.sessions.map(({ sameTree }) => sameTree),
    [true],
  );
});

t.test("xorriso's partition offset", async (t) => {
  if (!needTools(t, 'xorriso')) {
    return;
  }
  const folder = await makeTrees(t);
  const path = join(folder, 'offset.iso');
  await runOk('xorriso', [
    ...['-as', 'mkisofs', '-R', '-J', '-partition_offset', '16', '-o', path],
    join(folder, 'first'),
  ]);
  const image = await read(new Uint8Array(await readFile(path)));
  t.same(sets(image), ['16 32 true']);
  t.equal(image.sessionCount, 1);
  t.equal(image.map.isUnreferenced(19, 20), true, 'the partition is the volume once more');
});

t.test("genisoimage's sessions", async (t) => {
  if (!needTools(t, 'genisoimage')) {
    return;
  }
  const folder = await makeTrees(t);
  const first = join(folder, 'first.iso');
  await runOk('genisoimage', ['-quiet', '-R', '-J', '-o', first, join(folder, 'first')]);
  const bytes = new Uint8Array(await readFile(first));
  const blocks = bytes.length / BLOCK_SIZE;
  for (const start of [Math.ceil(blocks / 16) * 16, blocks + 11_400]) {
    const second = join(folder, 'second.iso');
    await runOk('genisoimage', [
      ...['-quiet', '-R', '-J', '-C', `0,${start}`, '-M', first, '-o', second],
      join(folder, 'second'),
    ]);
    const later = new Uint8Array(await readFile(second));
    const dump = new Uint8Array(start * BLOCK_SIZE + later.length);
    dump.set(bytes);
    dump.set(later, start * BLOCK_SIZE);
    const image = await read(dump);
    t.same(sets(image), [`${start} ${start + 16} false`]);
    t.equal(image.sessionCount, 2);
    t.ok(findFile(image, '/one.txt'));
    t.ok(findFile(image, '/two.txt'));
  }
});

t.test("the corpus's copies", async (t) => {
  const images = await corpusImages(t);
  for (const { name, path, facts } of images.filter((image) =>
    image.facts['multisession']?.startsWith('emul'),
  )) {
    const image = await read(new Uint8Array(await readFile(path)));
    t.same(sets(image), ['32 48 true'], `${name} ${facts['multisession'] ?? ''}`);
    t.equal(image.sessionCount, 1, name);
  }
});
