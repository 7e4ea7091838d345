/** What is written into a boot file, and which files are refused. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { checkInjection } from '../../src/check/injection.js';
import {
  BOOT_INFO_TABLE_OFFSET,
  BootFileChecksum,
  bootInfoTable,
  makeBootInfoTable,
} from '../../src/layout/boot-info-table.js';
import { FILE_FLAG } from '../../src/layout/directory-record.js';
import { piecesOf } from '../../src/read/file-pieces.js';
import { readImage } from '../../src/read/image.js';
import { requireFile } from '../../src/read/lookup.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { PiecesSource } from '../../src/source/pieces-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { hex } from '../kit/golden.js';
import { joined, type RecordSpec } from '../kit/image-builder.js';
import { DEBIAN_FILES, needTools, runOk } from '../kit/tools.js';
import {
  AT,
  LOADER_PATH,
  makeLoader,
  patchFor,
  planFor,
  vendorImage,
  type Planned,
  type VendorSpec,
} from './planning.js';

const START = AT.loader * BLOCK_SIZE;
const NO_EMULATION = ['-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'];

/** The patches that lie in the loader's blocks, as offsets in the file and hex. */
function editsOf({ plan }: Planned, start = START, size = 3 * BLOCK_SIZE): Record<number, string> {
  const inside = plan.list.patches.filter(({ offset }) => offset >= start && offset < start + size);
  return Object.fromEntries(
    inside.map(({ offset, content }) => [
      offset - start,
      content.kind === 'bytes' ? Buffer.from(content.bytes).toString('hex') : content.kind,
    ]),
  );
}

/** 70 bytes, of which the last six count: 01 02 03 04, and 05 06 with two zeros. */
function smallLoader(): Uint8Array {
  const loader = new Uint8Array(70);
  loader.set([0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa, 0xfa]);
  loader.set([1, 2, 3, 4, 5, 6], 64);
  return loader;
}

/** Block 16, block 24, 70 bytes, 0x04030201 + 0x0605. */
const SMALL_TABLE = `10000000 18000000 46000000 06080304 ${'00'.repeat(40)}`.replaceAll(' ', '');

t.test('a boot info table worked out by hand', async (t) => {
  const planned = await planFor(vendorImage({ loader: smallLoader() }));
  t.same(editsOf(planned), { 8: SMALL_TABLE });
  t.ok(planned.plan.entries[0]?.tableWritten);
  t.equal(patchFor(planned, 'boot info table')?.phase, 'new');
  await checkInjection(planned.result, planned.image, planned.plan);
});

t.test('what stands behind the file in its last word', async (t) => {
  const dirty = vendorImage({ loader: smallLoader() }).put(AT.loader, hex('aabbcc'), 70);
  const planned = await planFor(dirty);
  t.same(editsOf(planned), { 8: SMALL_TABLE, 70: '0000' }, 'is made zero, and nothing behind that');
  t.same((await planFor(dirty, { entries: [{ bootInfoTable: 'no' }] })).plan.list.patches.length, 4);
  const whole = vendorImage({ loader: smallLoader().subarray(0, 68) }).put(AT.loader, hex('aabbcc'), 68);
  t.same(Object.keys(editsOf(await planFor(whole))), ['8'], 'a file of whole words has no such bytes');
});

t.test('when a table is written', async (t) => {
  const written = async (loader: Uint8Array, bootInfoTable?: 'yes' | 'no'): Promise<boolean> => {
    const entry = bootInfoTable === undefined ? {} : { bootInfoTable };
    const planned = await planFor(vendorImage({ loader }), { entries: [entry] });
    t.equal(8 in editsOf(planned), planned.plan.entries[0]?.tableWritten);
    return planned.plan.entries[0]?.tableWritten ?? false;
  };
  const code = makeLoader();
  code[40] = 0x90;
  const placeholder = makeLoader();
  placeholder.set(hex('efbeadde'.repeat(10)), 24);
  const earlier = makeLoader();
  earlier.set(hex('10000000 99000000 78560000 12345678'), 8);
  const foreign = makeLoader();
  foreign.set(hex('11000000 99000000 78560000 12345678'), 8);
  t.equal(await written(makeLoader()), true, 'blank');
  t.equal(await written(placeholder), true, 'as ISOLINUX is built');
  t.equal(await written(earlier), true, 'an earlier table');
  t.equal(await written(foreign), false, 'other bytes in front');
  t.equal(await written(code), false, 'code in its place');
  t.equal(await written(makeLoader(63)), false, 'no room');
  t.equal(await written(code, 'yes'), true, 'asked for');
  t.equal(await written(makeLoader(), 'no'), false, 'not wanted');
  await t.rejects(planFor(vendorImage({ loader: makeLoader(63) }), { entries: [{ bootInfoTable: 'yes' }] }), {
    code: 'ISO_BOOT_FILE',
  });
});

