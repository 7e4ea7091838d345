/** What shares the disc with the volume, and has to be there afterwards as it was before. */
import t from 'tap';
import { bothByteOrders } from '../../src/layout/field.js';
import { bootRecord, volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { checkInjection } from '../../src/check/injection.js';
import { readImage, type Image } from '../../src/read/image.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ascii } from '../kit/golden.js';
import { layHfs, type HfsFileSpec, type HfsSpec } from '../kit/hfs-builder.js';
import { dots, ImageBuilder, record, ROOT } from '../kit/image-builder.js';
import { seededBytes } from '../kit/vendor-tree.js';
import { AT, LOADER_SIZE, makeLoader, planFor, resultBlocks, vendorImage, type Planned } from './planning.js';

const TREES_AT = 200;
const LOADER: HfsFileSpec = { name: 'isolinux.bin', at: AT.loader, length: LOADER_SIZE };
/** More blocks than a built image has room for. */
const LARGE = makeLoader(290 * BLOCK_SIZE);

function hybrid(changes: Partial<HfsSpec> = {}): ImageBuilder {
  return layHfs(vendorImage(), { treesAt: TREES_AT, files: [LOADER], ...changes });
}

/** Blocks that the plan changes, and that HFS refers to. */
function hfsBlocksChanged({ plan, image }: Planned): number[] {
  const changed = plan.list.patches
    .flatMap(({ offset, length }) => {
      const first = Math.floor(offset / BLOCK_SIZE);
      const end = Math.ceil((offset + length) / BLOCK_SIZE);
      return Array.from({ length: end - first }, (_, i) => first + i);
    })
    .filter((block) => image.map.overlapping(block, block + 1).some(({ kind }) => kind.startsWith('HFS')));
  return [...new Set(changed)];
}

function hfsClaims({ map }: Image): string[] {
  return map.claims
    .filter(({ kind }) => kind.startsWith('HFS'))
    .map(({ kind, start, end }) => `${kind} ${start}-${end}`);
}

t.test('an Apple hybrid', async (t) => {
  for (const partitionUnit of [undefined, 512, 2048]) {
    const image = hybrid(partitionUnit === undefined ? {} : { partitionUnit });
    const inside = await planFor(image);
    t.same(hfsBlocksChanged(inside), [AT.loader], 'only the boot info table of the loader');
    const after = await checkInjection(inside.result, inside.image, inside.plan);
    t.same(hfsClaims(after), hfsClaims(inside.image));

    const grown = await planFor(image, { entries: [{ bytes: LARGE }] });
    t.same(hfsBlocksChanged(grown), []);
    const larger = await checkInjection(grown.result, grown.image, grown.plan);
    t.same(hfsClaims(larger), hfsClaims(grown.image), 'its second header is where its volume ends');
  }
});

t.test('an Apple hybrid with something in the way', async (t) => {
  const inRoom = hybrid({ files: [LOADER, { name: 'alone', at: AT.room, length: 7 }] });
  await t.rejects(planFor(inRoom), {
    code: 'ISO_PLAN_NO_ROOM',
    found: 'HFS file',
    offset: AT.room * BLOCK_SIZE,
  });
  const broken = hybrid({ header: { allocationBlockSize: 0 } });
  await t.rejects(planFor(broken), { code: 'ISO_PLAN_NO_ROOM', found: 'HFS volume' });
  const shared = hybrid({ files: [{ ...LOADER, at: AT.loader + 1, length: 7 }] });
  const { plan } = await planFor(shared);
  t.equal(plan.entries[0]?.copiedBecause, 'the HFS file lies in the same blocks');
});

/** A built image with a second descriptor set at block 48 that has the same root, or one of its own. */
function withSet(root: number): ImageBuilder {
  const image = vendorImage();
  const primary = volumeDescriptor.decode(image.bytes, 16 * BLOCK_SIZE);
  const joliet = volumeDescriptor.decode(image.bytes, AT.joliet * BLOCK_SIZE);
  const volumeSpaceSize = bothByteOrders(300 - 32);
  const directoryRecordForRoot = record({ name: '\0', at: root, length: BLOCK_SIZE, directory: true });
  return image
    .put(48, volumeDescriptor.encode({ ...primary, volumeSpaceSize, directoryRecordForRoot }))
    .put(49, volumeDescriptor.encode({ ...joliet, volumeSpaceSize }))
    .terminator(50);
}

t.test('a second descriptor set', async (t) => {
  const image = withSet(ROOT);
  const still = await planFor(image);
  t.same(await resultBlocks(still, 48, 3), image.bytes.slice(48 * BLOCK_SIZE, 51 * BLOCK_SIZE));
  const grown = await planFor(image, { entries: [{ bytes: LARGE }] });
  await checkInjection(grown.result, grown.image, grown.plan);
  const blocks = grown.plan.volumeBlocks;
  t.ok(blocks > 300);
  for (const [at, wanted] of [
    [16, blocks],
    [18, blocks],
    [48, blocks - 32],
    [49, blocks - 32],
  ] as const) {
    const { volumeSpaceSize } = volumeDescriptor.decode(await resultBlocks(grown, at));
    t.same(volumeSpaceSize, bothByteOrders(wanted), `block ${at}`);
  }
  t.equal((await readImage(grown.result)).sessionCount, 1);
  const lying = withSet(ROOT);
  lying.bytes[48 * BLOCK_SIZE + volumeDescriptor.offsetOf('volumeSpaceSize')] = 1;
  await t.rejects(planFor(lying, { entries: [{ bytes: LARGE }] }), {
    code: 'ISO_VOLUME_BYTE_ORDER',
    offset: 48 * BLOCK_SIZE + volumeDescriptor.offsetOf('volumeSpaceSize'),
  });
});

t.test('several sessions are not edited', async (t) => {
  const image = withSet(60).directory(60, dots(60, 60));
  await t.rejects(planFor(image), {
    code: 'ISO_VOLUME_MULTI_SESSION',
    exitCode: 4,
    offset: 48 * BLOCK_SIZE,
    found: 2,
  });
});

t.test('a system area of another machine', async (t) => {
  const kinds: Record<string, (area: Uint8Array) => void> = {
    'a SPARC disk label': (area) => area.set([0xda, 0xbe], 508),
    "PlayStation's licence": (area) => area.set(ascii('          Licensed  by          '), 4 * BLOCK_SIZE),
    "Sega's header": (area) => area.set(ascii('SEGA SEGAKATANA SEGA ENTERPRISES'), 0),
  };
  for (const [what, mark] of Object.entries(kinds)) {
    const area = seededBytes(7, 16 * BLOCK_SIZE);
    mark(area);
    const planned = await planFor(vendorImage().put(0, area));
    t.same(await resultBlocks(planned, 0, 16), area, what);
  }
});

t.test("another system's boot record moves along", async (t) => {
  const image = vendorImage();
  const other = bootRecord.encode({
    ...bootRecord.decode(image.bytes, AT.joliet * BLOCK_SIZE),
    type: 0,
    bootSystemIdentifier: 'CD-RTOS CD-BRIDGE'.padEnd(32),
    bootIdentifier: '',
    locationOfBootCatalog: 0x0102_0304,
    bootSystemUse: seededBytes(3, 1973),
  });
  image.put(AT.joliet, other);
  const planned = await planFor(image);
  const after = await checkInjection(planned.result, planned.image, planned.plan);
  t.same(
    after.descriptorSet.descriptors.map(({ kind }) => kind),
    ['primary', 'el-torito', 'boot-record', 'terminator'],
  );
  t.same(await resultBlocks(planned, 18), other);
});
