/** Taking the boot record out: what moves down, what is blanked, what is cut off, and what has to stay. */
import t, { type Test } from 'tap';
import { encodeMediaCheck } from '../../src/layout/media-check.js';
import { checkRemoval } from '../../src/check/removal.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { ascii, hex } from '../kit/golden.js';
import { dots, plainImage, type ImageBuilder } from '../kit/image-builder.js';
import { AT, makeLoader, sizeOf, SparseSource, vendorImage, type PlanWish } from './planning.js';
import { injected, removalFor, type PlannedRemoval } from './removing.js';

/** Bytes 8 to 63 of the loader: what stood there before nobody knows. */
const TABLE = { offset: AT.loader * BLOCK_SIZE + 8, length: 56 };

/** Offsets of the bytes that differ. */
function differences(one: Uint8Array, other: Uint8Array): number[] {
  const length = Math.max(one.length, other.length);
  return Array.from({ length }, (_, i) => i).filter((i) => one[i] !== other[i]);
}

function phasesOf({ plan }: PlannedRemoval): string[] {
  return plan.list.patches.map(({ phase, offset }) => `${phase} ${offset / BLOCK_SIZE}`);
}

/** What an injection adds is gone again, all of it. */
async function comesBack(t: Test, name: string, image: ImageBuilder, wish: PlanWish = {}): Promise<void> {
  const bootable = await injected(image, wish);
  const removal = await removalFor(bootable);
  await checkRemoval(new MemorySource(removal.result), removal.image, removal.plan);
  const inTree = wish.entries === undefined;
  const outside = differences(image.bytes, removal.result).filter(
    (at) => !inTree || at < TABLE.offset || at >= TABLE.offset + TABLE.length,
  );
  t.strictSame(outside, [], `${name}: the same bytes but for the boot info table`);
  t.equal(removal.result.length, image.bytes.length, `${name}: the same size`);
}

t.test('an injection is taken back', async (t) => {
  const small = [{ bytes: makeLoader(9000) }];
  const large = [{ bytes: makeLoader(200 * BLOCK_SIZE + 5) }];
  await comesBack(t, 'the loader of the tree', vendorImage());
  await comesBack(t, 'a loader put into the padding', vendorImage(), { entries: small });
  await comesBack(t, 'a loader behind the padding', vendorImage(), { entries: large });
  await comesBack(t, 'a loader behind little padding', vendorImage({ blocks: 60 }), { entries: large });
  const taken = { records: [{ name: 'LOW.BIN;1', at: 22, length: 1 }] };
  await comesBack(t, 'a catalog in the padding', vendorImage(taken));
  await comesBack(t, 'a catalog in the padding, a loader behind it', vendorImage(taken), { entries: large });
  await comesBack(t, 'both behind little padding', vendorImage({ ...taken, blocks: 60 }), { entries: large });
  const two = [{ bytes: makeLoader(200 * BLOCK_SIZE) }, { platformId: 0xef, bootInfoTable: 'no' as const }];
  await comesBack(t, 'two entries', vendorImage(), { entries: two.slice(0, 1) });
});

t.test('where the old end cannot be told, the 150 blocks of padding of a growing image stay', async (t) => {
  const image = vendorImage({ blocks: 30, records: [{ name: 'LOW.BIN;1', at: 22, length: 1 }] });
  const bootable = await injected(image);
  t.equal(bootable.length / BLOCK_SIZE, 30 + 1 + 150);
  const { plan, result } = await removalFor(bootable);
  t.equal(plan.volumeBlocks, 27 + 150, 'less than before, and 150 blocks behind the last file');
  t.equal(result.length, plan.volumeBlocks * BLOCK_SIZE);
});

t.test('descriptors move down, the lowest first, and what becomes free is blanked at the end', async (t) => {
  const bootable = await injected(vendorImage());
  const removal = await removalFor(bootable);
  t.strictSame(phasesOf(removal), ['descriptors 17', 'descriptors 18', 'blank 22', 'blank 19']);
  t.strictSame(removal.plan.records, [17]);
  t.match(removal.plan.hidden, [{ kind: 'boot catalog', start: 22, reason: undefined }]);
});

