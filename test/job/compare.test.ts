/** Whether a burned disc is what the image was: what counts, what may be lost, and what is named. */
import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { compare, compareSources, type CompareReport } from '../../src/job/compare.js';
import { DeviceSource } from '../../src/source/device-source.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { readImage } from '../../src/read/image.js';
import { SAMPLE, workplace } from '../cli/machine.js';
import { Drive, NO_DISC, type DriveOptions } from '../kit/drive.js';
import { FailingSource } from '../kit/sources.js';

const BLOCK = 2048;
const bytes = await readFile(SAMPLE);
const blocks = bytes.length / BLOCK;

/** Blocks in front of this one have contents; behind it is only padding. */
const { map } = await readImage(new MemorySource(bytes));
const firstFree = map.lastClaimedEnd(Number.POSITIVE_INFINITY);

async function judge(
  disc: Uint8Array,
  options: DriveOptions = {},
  image: Uint8Array = bytes,
): Promise<CompareReport> {
  const source = await DeviceSource.over('drive', new Drive(disc, options));
  return compareSources(source, new MemorySource(image));
}

function changed(...offsets: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  offsets.forEach((offset) => copy.writeUInt8(copy.readUInt8(offset) ^ 0x80, offset));
  return copy;
}

/** Where a file of the sample lies. */
async function offsetOf(path: string): Promise<number> {
  const claim = map.claims.find(({ node }) => node?.path === path);
  return (claim?.start ?? 0) * BLOCK;
}

t.test('the same', async (t) => {
  t.match(await judge(bytes), {
    schema: 'isoboot.compare/1',
    result: 'equal',
    comparedBytes: bytes.length,
    missingBytes: 0,
    firstDifference: null,
    differentBlocks: 0,
    differentFiles: { count: 0, paths: [] },
    unreadable: { blocks: 0, runs: [] },
    runOutBlocks: 0,
    trailingBytes: { input: 0, against: 0 },
    warnings: [],
  });
  const padded = await judge(Buffer.concat([bytes, Buffer.alloc(5 * BLOCK, 1)]));
  t.match(padded, { result: 'equal', trailingBytes: { input: 5 * BLOCK, against: 0 }, warnings: [] });
  t.match(await judge(bytes, { runOut: 2 }), { result: 'equal', size: bytes.length, runOutBlocks: 0 });
});

t.test('any byte counts', async (t) => {
  const readme = await offsetOf('/README.txt');
  for (const offset of [0, 16 * BLOCK, readme + 7, firstFree * BLOCK + 99, bytes.length - 1]) {
    const { result, firstDifference, differentBlocks } = await judge(changed(offset));
    t.equal(result, 'different');
    t.match(firstDifference, { offset, lba: Math.floor(offset / BLOCK) });
    t.equal(differentBlocks, 1);
  }
});

t.test('what differs is named', async (t) => {
  const readme = await offsetOf('/README.txt');
  const loader = await offsetOf('/isolinux/isolinux.bin');
  const report = await judge(changed(loader, loader + 2, loader + BLOCK, readme, 17 * BLOCK));
  t.strictSame(report.firstDifference, {
    offset: 17 * BLOCK,
    lba: 17,
    owners: [{ kind: 'volume descriptor', path: null }],
  });
  t.equal(report.differentBlocks, 4);
  t.same(report.differentFiles.count, 2);
  t.same(
    [...report.differentFiles.paths].sort(),
    ['/README.txt', '/isolinux/isolinux.bin'],
    'each once, by its best name',
  );
  t.strictSame(report.differentStructures, ['volume descriptor']);
  const single = await judge(changed(readme));
  t.strictSame(single.firstDifference?.owners, [{ kind: 'file', path: '/README.txt' }]);
  t.strictSame(single.differentStructures, []);
  const nothing = await judge(changed(bytes.length - 1));
  t.strictSame(nothing.firstDifference?.owners, [], 'padding belongs to nobody');
  const all = await judge(Buffer.alloc(bytes.length, 0xa5));
  t.equal(all.differentBlocks, blocks, 'it goes on to the end');
  t.equal(all.differentFiles.count, all.differentFiles.paths.length);
  t.equal(all.firstDifference?.offset, 0);
});

