/** Where the catalog and boot files go, and what growing does to the image. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { checkInjection } from '../../src/check/injection.js';
import { encodeValidationEntry } from '../../src/layout/el-torito.js';
import { volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { planInjection } from '../../src/plan/inject.js';
import { readImage } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ascii, hex } from '../kit/golden.js';
import type { RecordSpec } from '../kit/image-builder.js';
import { needTools } from '../kit/tools.js';
import { GENISOIMAGE } from '../kit/vendor-images.js';
import { makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';
import {
  AT,
  LOADER_END,
  LOW_BLOCKS,
  makeLoader,
  patchFor,
  planFor,
  readRanges,
  requestFor,
  resultBlocks,
  sizeOf,
  SparseSource,
  vendorImage,
  type Planned,
} from './planning.js';

/** Blocks of zeros that are to stay behind whatever is put into the pad. */
const PAD_THAT_STAYS = 128;
const RUN_OUT = 15;
const CD_PAD = 150;
const CD_BLOCKS = 359_844;

async function verified(planned: Planned): Promise<Planned> {
  await checkInjection(planned.result, planned.image, planned.plan);
  return planned;
}

t.test('the planner asks to see, then plans, and always plans the same', async (t) => {
  const source = new MemorySource(vendorImage().bytes);
  const image = await readImage(source);
  const request = await requestFor(image, source);
  const first = planInjection(image, request, []);
  t.match(first, { kind: 'needs', ranges: [{ offset: AT.room * BLOCK_SIZE, length: BLOCK_SIZE }] });
  t.strictSame(planInjection(image, request, []), first, 'it remembers nothing');
  const { seen, plan } = await planFor(source);
  t.ok(seen.length > 1);
  const inAPiece = await readRanges(source, [{ offset: 0, length: source.size }]);
  for (const enough of [seen, inAPiece, [...seen].reverse()]) {
    const step = planInjection(image, request, enough);
    t.strictSame(step.kind === 'plan' && step.plan.list, plan.list);
  }
});

t.test('the catalog goes into the lowest free block', async (t) => {
  const { plan } = await verified(await planFor(vendorImage()));
  t.match(plan.catalog, { lba: LOW_BLOCKS[0], placement: 'free-block', path: undefined });
  t.equal(plan.list.newSize, plan.list.oldSize);
  t.equal(plan.volumeBlocks, 300);
});

t.test('into the second block that genisoimage keeps for a path table', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, 'genisoimage')) {
    return;
  }
  const folder = t.testdir();
  await makeVendorTree(join(folder, 'tree'), { token: 'UNUSED' });
  await GENISOIMAGE.make(join(folder, 'tree'), join(folder, 'v.iso'));
  const source = new MemorySource(new Uint8Array(await readFile(join(folder, 'v.iso'))));
  const { plan, image } = await verified(
    await planFor(source, { entries: [{ path: '/isolinux/isolinux.bin' }] }),
  );
  const table = image.descriptorSet.primary.fields.locationOfTypeLPathTable;
  t.equal(plan.catalog.lba, table + 1);
  t.equal(plan.catalog.placement, 'free-block');
});

t.test('into the pad while 128 zero blocks stay behind', async (t) => {
  const fits = LOADER_END + 1 + PAD_THAT_STAYS;
  const littered = LOW_BLOCKS;
  const { plan } = await verified(await planFor(vendorImage({ blocks: fits, littered })));
  t.match(plan.catalog, { lba: LOADER_END, placement: 'free-block' });
  t.equal(plan.list.newSize, plan.list.oldSize);
  const tooShort = await verified(await planFor(vendorImage({ blocks: fits - 1, littered })));
  t.match(tooShort.plan.catalog, { lba: fits - 1, placement: 'appended' });
  const behindLitter = [...littered, LOADER_END, LOADER_END + 1];
  const behind = await verified(await planFor(vendorImage({ blocks: fits + 2, littered: behindLitter })));
  t.match(
    behind.plan.catalog,
    { lba: LOADER_END + 2, placement: 'free-block' },
    'what is not zero is not free',
  );
});

