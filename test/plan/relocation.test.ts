/** Where that goes which stands in the descriptors' way, and what makes room for it. */
import t, { type Test } from 'tap';
import { findDisagreements } from '../../src/check/agreement.js';
import { checkInjection } from '../../src/check/injection.js';
import { bothByteOrders } from '../../src/layout/field.js';
import { volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { runAround, type Move } from '../../src/plan/move.js';
import { followersOf, leadersOf } from '../../src/plan/order.js';
import { readImage } from '../../src/read/image.js';
import { OverlaySource } from '../../src/sink/overlay.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import {
  file,
  folder,
  isolinux,
  loader,
  LOADER_PATH,
  root,
  text,
  type EntrySpec,
  type FolderSpec,
} from '../fixtures/tree.js';
import { writeVolume, zeros, type VolumeSpec } from '../fixtures/writer.js';
import { listingOf } from '../kit/contents.js';
import { faultsOf } from '../kit/relocated.js';
import { planFor, type Planned } from '../kit/planned.js';

const LOADER = /isolinux\.bin/i;
/** With the terminator at 17. */
const ROOM = 18;

/** So many names, without contents. */
function names(count: number): EntrySpec[] {
  return Array.from({ length: count }, (_, i) => file(`name-${i}.txt`, new Uint8Array(0)));
}

/** A root of two blocks. */
function wideRoot(...entries: readonly EntrySpec[]): FolderSpec {
  return root(isolinux(), ...names(60), ...entries);
}

async function inject(t: Test, bytes: Uint8Array): Promise<Planned> {
  const source = new MemorySource(bytes);
  const planned = await planFor(bytes, { bootPath: LOADER_PATH });
  const result = new OverlaySource(source, planned.plan.list);
  const disagreements = (await findDisagreements(source, planned.image)).length;
  await checkInjection(result, planned.image, planned.plan, { disagreements });
  const after = await result.read(0, result.size);
  t.strictSame(await listingOf(after, LOADER), await listingOf(bytes, LOADER), 'the same files');
  return planned;
}

const injectInto = (t: Test, spec: VolumeSpec): Promise<Planned> => inject(t, writeVolume(spec).bytes);

const brief = ({ start, to, round }: Move): number[] => [start, to, round];

t.test('whatever lies in the way, and however the volume is laid out', async (t) => {
  const SEEDS = 16;
  for (let seed = 0; seed < SEEDS; seed += 1) {
    t.strictSame(await faultsOf(seed), [], `seed ${seed}`);
  }
});

t.test('a directory takes the place of its first subdirectory, which moves first', async (t) => {
  const layout = ['primary directory /', 'primary directory /isolinux', 'file*', 'primary table*'];
  const { plan } = await injectInto(t, { top: root(isolinux()), layout });
  const [child, parent] = plan.moves.map(brief);
  t.match(child, [ROOM + 1, Number, 0]);
  t.strictSame(parent, [ROOM, ROOM + 1, 1]);
  t.strictSame(plan.outOfOrder, []);
  const chained = ['/', '/a', '/a/b', '/a/b/c'].map((path) => `primary directory ${path}`);
  await t.test('what makes room takes its subdirectories along', async (t) => {
    const top = root(folder('a', folder('b', folder('c', file('deep', text('deep'))))), isolinux());
    const { plan } = await injectInto(t, { top, layout: [...chained, 'file*'] });
    const starts = plan.moves.map(({ start, round }) => [start, round]);
    t.strictSame(starts, [
      [ROOM + 1, 0],
      [ROOM + 2, 0],
      [ROOM + 3, 0],
      [ROOM, 1],
    ]);
    const places = plan.moves.slice(0, 3).map(({ to }) => to as number);
    t.strictSame(
      places,
      [...places].sort((x, y) => x - y),
      'in their order',
    );
    t.strictSame(plan.outOfOrder, []);
  });
  await t.test('or the place of the first of them, where they are too many', async (t) => {
    const top = root(
      folder('a', folder('b', ...names(1000), folder('c', file('deep', text('deep'))))),
      isolinux(),
    );
    const { plan } = await injectInto(t, { top, layout: [...chained, 'file*'] });
    t.match(plan.moves.at(-1), { start: ROOM, to: ROOM + 1 });
    const a = plan.moves.find(({ start }) => start === ROOM + 1);
    t.equal(a?.to, ROOM + 2, 'the subdirectory does the same');
    t.equal(plan.moves.at(-1)?.round, (a?.round ?? 0) + 1);
    t.strictSame(plan.outOfOrder, []);
  });
});

t.test('what makes room does not go where it makes room', async (t) => {
  const layout = ['primary directory /', 'primary table L', zeros(1), 'primary directory*', 'file*'];
  const { plan } = await injectInto(t, { top: wideRoot(), layout, padBlocks: 16 });
  const [table, directory] = plan.moves;
  t.match(table, { start: ROOM + 2, what: 'the path table', round: 0 });
  t.match(directory, { start: ROOM, to: ROOM + 2, end: ROOM + 2, round: 1 });
  t.ok((table?.to ?? 0) >= ROOM + 4, 'the free block is a part of the place');
});

t.test('what follows a directory stays behind it', async (t) => {
  // Of the two blocks that would take a subdirectory, the lower one is in front of where the root comes to lie.
  const layout = [
    'primary directory /',
    'file /first',
    zeros(1),
    'file /second',
    'primary directory*',
    'file*',
  ];
  const large = (name: string): EntrySpec => file(name, new Uint8Array(40 * BLOCK_SIZE).fill(1));
  const top = wideRoot(large('first'), large('second'));
  const { plan } = await injectInto(t, { top, layout, padBlocks: 16 });
  const placeOf = (name: string): number =>
    plan.moves.find(({ what }) => what === `the directory ${name}`)?.to ?? 0;
  t.ok(placeOf('/') > ROOM);
  t.ok(placeOf('/ISOLINUX') > placeOf('/'));
  t.strictSame(plan.outOfOrder, []);
});