t.test('a boot record at another place, and several of them', async (t) => {
  const late = vendorImage();
  late.bootRecord(22, 18).terminator(19).catalog(22, { at: AT.loader });
  const removal = await removalFor(late.bytes);
  t.strictSame(phasesOf(removal), ['descriptors 18', 'blank 22', 'blank 19'], 'the one in front stays');
  t.strictSame(differences(vendorImage().bytes, removal.result), []);

  const joliet = vendorImage().bytes.slice(17 * BLOCK_SIZE, 18 * BLOCK_SIZE);
  const many = plainImage().primary({}, { at: 24 }).bootRecord(28).put(18, joliet).bootRecord(29, 19);
  many
    .terminator(20)
    .put(23, new Uint8Array(2 * BLOCK_SIZE))
    .catalog(28, { at: 21 });
  many.directory(23, dots(23, 23)).directory(24, dots(24, 24));
  const both = await removalFor(many.bytes);
  t.strictSame(both.plan.records, [17, 19]);
  t.strictSame(phasesOf(both), ['descriptors 17', 'descriptors 18', 'blank 28', 'blank 19']);
  t.equal(both.plan.list.patches.at(-1)?.length, 2 * BLOCK_SIZE, 'two blocks become free');
});

t.test('a boot record that leads to nothing is taken out all the same', async (t) => {
  for (const [name, catalog] of [
    ['zeros', 22],
    ['another structure', AT.folder],
    ['beyond the end', 90_000],
  ] as const) {
    const image = vendorImage().put(18, vendorImage().bytes.subarray(17 * BLOCK_SIZE, 18 * BLOCK_SIZE));
    const removal = await removalFor(image.bootRecord(catalog).terminator(19).bytes);
    t.strictSame(removal.plan.hidden, [], `${name}: nothing is blanked`);
    t.strictSame(differences(vendorImage().bytes, removal.result), [], `${name}: only the record goes`);
  }
  const lost = vendorImage().put(18, vendorImage().bytes.subarray(17 * BLOCK_SIZE, 18 * BLOCK_SIZE));
  const removal = await removalFor(lost.bootRecord(22).terminator(19).catalog(22, { at: 5000 }).bytes);
  t.ok(removal.image.findings.some(({ code }) => code === 'ISO_SOURCE_TRUNCATED'));
  t.strictSame(
    differences(vendorImage().bytes, removal.result),
    [],
    'an entry beyond the end is no hindrance',
  );
});

/** A bootable image that was never made by an injection. */
function bootable(catalog: number, at: number, media = 0): ImageBuilder {
  const image = vendorImage({ records: [{ name: 'DATA.BIN;1', at: 100, length: 3000 }] });
  image.put(18, image.bytes.slice(17 * BLOCK_SIZE, 18 * BLOCK_SIZE));
  return image.bootRecord(catalog).terminator(19).catalog(catalog, { at, media });
}

t.test('only what is hidden and known to its end is blanked', async (t) => {
  const unknown = await removalFor(bootable(22, 60).put(60, new Uint8Array(5000).fill(0x90)).bytes);
  t.match(unknown.plan.hidden, [{ kind: 'boot catalog' }, { kind: 'boot image', start: 60 }]);
  t.not(unknown.plan.hidden[1]?.reason, undefined, 'a size that is not certain');
  t.ok(unknown.result.subarray(60 * BLOCK_SIZE, 60 * BLOCK_SIZE + 5000).every((byte) => byte === 0x90));

  const over = bootable(22, 60, 2);
  const shared = await removalFor(over.bytes);
  t.not(shared.plan.hidden[1]?.reason, undefined, 'a floppy that would reach over a file');

  const visible = await removalFor(bootable(100, AT.loader).bytes);
  t.strictSame(visible.plan.hidden, [], 'a catalog and a loader with names');
  const odd = await removalFor(bootable(22, AT.loader).put(AT.jolietRoot, new Uint8Array(BLOCK_SIZE)).bytes);
  t.not(odd.plan.hidden[0]?.reason, undefined, 'a directory that cannot be read may name it');
});