t.test('nothing that is placed lies in the last 15 blocks', async (t) => {
  // A file at the very end leaves a gap in front of it that is not the pad.
  for (const fileAt of [60 - RUN_OUT + 2, 60 - RUN_OUT + 1, 60 - RUN_OUT]) {
    const records: RecordSpec[] = [{ name: 'LAST.BIN;1', at: fileAt, length: (60 - fileAt) * BLOCK_SIZE }];
    const free = 60 - RUN_OUT - 1;
    const littered = [...LOW_BLOCKS, ...Array.from({ length: free - LOADER_END }, (_, i) => LOADER_END + i)];
    const { plan } = await verified(await planFor(vendorImage({ blocks: 60, records, littered })));
    t.equal(plan.catalog.placement, fileAt > free ? 'free-block' : 'appended', `a file at ${fileAt}`);
    t.ok(plan.catalog.lba + 1 <= plan.volumeBlocks - RUN_OUT);
  }
});

t.test('appended, with padding behind it', async (t) => {
  const full = (blocks: number): RecordSpec[] => [
    { name: 'FULL.BIN;1', at: LOADER_END, length: (blocks - LOADER_END) * BLOCK_SIZE },
  ];
  const sparse = (blocks: number): SparseSource => {
    const { bytes } = vendorImage({
      blocks: 40,
      primary: sizeOf(blocks),
      records: full(blocks),
      littered: LOW_BLOCKS,
    });
    return new SparseSource(bytes, blocks * BLOCK_SIZE);
  };
  await t.test('150 blocks where the image fits on a CD', async (t) => {
    for (const blocks of [100, CD_BLOCKS - CD_PAD - 1]) {
      const { plan } = await planFor(sparse(blocks));
      t.equal(plan.catalog.lba, blocks);
      t.equal(plan.volumeBlocks, blocks + 1 + CD_PAD);
      t.equal(plan.list.newSize, plan.volumeBlocks * BLOCK_SIZE);
    }
  });
  await t.test('16 where it does not', async (t) => {
    const { plan } = await planFor(sparse(CD_BLOCKS - CD_PAD));
    t.equal(plan.volumeBlocks, CD_BLOCKS - CD_PAD + 1 + RUN_OUT + 1);
    t.equal(plan.catalog.lba, plan.volumeBlocks - RUN_OUT - 2);
  });
  await t.test('as much as there was', async (t) => {
    const bytes = makeLoader(130 * BLOCK_SIZE);
    const planned = await verified(await planFor(vendorImage({ blocks: 400 }), { entries: [{ bytes }] }));
    t.equal(planned.plan.entries[0]?.lba, 400, 'too large for the search');
    t.equal(planned.plan.catalog.lba, LOW_BLOCKS[0]);
    t.equal(planned.plan.volumeBlocks, 400 + 130 + (400 - LOADER_END));
    t.same(await planned.result.read(400 * BLOCK_SIZE + 64, bytes.length - 64), bytes.subarray(64));
  });
});

t.test('a boot file that is brought in goes into a free run, too', async (t) => {
  const bytes = makeLoader(2 * BLOCK_SIZE + 1);
  const planned = await verified(await planFor(vendorImage(), { entries: [{ bytes }] }));
  t.equal(planned.plan.catalog.lba, LOW_BLOCKS[0]);
  t.equal(planned.plan.entries[0]?.lba, LOADER_END, 'the first three blocks in a row');
  t.equal(planned.plan.list.newSize, planned.plan.list.oldSize);
});