t.test('out of order where too much would have to make room', async (t) => {
  const large = file('large', new Uint8Array(40 * BLOCK_SIZE).fill(1));
  const layout = ['primary directory*', 'file /large', 'file*'];
  const { plan } = await injectInto(t, { top: wideRoot(large), layout });
  t.strictSame(plan.outOfOrder, ['the directory /']);
  t.match(plan.moves.map(brief), [[ROOM, Number, 0]]);
});

t.test('continuation areas go along as wholes, across the borders of blocks', async (t) => {
  const top = root(isolinux(), ...names(100));
  const spec = { top, rockRidge: true, alwaysContinued: true, continuationsCross: true };
  const layout = ['primary directory /', 'primary continuation', 'primary directory*'];
  const volume = writeVolume({ ...spec, layout });
  const { plan, image } = await inject(t, volume.bytes);
  const area = volume.resolve('primary continuation');
  const end = volume.resolve('primary directory /isolinux');
  t.ok(end - area > 1, 'more than one block of them');
  const moved = plan.moves.find(({ start }) => start === ROOM);
  t.equal(moved?.end, end);
  const alone = runAround(image.map, end - 1);
  t.match(alone, { start: area, end }, 'no block of them goes alone');
  t.ok(!('blocked' in alone) && leadersOf(image.trees, alone).length > 0, 'they stay behind their directory');
  const own = runAround(image.map, ROOM);
  t.ok(!('blocked' in own) && followersOf(image.trees, own).every((block) => block >= end));
});

t.test('areas that lie elsewhere stay behind their directory', async (t) => {
  const spec = { top: root(isolinux()), rockRidge: true, alwaysContinued: true };
  const layout = ['primary directory /', 'primary table*', zeros(3), 'primary continuation', zeros(3)];
  const volume = writeVolume({ ...spec, layout: [...layout, 'primary directory*'] });
  const { image } = await inject(t, volume.bytes);
  const run = runAround(image.map, ROOM);
  t.equal(
    !('blocked' in run) && Math.min(...followersOf(image.trees, run)),
    volume.resolve('primary continuation'),
  );
});

t.test('the last block of an image that ends inside it', async (t) => {
  const top = root(folder('isolinux', loader({}, 3000)), ...names(60));
  const layout = ['primary directory /', 'primary directory /isolinux', 'file*'];
  const { bytes, resolve } = writeVolume({ top, layout, padBlocks: 0 });
  const end = resolve('primary table L');
  // Without path tables, so that the loader is the last there is.
  const descriptor = volumeDescriptor.decode(bytes, 16 * BLOCK_SIZE);
  const nowhere = { locationOfTypeLPathTable: 0, locationOfTypeMPathTable: 0 };
  const changed = { ...descriptor, ...nowhere, volumeSpaceSize: bothByteOrders(end) };
  bytes.set(volumeDescriptor.encode(changed), 16 * BLOCK_SIZE);
  const cut = bytes.slice(0, end * BLOCK_SIZE - 1096);
  const planned = await inject(t, cut);
  const moved = planned.plan.moves.find(({ what }) => what === 'the file /ISOLINUX/ISOLINUX.BIN');
  t.match(moved, { start: end - 2, end });
  const result = new OverlaySource(new MemorySource(cut), planned.plan.list);
  const copy = (moved?.to ?? 0) * BLOCK_SIZE;
  t.strictSame(await result.read(copy + 64, 2936), cut.subarray((end - 2) * BLOCK_SIZE + 64));
  t.ok(
    (await result.read(copy + 3000, 1096)).every((byte) => byte === 0),
    'zeros to the end of it',
  );
});

t.test('a directory that is listed twice', async (t) => {
  const top = root(isolinux(), folder('aa', file('f.txt', text('f'))), folder('bb'));
  const { bytes, resolve } = writeVolume({ top, layout: ['primary directory /aa', 'primary directory*'] });
  const [listed, twice] = [resolve('primary directory /aa'), resolve('primary directory /bb')];
  const { trees } = await readImage(new MemorySource(bytes));
  const record = trees[0]?.root.children?.find(({ extents }) => extents[0]?.lba === twice)?.recordOffset ?? 0;
  bytes[record + 2] = listed;
  bytes[record + 9] = listed;
  const { plan } = await inject(t, bytes);
  t.match(plan.moves, [{ start: listed, end: listed + 1 }]);
});

t.test('a loader in sections, the first of which is in the way, moves as a whole', async (t) => {
  const bin = loader({ sections: [4096, 4904] }, 9000);
  const layout = ['file /isolinux/isolinux.bin', 'primary*', 'file*'];
  const { bytes, resolve } = writeVolume({ top: root(folder('isolinux', bin)), layout });
  const { plan } = await inject(t, bytes);
  t.equal(resolve('file /isolinux/isolinux.bin'), ROOM);
  const [first, second] = plan.moves;
  t.match(plan.moves, [
    { start: ROOM, end: ROOM + 2 },
    { start: ROOM + 2, end: ROOM + 5 },
  ]);
  t.equal(second?.to, (first?.to ?? 0) + 2, 'its sections stay in a row');
  t.match(plan.entries, [{ lba: first?.to, copiedBecause: undefined, isNew: false }]);
  const result = new OverlaySource(new MemorySource(bytes), plan.list);
  const copy = await result.read((plan.entries[0]?.lba ?? 0) * BLOCK_SIZE, 9000);
  t.ok(Buffer.from(copy.subarray(64)).equals(bin.content.subarray(64)));
});