t.test('a boot image that the master boot record loads stays', async (t) => {
  const bytes = makeLoader(200 * BLOCK_SIZE);
  const image = await injected(vendorImage(), { entries: [{ bytes }] });
  const at = (await removalFor(image)).plan.hidden[1]?.start ?? 0;
  image.fill(0x90, 0, 432);
  new DataView(image.buffer).setUint32(432, at * 4, true);
  image.set(hex('55aa'), 510);
  const { plan } = await removalFor(image);
  t.not(plan.hidden[1]?.reason, undefined);
  t.equal(plan.list.newSize, plan.list.oldSize, 'and with it all that lies in front of it');
});

t.test('nothing is cut off', async (t) => {
  const bytes = makeLoader(200 * BLOCK_SIZE);
  const image = await injected(vendorImage(), { entries: [{ bytes }] });
  const same = async (name: string, changed: Uint8Array, mayShrink = true): Promise<void> => {
    const { plan } = await removalFor(changed, { mayShrink });
    t.equal(plan.list.newSize, changed.length, name);
    t.notOk(
      plan.list.patches.some(({ phase }) => phase === 'pointers'),
      `${name}: no new size`,
    );
  };
  await same('a device keeps its size', image, false);
  await same('bytes behind the volume', Uint8Array.from([...image, 1, 2, 3]));
  const littered = image.slice();
  littered.set(ascii('litter'), littered.length - BLOCK_SIZE);
  await same('something in the padding', littered);
  const gpt = image.slice();
  gpt.set(hex('55aa'), 510);
  gpt.set(ascii('EFI PART'), 512);
  await same('a partition table at the end', gpt);
  const differing = image.slice();
  differing[18 * BLOCK_SIZE + 80] = 1;
  await same('a size that contradicts itself', differing);
});

t.test('a media check is kept true or taken out', async (t) => {
  const check = {
    md5: '0123456789abcdef0123456789abcdef',
    fragmentSums: '',
    fragmentCount: 20,
    skipSectors: 15,
  };
  const image = vendorImage();
  image.put(16, encodeMediaCheck({ ...check, fragmentSums: '0'.repeat(60) }, '1'), 883);
  const bootable = await injected(image, { mediaCheck: 'keep' });
  const kept = await removalFor(bootable);
  t.match(kept.plan.mediaCheck, { kind: 'sum', coveredBytes: (300 - 15) * BLOCK_SIZE, rhlIsoStatus: '1' });
  const stripped = await removalFor(bootable, { mediaCheck: 'strip' });
  t.equal(stripped.plan.mediaCheck.kind, 'strip');
  t.match(stripped.plan.list.patches[0], { phase: 'pointers', offset: 16 * BLOCK_SIZE + 883 });
});

t.test('much that is blanked is not held in memory', async (t) => {
  // A floppy of 2.88 MB hides between the files and the padding.
  const image = vendorImage({ blocks: 300, primary: sizeOf(4000), supplementary: sizeOf(4000) });
  image.put(18, image.bytes.slice(17 * BLOCK_SIZE, 18 * BLOCK_SIZE));
  image.bootRecord(22).terminator(19).catalog(22, { at: 290, media: 3 }).put(290, ascii('floppy'));
  const { plan, seen } = await removalFor(new SparseSource(image.bytes, 4000 * BLOCK_SIZE));
  const floppy = plan.list.patches.find(({ offset }) => offset === 290 * BLOCK_SIZE);
  t.match(floppy, { length: 1440 * BLOCK_SIZE, content: { kind: 'zeros' }, before: { kind: 'unread' } });
  t.ok(seen.every(({ bytes }) => bytes.length <= 1024 * 1024));
});

t.test('what cannot be done is refused', async (t) => {
  await t.rejects(removalFor(vendorImage().bytes), { code: 'ISO_BOOT_NONE' });
  await t.rejects(
    removalFor(
      bootable(22, AT.loader)
        .primary(sizeOf(400))
        .bytes.subarray(0, 90 * BLOCK_SIZE),
    ),
    {
      code: 'ISO_SOURCE_TRUNCATED',
    },
  );
});