t.test('growing tells every descriptor, where it stands and where it moves to', async (t) => {
  const image = vendorImage({ blocks: 60, littered: LOW_BLOCKS, supplementary: sizeOf(55) });
  const planned = await verified(await planFor(image));
  const { plan } = planned;
  t.equal(plan.volumeBlocks, 60 + 1 + CD_PAD);
  const wanted = { littleEndian: plan.volumeBlocks, bigEndian: plan.volumeBlocks };
  for (const block of [16, AT.joliet + 1]) {
    const { volumeSpaceSize } = volumeDescriptor.decode(await resultBlocks(planned, block));
    t.match(volumeSpaceSize, wanted, `descriptor at ${block}`);
  }
  const field = volumeDescriptor.offsetOf('volumeSpaceSize');
  t.same(
    plan.list.patches
      .filter(({ phase }) => phase === 'pointers')
      .map(({ offset, length }) => [offset, length]),
    [16, AT.joliet].map((block) => [block * BLOCK_SIZE + field, 8]),
    'the Joliet descriptor is told before it moves: the old one is in use until then',
  );
});

t.test('bytes behind the volume are kept', async (t) => {
  const image = vendorImage({ blocks: 70, primary: sizeOf(60), littered: LOW_BLOCKS });
  const tail = ascii('a signature');
  image.put(69, tail, 2000);
  const bytes = image.bytes.subarray(0, 69 * BLOCK_SIZE + 2000 + tail.length);
  const planned = await verified(await planFor(new MemorySource(bytes)));
  const { plan, result } = planned;
  t.equal(plan.catalog.lba, 70, 'behind them');
  t.ok(plan.list.patches.every(({ offset, before }) => before.kind === 'bytes' || offset >= bytes.length));
  t.same(await result.read(60 * BLOCK_SIZE, bytes.length - 60 * BLOCK_SIZE), bytes.subarray(60 * BLOCK_SIZE));
  const filled = await result.read(bytes.length, 70 * BLOCK_SIZE - bytes.length);
  t.ok(filled.every((byte) => byte === 0));
});

t.test('padding that is missing is filled when the image grows', async (t) => {
  const littered = [...LOW_BLOCKS, ...Array.from({ length: 13 }, (_, i) => LOADER_END + i)];
  const image = vendorImage({ blocks: 40, primary: sizeOf(60), littered });
  const { plan } = await verified(await planFor(image));
  t.equal(plan.catalog.lba, 60);
  t.equal(plan.list.newSize, plan.volumeBlocks * BLOCK_SIZE);
  t.match(
    plan.list.patches.find(({ offset }) => offset === 40 * BLOCK_SIZE),
    { content: { kind: 'zeros', length: 20 * BLOCK_SIZE }, before: { kind: 'beyond-end' } },
  );
  const withRoom = await verified(await planFor(vendorImage({ blocks: 40, primary: sizeOf(60) })));
  t.equal(withRoom.plan.list.newSize, 40 * BLOCK_SIZE, 'and only then');
});

t.test('images that cannot grow', async (t) => {
  await t.test('their size would not fit', async (t) => {
    const brought = makeLoader(130 * BLOCK_SIZE);
    const grow = async (blocks: number): Promise<Planned> => {
      const records = [{ name: 'LAST.BIN;1', at: blocks - 1, length: BLOCK_SIZE }];
      const { bytes } = vendorImage({ blocks: 40, primary: sizeOf(blocks), records });
      const source = new SparseSource(bytes, blocks * BLOCK_SIZE);
      return planFor(source, { entries: [{ bytes: brought }] });
    };
    const most = 0xffff_ffff - 130 - RUN_OUT - 1;
    t.equal((await grow(most)).plan.volumeBlocks, 0xffff_ffff);
    await t.rejects(grow(most + 1), { code: 'ISO_PLAN_GROWTH', found: 0x1_0000_0000 });
  });
  await t.test('what is appended would have a block number that is no number of 32 bits', async (t) => {
    const brought = makeLoader(130 * BLOCK_SIZE);
    const { bytes } = vendorImage({ blocks: 40, primary: sizeOf(0xffff_ffff) });
    const source = new SparseSource(bytes, 9 * 2 ** 40);
    const refusal = { code: 'ISO_PLAN_GROWTH', found: (9 * 2 ** 40) / BLOCK_SIZE + 130, wanted: 0xffff_ffff };
    await t.rejects(planFor(source, { entries: [{ bytes: brought }] }), refusal, 'behind trailing data');
  });
  await t.test('a GPT stands at the end', async (t) => {
    const blocks = 60;
    const pad = Array.from({ length: blocks - RUN_OUT - LOADER_END }, (_, i) => LOADER_END + i);
    const image = vendorImage({ blocks, littered: [...LOW_BLOCKS, ...pad] });
    image.put(0, hex('55aa'), 510).put(0, ascii('EFI PART'), 512);
    image.put(0, Uint8Array.of(blocks * 4 - 1), 512 + 32);
    image.put(0, hex('02'), 512 + 72).put(0, hex('80000000 80000000'), 512 + 80);
    const refusal = { code: 'ISO_PLAN_GROWTH', offset: blocks * BLOCK_SIZE, found: 'partition table' };
    await t.rejects(planFor(image), refusal);
  });
});