t.test('chunks of 1 MiB', async (t) => {
  const image = Buffer.concat([bytes, Buffer.alloc(3 * 2 ** 20)]);
  image.writeUInt32LE(image.length / BLOCK, 16 * BLOCK + 80);
  image.writeUInt32BE(image.length / BLOCK, 16 * BLOCK + 84);
  const disc = Buffer.from(image);
  const edge = 2 ** 20;
  disc.fill(1, edge - 1, edge + 1);
  disc.fill(1, image.length - 1);
  t.match(await judge(disc, {}, image), {
    firstDifference: { offset: edge - 1 },
    differentBlocks: 3,
    comparedBytes: image.length,
  });
  t.match(await judge(image, {}, image), { result: 'equal' });
  const done: number[] = [];
  await compareSources(new MemorySource(disc), new MemorySource(image), {
    onProgress: (each) => done.push(each.done),
  });
  t.equal(done.at(-1), image.length);
});

t.test('blocks that cannot be read', async (t) => {
  const readme = (await offsetOf('/README.txt')) / BLOCK;
  const report = await judge(bytes, { bad: (block) => block === readme || block === 100 || block === 101 });
  t.match(report, {
    result: 'different',
    firstDifference: { lba: readme, owners: [{ kind: 'file', path: '/README.txt' }] },
    unreadable: { blocks: 3 },
  });
  t.same(
    report.unreadable.runs,
    [
      { lba: readme, blocks: 1 },
      { lba: 100, blocks: 2 },
    ].sort((a, b) => a.lba - b.lba),
  );
  t.equal(report.comparedBytes, bytes.length - 3 * BLOCK);
});

t.test('what a disc may lose at its end', async (t) => {
  t.ok(firstFree < blocks - 2, 'the sample ends in padding');
  for (const count of [1, 2, blocks - firstFree].filter((each) => each <= 150)) {
    const lost = await judge(bytes, { bad: (block) => block >= blocks - count });
    t.match(lost, { result: 'equal', runOutBlocks: count, missingBytes: count * BLOCK }, `${count} blocks`);
    t.equal(lost.warnings.length, 1, 'it is said');
    t.match(
      await judge(bytes.subarray(0, -count * BLOCK)),
      { result: 'equal', runOutBlocks: count },
      'or not there',
    );
  }
  const middle = await judge(bytes, { bad: (block) => block === blocks - 3 });
  t.match(middle, { result: 'equal', runOutBlocks: 1, unreadable: { blocks: 1 } }, 'good blocks may follow');
});

t.test('what it may not lose', async (t) => {
  const marked = Buffer.from(bytes);
  marked.writeUInt8(1, bytes.length - 1);
  const written = await judge(marked, { bad: (block) => block >= blocks - 2 }, marked);
  t.match(
    written,
    { result: 'different', differentBlocks: 1, runOutBlocks: 1 },
    'bytes that the image has there',
  );
  const used = await judge(bytes, { bad: (block) => block >= firstFree - 1 });
  t.match(
    used,
    { result: 'different', firstDifference: { lba: firstFree - 1 } },
    'a block that something refers to',
  );
  const cut = await judge(bytes.subarray(0, (firstFree - 1) * BLOCK));
  t.equal(cut.result, 'different');
  t.equal(cut.firstDifference?.offset, (firstFree - 1) * BLOCK);
  const larger = Buffer.concat([bytes, Buffer.alloc(200 * BLOCK)]);
  larger.writeUInt32LE(blocks + 200, 16 * BLOCK + 80);
  larger.writeUInt32BE(blocks + 200, 16 * BLOCK + 84);
  t.match(await judge(larger.subarray(0, -150 * BLOCK), {}, larger), { result: 'equal', runOutBlocks: 150 });
  const early = await judge(larger.subarray(0, -151 * BLOCK), {}, larger);
  t.match(early, { result: 'different', differentBlocks: 1, runOutBlocks: 150, missingBytes: 151 * BLOCK });
  t.strictSame(early.warnings, [], 'nothing is called usual');
  t.match(early.firstDifference, { lba: blocks + 49, owners: [] }, 'more than 150 blocks');
});