t.test('the table that genisoimage writes', async (t) => {
  if (!needTools(t, 'genisoimage')) {
    return;
  }
  const folder = t.testdir({ tree: { 'a.txt': 'a' } });
  const tree = join(folder, 'tree');
  const loader = join(tree, 'loader.bin');
  await writeFile(loader, makeLoader(30_003));
  const plain = join(folder, 'plain.iso');
  await runOk('genisoimage', ['-quiet', '-R', '-o', plain, tree]);
  const options = ['-R', '-b', 'loader.bin', '-c', 'boot.cat', ...NO_EMULATION];
  // It writes its table into the file on disk as well.
  await runOk('genisoimage', ['-quiet', ...options, '-o', join(folder, 'theirs.iso'), tree]);
  const planned = await planFor(new MemorySource(new Uint8Array(await readFile(plain))), {
    entries: [{ path: '/loader.bin' }],
  });
  const [entry] = planned.plan.entries;
  const ours = await planned.result.read((entry?.lba ?? 0) * BLOCK_SIZE, 30_003);
  const theirs = await readFile(loader);
  t.not(Buffer.compare(theirs, makeLoader(30_003)), 0);
  const place = bootInfoTable.decode(theirs, 8).locationOfBootFile;
  new DataView(ours.buffer, ours.byteOffset).setUint32(12, place, true);
  t.ok(theirs.equals(ours), 'every byte but the block number, which is ours');
});

const ELTORITO = '/boot/grub/i386-pc/eltorito.img';

t.test("GRUB 2's own block list", async (t) => {
  if (!needTools(t, 'xorriso', 'grub-rescue')) {
    return;
  }
  const folder = t.testdir({ tree: {} });
  const file = join(folder, 'tree', 'eltorito.img');
  await runOk('xorriso', ['-osirrox', 'on', '-indev', DEBIAN_FILES.grubRescue, '-extract', ELTORITO, file]);
  const loader = new Uint8Array(await readFile(file));
  const image = join(folder, 'theirs.iso');
  const options = ['-b', 'eltorito.img', '-c', 'boot.cat', ...NO_EMULATION, '--grub2-boot-info'];
  await runOk('xorriso', ['-as', 'mkisofs', '-quiet', '-R', ...options, '-o', image, join(folder, 'tree')]);
  const source = new MemorySource(new Uint8Array(await readFile(image)));
  const { node } = requireFile(await readImage(source), '/eltorito.img');
  const at = node.extents[0]?.lba ?? 0;
  const theirs = await source.read(at * BLOCK_SIZE, loader.length);
  t.notSame(theirs.subarray(2548, 2556), loader.subarray(2548, 2556), 'their image has a list of its own');

  const ours = vendorImage({ loader, record: { at } }).put(at, loader);
  const planned = await planFor(ours);
  t.same(
    await planned.result.read(at * BLOCK_SIZE, loader.length),
    theirs,
    'table, list and sum are the same',
  );
  await checkInjection(planned.result, planned.image, planned.plan);
  const withoutTable = await planFor(ours, { entries: [{ bootInfoTable: 'no' }] });
  t.same(
    Object.keys(editsOf(withoutTable, at * BLOCK_SIZE)),
    ['2548'],
    'the list does not hang on the table',
  );

  const brought = await planFor(vendorImage(), { entries: [{ bytes: loader }] });
  const lba = brought.plan.entries[0]?.lba ?? 0;
  const list = Buffer.from(await brought.result.read(lba * BLOCK_SIZE + 2548, 8));
  t.equal(list.readBigUInt64LE(), BigInt(lba * 4 + 5), 'brought in, it gets one as well');
  await checkInjection(brought.result, brought.image, brought.plan);

  const legacy = loader.slice();
  legacy[2558] = 0;
  const untouched = await planFor(vendorImage({ loader: legacy }));
  t.same(Object.keys(editsOf(untouched)), ['8'], 'without its mark there is code, not a list');
});

t.test('files that are refused', async (t) => {
  const refused = async (
    name: string,
    record: Partial<RecordSpec>,
    wanted: { code: string; found?: unknown },
    more: Parameters<typeof vendorImage>[0] = {},
  ): Promise<void> => {
    await t.rejects(planFor(vendorImage({ record, ...more })), wanted, name);
  };
  await refused('an empty one', { length: 0 }, { code: 'ISO_BOOT_FILE', found: 0 });
  const rockRidge = { rootSystemUse: hex('5350 07 01 beef 00') };
  const compressed = hex('5a46 10 01 707a 04 0f 00100000 00001000');
  await refused('compressed', { systemUse: compressed }, { code: 'ISO_BOOT_COMPRESSED' }, rockRidge);
});

/** The one entry of a plan for a built image, and the bytes that its firmware finds; the plan is checked. */
async function planned(spec: VendorSpec, table: 'auto' | 'no' = 'auto') {
  const made = await planFor(vendorImage(spec), { entries: [{ bootInfoTable: table }] });
  await checkInjection(made.result, made.image, made.plan);
  const [entry] = made.plan.entries;
  if (entry === undefined) {
    throw new TypeError('a plan without an entry');
  }
  const bytes = await made.result.read(entry.lba * BLOCK_SIZE, entry.request.file.size);
  return { ...made, entry, bytes };
}