t.test('a stale catalog beside the loader', async (t) => {
  const STALE = 40;
  const catalog = encodeValidationEntry({ platformId: 0, idString: 'STALE' });
  const plan = async (
    contents: Uint8Array,
    changes: Partial<RecordSpec> = {},
    others: readonly RecordSpec[] = [],
    blocks = 300,
  ) => {
    const own: RecordSpec = { name: 'BOOT.CAT;1', at: STALE, length: BLOCK_SIZE, ...changes };
    const image = vendorImage({ blocks, records: [own, ...others] }).put(STALE, contents);
    return (await verified(await planFor(image))).plan.catalog;
  };
  const reused = { lba: STALE, placement: 'reused-file', path: '/ISOLINUX/BOOT.CAT' } as const;
  const placed = { lba: LOW_BLOCKS[0], placement: 'free-block', path: undefined } as const;
  t.match(await plan(catalog), reused, 'a catalog');
  t.match(await plan(new Uint8Array(BLOCK_SIZE)), reused, 'zeros');
  t.match(await plan(catalog, { name: 'Boot.Catalog;1' }), { ...reused, path: '/ISOLINUX/Boot.Catalog' });
  t.match(await plan(catalog, { name: 'BOOT.BAK;1' }), placed, 'another name');
  t.match(await plan(ascii('a text of its own')), placed, 'something else');
  t.match(await plan(catalog, { length: BLOCK_SIZE - 1 }), placed, 'a shorter file');
  t.match(await plan(catalog, { length: 2 * BLOCK_SIZE }), placed, 'a longer file');
  t.match(await plan(catalog, { length: 0 }), placed, 'an empty one');
  const cover = { name: 'COVER.BIN;1', at: STALE - 1, length: 2 * BLOCK_SIZE };
  t.match(await plan(catalog, {}, [cover]), placed, 'a file that reaches over it');
  t.match(await plan(catalog, {}, [], STALE + RUN_OUT), placed, 'in the run-out');
  t.match(await plan(catalog, {}, [], STALE + RUN_OUT + 1), reused, 'just in front of that');
  const twin = { name: 'DATA.BIN;1', at: STALE, length: BLOCK_SIZE };
  const shared = await plan(new Uint8Array(BLOCK_SIZE), {}, [twin]);
  t.match(shared, placed, 'another file of the same bytes');

  const image = vendorImage({
    records: [{ name: 'BOOT.CAT;1', at: STALE, length: BLOCK_SIZE }],
    joliet: [{ name: 'boot.cat', at: STALE, length: BLOCK_SIZE }],
  }).put(STALE, catalog);
  const planned = await verified(await planFor(image));
  t.match(planned.plan.catalog, reused, 'Joliet names it as well');
  const change = patchFor(planned, 'boot catalog');
  t.equal(change?.offset, STALE * BLOCK_SIZE, 'it is among the changes');
  t.match((await planFor(image, { reuseCatalog: false })).plan.catalog, placed, 'reuseCatalog: false');
});
