/** The entries of the catalog, and what becomes of the media check. */
import t from 'tap';
import { checkInjection } from '../../src/check/injection.js';
import { FLOPPY_SIZE } from '../../src/layout/el-torito.js';
import { blankMediaCheck, decodeMediaCheck, encodeMediaCheck } from '../../src/layout/media-check.js';
import { withMediaCheckField } from '../../src/plan/media-check.js';
import { readImage } from '../../src/read/image.js';
import { OverlaySource } from '../../src/sink/overlay.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ascii, hex } from '../kit/golden.js';
import {
  AT,
  LOADER_SIZE,
  LOW_BLOCKS,
  patchFor,
  planFor,
  resultBlocks,
  sizeOf,
  vendorImage,
  type EntryWish,
} from './planning.js';

const EFI = 0xef;

/** A file that starts as a FAT file system of so many 512-byte sectors. */
function fatImage(sectors: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(hex('eb3c90 6d6b66732e666174 0002 01 0100 02 e000 0000 f8'));
  new DataView(bytes.buffer).setUint32(32, sectors, true);
  return bytes;
}

/** A file whose second partition entry is of a type. */
function diskImage(type: number): Uint8Array {
  const bytes = new Uint8Array(4096);
  bytes.set([0x80, 0, 2, 0, type, 3, 4, 5, 1], 446 + 16);
  return bytes.fill(0x55, 510, 511).fill(0xaa, 511, 512);
}

async function entryFor(wish: EntryWish) {
  const { plan } = await planFor(vendorImage(), { entries: [wish] });
  const [entry] = plan.entries;
  if (entry === undefined) {
    throw new TypeError('a plan without an entry');
  }
  return entry;
}

t.test('how much is loaded', async (t) => {
  const count = async (wish: EntryWish): Promise<number> => (await entryFor(wish)).sectorCount;
  t.equal(await count({}), 4, 'a block, from which the loader loads the rest');
  t.equal(await count({ loadSize: 17 }), 17);
  t.equal(await count({ loadSize: 'full' }), Math.ceil(LOADER_SIZE / BLOCK_SIZE) * 4);
  const windows = new Uint8Array(4096);
  windows.set(ascii('BOOTMGR'), 100);
  t.equal(await count({ bytes: windows }), 8, 'etfsboot does not load its second block');
  const efi = (bytes: Uint8Array): EntryWish => ({ bytes, platformId: EFI, bootInfoTable: 'no' });
  t.equal(await count(efi(fatImage(2880, 4096))), 2880, 'the size of the FAT file system, not of the file');
  t.equal(await count(efi(new Uint8Array(5000).fill(1))), 10, 'or else of the file');
  t.equal(await count(efi(fatImage(65_535, 4096))), 65_535);
  t.equal(await count(efi(fatImage(65_536, 4096))), 0, 'up to the end of the disc');
  t.equal(
    await count({ bytes: diskImage(12), bootMediaType: 4 }),
    1,
    'an emulated disk loads its first sector',
  );
  const largest = 0xffff - 3;
  const full = (sectors: number): EntryWish => ({ bytes: new Uint8Array(sectors * 512), loadSize: 'full' });
  t.equal(await count(full(largest)), largest);
  const tooLarge = entryFor(full(largest + 1));
  await t.rejects(tooLarge, { code: 'ISO_BOOT_FILE', found: largest + 4, wanted: 0xffff });
});

t.test('emulation', async (t) => {
  for (const [bootMediaType, size] of [
    [1, 1_228_800],
    [2, 1_474_560],
    [3, 2_949_120],
  ] as const) {
    t.equal(FLOPPY_SIZE[bootMediaType], size);
    const entry = await entryFor({ bootMediaType, bytes: new Uint8Array(size) });
    t.match(entry, { bootMediaType, systemType: 0, sectorCount: 1 });
    for (const other of [size - 512, size + 512]) {
      const wrong = entryFor({ bootMediaType, bytes: new Uint8Array(other) });
      await t.rejects(wrong, { code: 'ISO_BOOT_FILE', found: other, wanted: size });
    }
  }
  t.equal((await entryFor({ bytes: diskImage(0x0c), bootMediaType: 4 })).systemType, 0x0c, 'as its MBR says');
  t.equal((await entryFor({ bytes: diskImage(0), bootMediaType: 4 })).systemType, 0, 'no partition');
  const told = await entryFor({ bytes: diskImage(0x0c), bootMediaType: 4, systemType: 6 });
  t.equal(told.systemType, 6, 'as is asked for');
  const noDisk = { code: 'ISO_BOOT_FILE', offset: 510 };
  await t.rejects(entryFor({ bytes: new Uint8Array(4096), bootMediaType: 4 }), noDisk);
  await t.rejects(entryFor({ bytes: new Uint8Array(511), bootMediaType: 4 }), noDisk);
});

