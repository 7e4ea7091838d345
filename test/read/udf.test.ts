/** UDF on built bridge discs: names, extents, what is claimed, and what becomes of broken ones. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ALLOCATION, allocationExtentDescriptor, fileEntry } from '../../src/layout/udf-file.js';
import { ACCESS_TYPE, udfLogicalVolumeDescriptor } from '../../src/layout/udf.js';
import { sealedAt } from '../../src/layout/udf-tag.js';
import { findFile, requireFile } from '../../src/read/lookup.js';
import type { Image } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ImageBuilder, joined } from '../kit/image-builder.js';
import { outcomeOf } from '../kit/model-check.js';
import { needTools, run, runOk } from '../kit/tools.js';
import { bridgeImage, windowsTree, type BridgeSpec } from '../kit/udf-builder.js';
import { filled, shortDescriptor, tagged } from '../kit/udf-descriptors.js';
import { PARTITION_START, SEQUENCES } from '../kit/udf-volume.js';

const ETFSBOOT = new Uint8Array(4096).fill(0x90);
const EFISYS = new Uint8Array(4096).fill(0xee);
const WINDOWS = windowsTree(ETFSBOOT, EFISYS);
const SHARED: BridgeSpec = {
  files: {
    '/isolinux/isolinux.bin': new Uint8Array(5000).fill(1),
    '/a/b/c.txt': new Uint8Array(10).fill(65),
  },
};

async function modelOf(image: ImageBuilder): Promise<Image> {
  const outcome = await outcomeOf(new MemorySource(image.bytes));
  if ('code' in outcome) {
    throw new Error(`refused: ${outcome.code}`);
  }
  return outcome.image;
}

/** Every file of the UDF tree with its size. */
function filesOf({ udf }: Image): Record<string, number> {
  const nodes = (udf?.tree?.directories ?? []).flatMap(({ children }) => children ?? []);
  return Object.fromEntries(
    nodes
      .filter(({ isDirectory }) => !isDirectory)
      .map(({ path, size }) => [path, size] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Blocks of one kind of claim. */
function claimed({ map }: Image, kind: string): number[] {
  return map.claims
    .filter((claim) => claim.kind === kind)
    .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
}

const VARIANTS: Record<string, BridgeSpec> = {
  'UDF 1.02': WINDOWS,
  'UDF 2.01, long descriptors': { ...WINDOWS, extended: true, long: true },
  'everything small in its entry': { ...WINDOWS, embedded: true },
  'with a bitmap': { ...WINDOWS, bitmap: 'exact', freeInPartition: 40 },
  'no room behind the recognition sequence': { ...WINDOWS, freeBlocks: 0 },
  'a directory behind the recognition sequence': { ...SHARED, freeBlocks: 0, behind: 'directory' },
  'UDF behind the recognition sequence': { ...SHARED, freeBlocks: 0, behind: 'UDF structure' },
  'anchors at every place': { ...SHARED, endAnchors: ['last', 'last - 256'], pad: 300 },
};

t.test('other readers take what the builder makes', async (t) => {
  if (!needTools(t, 'udfinfo', '7z', 'isovfy')) {
    return;
  }
  const folder = t.testdir({});
  for (const [name, spec] of Object.entries(VARIANTS)) {
    const path = join(folder, 'built.iso');
    await writeFile(path, bridgeImage(spec).bytes);
    t.match(
      (await runOk('udfinfo', [path])).toString(),
      /integrity=closed[^]*type=PSPACE/,
      `${name}: udfinfo`,
    );
    t.equal((await run('7z', ['t', path])).code, 0, `${name}: 7z`);
    t.match((await runOk('isovfy', ['-i', path])).toString(), /No errors found/, `${name}: isovfy`);
  }
});

t.test('the same tree, however it is recorded', async (t) => {
  const { files, udfOnly } = WINDOWS;
  const wanted = Object.fromEntries(
    Object.entries({ ...files, ...udfOnly })
      .map(([path, { length }]) => [path, length] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  for (const [name, spec] of Object.entries(VARIANTS)) {
    const image = await modelOf(bridgeImage(spec));
    t.same(image.findings, [], `${name}: nothing to tell`);
    t.match(image.udf, {
      identifier: 'BUILT',
      revision: spec.extended === true ? '2.01' : '1.02',
      isComplete: true,
    });
    if (spec.udfOnly !== undefined) {
      t.same(filesOf(image), wanted, `${name}: its files`);
    }
  }
});

t.test('lookups', async (t) => {
  const image = await modelOf(bridgeImage(WINDOWS));
  const loader = requireFile(image, '/BOOT/EtfsBoot.com');
  t.equal(loader.view.tree.kind, 'udf');
  t.equal(loader.node.extents.length, 1);
  t.match(requireFile(image, '/readme.txt').view.tree, { kind: 'primary' }, 'UDF comes last');
  t.equal(findFile(image, '/Begrüßung €.txt')?.node.size, 21, 'two bytes a character');
  t.throws(() => requireFile(image, '/boot'), { code: 'ISO_TREE_NOT_A_FILE' });
  t.throws(() => requireFile(image, '/nothing'), { code: 'ISO_TREE_NOT_FOUND' });
  const embedded = findFile(await modelOf(bridgeImage({ ...WINDOWS, embedded: true })), '/Begrüßung €.txt');
  t.match(embedded?.node, { size: 21, extents: [], oddities: { unlocated: true } }, 'in its entry');
});

t.test('what is claimed', async (t) => {
  const spec = { ...WINDOWS, freeInPartition: 40 };
  const plain = await modelOf(bridgeImage(spec));
  t.same(claimed(plain, 'UDF partition'), [], 'nothing that UDF does not refer to');
  const last = Math.max(...claimed(plain, 'UDF file'));
  const partition = Array.from({ length: last + 1 - PARTITION_START }, (_, i) => PARTITION_START + i);
  t.same(
    partition.filter((block) => plain.map.isUnreferenced(block, block + 1)),
    [],
    'all that is used in the partition',
  );
  t.ok(plain.map.isUnreferenced(last + 1, last + 41), 'and nothing behind it');
  t.match(plain.map.overlapping(SEQUENCES.main, SEQUENCES.main + 1), [{ kind: 'UDF structure' }]);
  const exact = await modelOf(bridgeImage({ ...spec, bitmap: 'exact' }));
  t.same(claimed(exact, 'UDF partition'), [], 'a true bitmap adds nothing');
  const used = { ...spec, bitmap: 'all used' } as const;
  const allUsed = await modelOf(bridgeImage(used));
  t.equal(claimed(allUsed, 'UDF partition').length, 40, 'what a writer keeps for itself stays its own');
  const readOnly = await modelOf(bridgeImage({ ...used, accessType: ACCESS_TYPE.readOnly }));
  t.same(claimed(readOnly, 'UDF partition'), [], 'which a read-only partition has none of');
  const shared = await modelOf(bridgeImage({ ...SHARED, bitmap: 'all used' }));
  t.same(claimed(shared, 'UDF partition'), [], 'what ISO 9660 refers to is its own');
});

/** The block of the file entry of a path. */
function entryAt(image: Image, path: string): number {
  return requireFile({ trees: [], udf: image.udf }, path).node.recordOffset / BLOCK_SIZE;
}

/** A built disc in which one block was changed. */
function changed(spec: BridgeSpec, block: number, change: (bytes: Uint8Array) => Uint8Array): ImageBuilder {
  const image = bridgeImage(spec);
  const bytes = image.bytes.slice(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE);
  return image.put(block, change(bytes));
}

/** Other allocation descriptors for a file entry. */
function withDescriptors(descriptors: Uint8Array, allocation: number = ALLOCATION.short) {
  return (block: Uint8Array): Uint8Array => {
    const copy = block.slice();
    const view = new DataView(copy.buffer);
    view.setUint16(fileEntry.offsetOf('icbFlags'), allocation, true);
    view.setUint32(fileEntry.offsetOf('lengthOfAllocationDescriptors'), descriptors.length, true);
    copy.set(descriptors, fileEntry.span);
    return sealedAt(copy, view.getUint32(12, true));
  };
}

t.test('files in several extents', async (t) => {
  const plain = await modelOf(bridgeImage(WINDOWS));
  const at = entryAt(plain, '/sources/install.wim');
  const start = (findFile(plain, '/sources/install.wim')?.node.extents[0]?.lba ?? 0) - PARTITION_START;
  const read = async (...parts: Uint8Array[]) => {
    const image = await modelOf(changed(WINDOWS, at, withDescriptors(joined(...parts))));
    return { image, node: findFile(image, '/sources/install.wim')?.node };
  };
  const run = (from: number, length: number, type = 0): Uint8Array => {
    const bytes = shortDescriptor({ at: from, length });
    bytes[3] = (bytes[3] ?? 0) | (type << 6);
    return bytes;
  };
  const inOne = await read(run(start, 4096), run(start + 2, 5904));
  t.match(inOne.node, { size: 10_000, extents: [{ length: 10_000 }], oddities: { unlocated: false } });
  const apart = await read(run(start + 2, 4096), run(start, 4096), run(start + 4, 1808));
  t.equal(apart.node?.extents.length, 3, 'in the order of the file');
  const sparse = await read(run(start, 4096), run(0, 4096, 2), run(start + 4, 1808));
  t.match(sparse.node, { size: 10_000, oddities: { unlocated: true } }, 'one that was never allocated');
  const kept = await read(run(start, 4096, 1), run(start + 2, 5904));
  t.match(kept.node, { size: 10_000, oddities: { unlocated: true } }, 'one that was never recorded');
  t.equal(kept.image.map.isUnreferenced(start + PARTITION_START, start + PARTITION_START + 1), false);
  for (const { image } of [inOne, apart, sparse, kept]) {
    t.same(image.findings, []);
  }
  const short = await read(run(start, 4096));
  t.match(short.image.findings, [{ code: 'ISO_UDF_STRUCTURE', offset: at * BLOCK_SIZE }], 'too few');
  const outside = await read(run(0xff_ffff, 10_000));
  t.match(outside.image.findings, [{ code: 'ISO_UDF_STRUCTURE', offset: at * BLOCK_SIZE }]);
});

t.test('allocation descriptors that go on elsewhere', async (t) => {
  const spec = { ...WINDOWS, freeInPartition: 4 };
  const plain = await modelOf(bridgeImage(spec));
  const at = entryAt(plain, '/sources/install.wim');
  const start = (findFile(plain, '/sources/install.wim')?.node.extents[0]?.lba ?? 0) - PARTITION_START;
  const free = Math.max(...claimed(plain, 'UDF file')) + 1;
  const next = shortDescriptor({ at: free - PARTITION_START, length: BLOCK_SIZE });
  next[3] = 3 << 6;
  const first = joined(shortDescriptor({ at: start, length: 4096 }), next);
  const rest = (descriptors: Uint8Array): Uint8Array => {
    const head = filled(allocationExtentDescriptor, { lengthOfAllocationDescriptors: descriptors.length });
    return tagged('allocationExtent', free - PARTITION_START, joined(head, descriptors), 2);
  };
  const image = changed(spec, at, withDescriptors(first));
  const sound = await modelOf(image.put(free, rest(shortDescriptor({ at: start + 2, length: 5904 }))));
  t.same(sound.findings, []);
  t.match(findFile(sound, '/sources/install.wim')?.node, { extents: [{ length: 10_000 }] });
  t.match(sound.map.overlapping(free, free + 1), [{ kind: 'UDF structure' }]);
  const round = await modelOf(image.put(free, rest(next)));
  t.match(round.findings, [{ code: 'ISO_UDF_STRUCTURE' }, { code: 'ISO_UDF_STRUCTURE' }], 'in a circle');
  const nothing = await modelOf(image.put(free, new Uint8Array(BLOCK_SIZE)));
  t.equal(nothing.udf?.isComplete, false);
});

/** A broken disc is still read, and its partition is left alone as a whole. */
async function leftAlone(t: Test, name: string, image: ImageBuilder): Promise<void> {
  const model = await modelOf(image);
  t.match(model.findings[0], { code: 'ISO_UDF_STRUCTURE', severity: 'warning' }, `${name}: a finding`);
  t.equal(model.udf?.isComplete, false);
  t.ok(claimed(model, 'UDF partition').length > 30, `${name}: the whole partition is claimed`);
}

t.test('what is broken or not understood', async (t) => {
  const plain = await modelOf(bridgeImage(WINDOWS));
  const entry = entryAt(plain, '/sources/install.wim');
  const folder = plain.udf?.tree?.directories.find(({ path }) => path === '/boot');
  const zero = (): Uint8Array => new Uint8Array(BLOCK_SIZE);
  await leftAlone(t, 'a lost file entry', changed(WINDOWS, entry, zero));
  await leftAlone(t, 'a lost directory', changed(WINDOWS, (folder?.recordOffset ?? 0) / BLOCK_SIZE, zero));
  await leftAlone(t, 'lost names', changed(WINDOWS, folder?.extents[0]?.lba ?? 0, zero));
  await leftAlone(t, 'a lost file set', changed(WINDOWS, PARTITION_START, zero));
  await leftAlone(
    t,
    'extended descriptors',
    changed(WINDOWS, entry, withDescriptors(new Uint8Array(20), ALLOCATION.extended)),
  );
  const resealed =
    (at: number, ...bytes: number[]) =>
    (block: Uint8Array): Uint8Array => {
      block.set(bytes, at);
      return sealedAt(block, new DataView(block.buffer).getUint32(12, true));
    };
  await leftAlone(
    t,
    'another strategy',
    changed(WINDOWS, entry, resealed(fileEntry.offsetOf('strategyType'), 0, 16)),
  );
  const more = resealed(fileEntry.offsetOf('extendedAttributeIcb'), 1);
  await leftAlone(t, 'attributes elsewhere', changed(WINDOWS, entry, more));
  const directoryType = resealed(fileEntry.offsetOf('fileType'), 4);
  await leftAlone(t, 'a directory under a name of a file', changed(WINDOWS, entry, directoryType));
  const metadata = bridgeImage(WINDOWS);
  for (const start of [SEQUENCES.main, SEQUENCES.reserve]) {
    const block = metadata.bytes.slice((start + 1) * BLOCK_SIZE, (start + 2) * BLOCK_SIZE);
    metadata.put(start + 1, resealed(udfLogicalVolumeDescriptor.span, 2, 64)(block));
  }
  await leftAlone(t, 'a partition of another kind', metadata);
  const bitmap = { ...WINDOWS, bitmap: 'exact' } as const;
  await leftAlone(t, 'a lost bitmap', changed(bitmap, PARTITION_START + 2, zero));
  const noAnchor = bridgeImage(WINDOWS);
  noAnchor.put(256, zero()).put(noAnchor.blocks - 1, zero());
  t.match(await modelOf(noAnchor), { udf: { isComplete: false, anchors: [] } }, 'no anchor at all');
  const reserve = bridgeImage(WINDOWS).put(SEQUENCES.main, new Uint8Array(16 * BLOCK_SIZE));
  t.match(
    await modelOf(reserve),
    { udf: { isComplete: true }, findings: [] },
    'the reserve sequence is enough',
  );
});

t.test('directories in a circle', async (t) => {
  const plain = await modelOf(bridgeImage(WINDOWS));
  const directories = plain.udf?.tree?.directories ?? [];
  const [root] = directories;
  const folder = directories.find(({ path }) => path === '/efi');
  const image = bridgeImage(WINDOWS);
  // The entry of /efi gets the contents of the root, which names /efi.
  const rootData = shortDescriptor({
    at: (root?.extents[0]?.lba ?? 0) - PARTITION_START,
    length: root?.size ?? 0,
  });
  const at = (folder?.recordOffset ?? 0) / BLOCK_SIZE;
  const block = image.bytes.slice(at * BLOCK_SIZE, (at + 1) * BLOCK_SIZE);
  const lying = withDescriptors(rootData)(block);
  new DataView(lying.buffer).setUint32(fileEntry.offsetOf('informationLength'), root?.size ?? 0, true);
  await leftAlone(t, 'a circle', image.put(at, sealedAt(lying, at - PARTITION_START)));
});