t.test('a loader that does not lie in one plain run is copied to one', async (t) => {
  const copied = async (
    name: string,
    spec: VendorSpec,
    wanted: Uint8Array,
    because: string,
  ): Promise<void> => {
    const { entry, bytes, image, result } = await planned(spec);
    t.equal(entry.copiedBecause, because, name);
    t.ok(entry.isNew && entry.tableWritten, `${name}: it has its table`);
    const own = makeBootInfoTable({ size: wanted.length, checksum: sumOf(wanted) }, entry.lba);
    const booted = Uint8Array.from(wanted);
    booted.set(bootInfoTable.encode(own), BOOT_INFO_TABLE_OFFSET);
    t.same(bytes, booted, `${name}: every piece in its order, and the table`);
    const { node } = requireFile(image, LOADER_PATH);
    const untouched = new PiecesSource(result, piecesOf(node));
    t.same(await untouched.read(0, untouched.size), wanted, `${name}: the file itself is as it was`);
  };
  const loader = Uint8Array.from(makeLoader());
  const rest = { name: 'ISOLINUX.BIN;1', at: 40, length: 100 };
  const first = { flags: FILE_FLAG.multiExtent, length: 2 * BLOCK_SIZE };
  const parts = new Uint8Array(2 * BLOCK_SIZE + 100);
  parts.set(loader.subarray(0, 2 * BLOCK_SIZE));
  await copied('in two places', { record: first, records: [rest] }, parts, 'it lies in 2 pieces');
  const units = { fileUnitSize: 1, interleaveGapSize: 1, length: 2 * BLOCK_SIZE };
  const interleaved = new Uint8Array(2 * BLOCK_SIZE);
  interleaved.set(loader.subarray(0, BLOCK_SIZE));
  interleaved.set(loader.subarray(2 * BLOCK_SIZE, 3 * BLOCK_SIZE), BLOCK_SIZE);
  await copied('interleaved', { record: units }, interleaved, 'it is interleaved with another file');
  const attributes = { extendedAttributeBlocks: 1, at: AT.loader - 1 };
  await copied(
    'behind an attribute record',
    { record: attributes },
    loader,
    'an extended attribute record stands in front of it',
  );
  const inARow = await planned({ record: first, records: [{ ...rest, at: AT.loader + 2 }] });
  t.equal(inARow.entry.copiedBecause, undefined, 'two parts in a row are as good as one');
});

function sumOf(bytes: Uint8Array): number {
  const sum = new BootFileChecksum();
  sum.update(bytes);
  return sum.value;
}

t.test('blocks that something else has as well', async (t) => {
  const size = makeLoader().length;
  const other = '/ISOLINUX/OTHER.BIN lies in the same blocks';
  const because = async (spec: VendorSpec): Promise<string | undefined> =>
    (await planned(spec)).entry.copiedBecause;
  const shorter = { name: 'OTHER.BIN;1', at: AT.loader, length: size - 1 };
  t.equal(await because({ records: [shorter] }), other);
  const inside = { name: 'OTHER.BIN;1', at: AT.loader + 2, length: 5 };
  const { entry, result } = await planned({ records: [inside] });
  t.equal(entry.copiedBecause, other);
  t.same(await result.read(START, size), Uint8Array.from(makeLoader()), 'what they share is not touched');
  const table = {
    primary: { locationOfTypeMPathTable: AT.loader + 1, pathTableSize: { littleEndian: 9, bigEndian: 9 } },
  };
  t.equal(await because(table), 'the path table lies in the same blocks');
  const without = await planned({ records: [inside] }, 'no');
  t.equal(without.entry.copiedBecause, undefined, 'it does not matter where nothing is written');

  const link = { name: 'LINK.BIN;1', at: AT.loader, length: size };
  const joliet = [{ name: 'isolinux.bin', at: AT.loader, length: size }];
  const linked = await planned({ records: [link], joliet });
  t.same(linked.entry.sharedBy, ['/ISOLINUX/LINK.BIN', '/isolinux.bin'], 'other names of the file are told');
  const unchanged = await planned({ records: [link] }, 'no');
  t.same(unchanged.entry.sharedBy, []);
});

t.test('a boot file that is brought in', async (t) => {
  const bytes = joined(smallLoader());
  const planned = await planFor(vendorImage(), { entries: [{ bytes }] });
  const lba = planned.plan.entries[0]?.lba ?? 0;
  const block = await planned.result.read(lba * BLOCK_SIZE, BLOCK_SIZE);
  const wanted = new Uint8Array(BLOCK_SIZE);
  wanted.set(bytes);
  wanted.set(hex(SMALL_TABLE), 8);
  wanted[12] = lba;
  t.same(block, wanted, 'its bytes, the table, and zeros up to the end of the block');
  await t.rejects(planFor(vendorImage(), { entries: [{ bytes: new Uint8Array(0) }] }), {
    code: 'ISO_BOOT_FILE',
  });
});