t.test('one entry, byte by byte', async (t) => {
  const entries = [{ loadSegment: 0x1234, loadSize: 0x102, bootInfoTable: 'no' as const }];
  const planned = await planFor(vendorImage(), { entries, idString: 'Vendor' });
  const wanted = new Uint8Array(BLOCK_SIZE);
  // The words of the identification and the key, taken from 0 modulo 65,536, are the checksum.
  wanted.set(hex(`01 00 0000 56656e646f72 ${'00'.repeat(18)} 0000 55aa`));
  const words = new DataView(wanted.buffer);
  let sum = 0;
  for (let at = 0; at < 32; at += 2) {
    sum += at === 28 ? 0 : words.getUint16(at, true);
  }
  words.setUint16(28, -sum, true);
  wanted.set(hex(`88 00 3412 00 00 0201 ${AT.loader.toString(16)}000000`), 32);
  t.same(await resultBlocks(planned, LOW_BLOCKS[0]), wanted);
});

t.test('entries are grouped by platform', async (t) => {
  const small = (platformId: number): EntryWish => ({ platformId, bootInfoTable: 'no' });
  const wishes = [
    small(0),
    small(EFI),
    { ...small(0), loadSize: 9 },
    { ...small(EFI), loadSize: 7 },
    small(2),
  ];
  const planned = await planFor(vendorImage(), { entries: wishes });
  const block = await resultBlocks(planned, LOW_BLOCKS[0]);
  const at = (slot: number): number[] => [...block.subarray(slot * 32, slot * 32 + 4)];
  t.same(at(0).slice(0, 2), [1, 0]);
  t.same(at(2), [0x90, EFI, 2, 0], 'more sections follow');
  t.same(at(5), [0x90, 0, 1, 0]);
  t.same(at(7), [0x91, 2, 1, 0], 'the last one');
  t.same(
    [1, 3, 4, 6, 8].map((slot) => at(slot)[0]),
    [0x88, 0x88, 0x88, 0x88, 0x88],
  );
  t.ok(block.subarray(9 * 32).every((byte) => byte === 0));
  const { boot, findings } = await readImage(planned.result);
  const read = boot?.entries.map(({ platformId, sectorCount }) => [platformId, sectorCount]);
  t.same(read, [
    [0, 4],
    [EFI, 10],
    [EFI, 7],
    [0, 9],
    [2, 4],
  ]);
  t.same(findings, []);
  const only = await planFor(vendorImage(), { entries: [small(EFI)] });
  t.equal((await resultBlocks(only, LOW_BLOCKS[0]))[1], EFI, 'the first one needs no section');
  await checkInjection(only.result, only.image, only.plan);
});

t.test('a loader that is called as a catalog is', async (t) => {
  const record = { name: 'BOOT.CAT;1', length: BLOCK_SIZE };
  const image = vendorImage({ loader: new Uint8Array(BLOCK_SIZE), record });
  const entries = [{ path: '/ISOLINUX/BOOT.CAT', bootInfoTable: 'no' as const }];
  const { plan } = await planFor(image, { entries });
  t.not(plan.catalog.lba, AT.loader, 'is not written over');
});

t.test('more entries than a block holds', async (t) => {
  const entries = (count: number): EntryWish[] =>
    Array.from({ length: count }, () => ({ bootInfoTable: 'no' as const }));
  const full = await planFor(vendorImage(), { entries: entries(62) });
  t.equal((await readImage(full.result)).boot?.entries.length, 62);
  const overfull = planFor(vendorImage(), { entries: entries(63) });
  await t.rejects(overfull, { code: 'ISO_BOOT_CATALOG', found: 65, wanted: 64 });
});

const FIELD = 16 * BLOCK_SIZE + 883;
const SUM = { md5: '0123456789abcdef'.repeat(2), fragmentSums: '123'.repeat(20) };
const IMPLANTED = { applicationUse: encodeMediaCheck(SUM, '1') };