/** An image with another volume size: cut off in its padding, or with more of it. */
function withVolumeOf(count: number): Buffer {
  const image = Buffer.alloc(count * BLOCK);
  image.set(bytes.subarray(0, image.length));
  image.writeUInt32LE(count, 16 * BLOCK + 80);
  image.writeUInt32BE(count, 16 * BLOCK + 84);
  return image;
}

t.test('what counts although it is blank', async (t) => {
  const small = withVolumeOf(firstFree + 10);
  small.fill(0, (firstFree - 1) * BLOCK, firstFree * BLOCK);
  const ofFile = await judge(small, { bad: (block) => block === firstFree - 1 }, small);
  t.match(ofFile, { result: 'different', runOutBlocks: 0 }, 'a block of a file');
  const large = withVolumeOf(firstFree + 151);
  const early = await judge(large, { bad: (block) => block === firstFree }, large);
  t.match(early, { result: 'different', runOutBlocks: 0 }, 'a block in front of the last 150');
  const late = await judge(large, { bad: (block) => block === firstFree + 1 }, large);
  t.match(late, { result: 'equal', runOutBlocks: 1 });
});

t.test('images with more or less than their volume', async (t) => {
  const more = Buffer.concat([bytes, Buffer.alloc(3 * BLOCK, 7)]);
  const longer = await judge(bytes, {}, more);
  t.match(longer, {
    result: 'equal',
    comparedBytes: bytes.length,
    trailingBytes: { input: 0, against: 3 * BLOCK },
  });
  t.equal(longer.warnings.length, 1);
  const shorter = await judge(bytes, {}, bytes.subarray(0, -BLOCK));
  t.match(shorter, { result: 'equal', comparedBytes: bytes.length - BLOCK });
  t.equal(shorter.warnings.length, 1);
  await t.rejects(judge(bytes, {}, bytes.subarray(0, (firstFree - 1) * BLOCK)), {
    code: 'ISO_SOURCE_TRUNCATED',
  });
  await t.rejects(judge(bytes, {}, Buffer.alloc(bytes.length)), { code: 'ISO_VOLUME_NOT_ISO9660' });
  t.match(await judge(Buffer.alloc(bytes.length)), { result: 'different' }, 'the disc may be anything');
});

t.test('what is no answer', async (t) => {
  let calls = 0;
  const drive = new Drive(bytes);
  const source = await DeviceSource.over('drive', {
    read: (...args) => ((calls += 1) > 40 ? Promise.reject(NO_DISC) : drive.read(...args)),
    close: () => drive.close(),
  });
  calls = 40;
  await t.rejects(
    compareSources(source, new MemorySource(bytes)),
    { code: 'ISO_SOURCE_IO' },
    'the disc was taken out',
  );
  const reads = new FailingSource(bytes, -1);
  await compareSources(new MemorySource(bytes), reads);
  const failing = new FailingSource(bytes, reads.asked.length - 1);
  await t.rejects(
    compareSources(new MemorySource(bytes), failing),
    { code: 'ISO_SOURCE_IO' },
    'the image fails',
  );
  const { signal } = { signal: AbortSignal.abort() };
  const both = [new MemorySource(bytes), new MemorySource(bytes)] as const;
  await t.rejects(compareSources(...both, { signal }), { code: 'ISO_INTERRUPTED' });
});

t.test('by path', async (t) => {
  const { image, at } = await workplace(t);
  await writeFile(at('disc.iso'), changed(0));
  t.match(await compare({ input: at('disc.iso'), against: image }), {
    input: at('disc.iso'),
    against: image,
    result: 'different',
    firstDifference: { owners: [{ kind: 'system area', path: null }] },
  });
  await t.rejects(compare({ input: at('none'), against: image }), { code: 'ISO_SOURCE_NOT_FOUND' });
  await t.rejects(compare({ input: image, against: at('none') }), { code: 'ISO_SOURCE_NOT_FOUND' });
});