t.test('a media check is kept, added or taken out', async (t) => {
  const mediaCheck = async (wish: 'keep' | 'add' | 'strip', primary: object, blocks = 300) => {
    const littered = blocks < 300 ? LOW_BLOCKS : [];
    return planFor(vendorImage({ primary, blocks, littered }), { mediaCheck: wish });
  };
  const covered = (300 - 15) * BLOCK_SIZE;
  const sum = { kind: 'sum', coveredBytes: covered, fieldOffset: FIELD } as const;
  t.same((await mediaCheck('keep', {})).plan.mediaCheck, { kind: 'none' });
  t.same((await mediaCheck('strip', {})).plan.mediaCheck, { kind: 'none' });
  t.match((await mediaCheck('keep', IMPLANTED)).plan.mediaCheck, { ...sum, rhlIsoStatus: '1' });
  t.match((await mediaCheck('add', IMPLANTED)).plan.mediaCheck, { ...sum, rhlIsoStatus: '1' });
  t.match((await mediaCheck('add', {})).plan.mediaCheck, { ...sum, rhlIsoStatus: '0' });
  const spaces = { applicationUse: blankMediaCheck() };
  t.match((await mediaCheck('add', spaces)).plan.mediaCheck, sum);
  const grown = await mediaCheck('keep', IMPLANTED, 100);
  t.match(grown.plan.mediaCheck, { coveredBytes: (100 + 1 + 150 - 15) * BLOCK_SIZE }, 'by the new size');

  const stripped = await mediaCheck('strip', IMPLANTED);
  t.same(stripped.plan.mediaCheck, { kind: 'strip' });
  const patch = patchFor(stripped, 'media check');
  t.match(patch, { phase: 'pointers', offset: FIELD, length: 512 });
  t.ok((await stripped.result.read(FIELD, 512)).every((byte) => byte === 0x20));
});

t.test('a field that is not free', async (t) => {
  const taken = { primary: { applicationUse: ascii('the words of some other program'.padEnd(512)) } };
  const image = vendorImage(taken);
  await t.rejects(planFor(image, { mediaCheck: 'add' }), { code: 'ISO_MEDIA_CHECK_FIELD', offset: FIELD });
  for (const mediaCheck of ['keep', 'strip'] as const) {
    const planned = await planFor(image, { mediaCheck });
    t.same(planned.plan.mediaCheck, { kind: 'none' });
    t.same(await resultBlocks(planned, 16), image.bytes.subarray(16 * BLOCK_SIZE, 17 * BLOCK_SIZE));
  }
});

t.test('an image that is shorter than a sum would cover', async (t) => {
  const short = vendorImage({ blocks: 60, primary: { ...IMPLANTED, ...sizeOf(60 + 16) } });
  await t.rejects(planFor(short), { code: 'ISO_MEDIA_CHECK_FIELD', offset: FIELD, wanted: 61 * BLOCK_SIZE });
  t.same((await planFor(short, { mediaCheck: 'strip' })).plan.mediaCheck, { kind: 'strip' });
  const enough = vendorImage({ blocks: 60, primary: { ...IMPLANTED, ...sizeOf(60 + 15) } });
  t.match((await planFor(enough)).plan.mediaCheck, { kind: 'sum', coveredBytes: 60 * BLOCK_SIZE });
  const tiny = await planFor(vendorImage({ primary: { ...IMPLANTED, ...sizeOf(31) } }));
  t.match(tiny.plan.mediaCheck, { coveredBytes: (tiny.plan.volumeBlocks - 15) * BLOCK_SIZE }, 'it grows');
});

t.test('the sum goes in among the pointers', async (t) => {
  for (const blocks of [300, 100]) {
    const image = vendorImage({ primary: IMPLANTED, blocks, littered: blocks < 300 ? LOW_BLOCKS : [] });
    const { plan, source, image: before } = await planFor(image);
    if (plan.mediaCheck.kind !== 'sum') {
      throw new TypeError('a sum is wanted');
    }
    const field = encodeMediaCheck({ ...SUM, md5: 'f'.repeat(32) }, plan.mediaCheck.rhlIsoStatus);
    const list = withMediaCheckField(plan.list, plan.mediaCheck, field);
    const phases = list.patches.map(({ phase }) => phase);
    const order = ['new', 'pointers', 'descriptors', 'boot-record'];
    t.same(
      phases,
      [...phases].sort((a, b) => order.indexOf(a) - order.indexOf(b)),
    );
    const result = new OverlaySource(source, list);
    t.equal(decodeMediaCheck(await result.read(FIELD, 512))?.md5, 'f'.repeat(32));
    await checkInjection(result, before, plan);
    t.same(list.patches.find(({ offset }) => offset === FIELD)?.before, {
      kind: 'bytes',
      bytes: IMPLANTED.applicationUse,
    });
  }
});
