/** Plans for an image that has a boot record: new entries in place of the old ones, or beside them. */
import t from 'tap';
import { checkInjection } from '../../src/check/injection.js';
import { checkRecordPlan } from '../../src/plan/record-place.js';
import type { Patch } from '../../src/plan/patch.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import type { ImageBuilder } from '../kit/image-builder.js';
import {
  AT,
  LOADER_PATH,
  makeLoader,
  planFor,
  vendorImage,
  type Planned,
  type PlanWish,
} from './planning.js';

const EFI = { at: 40, length: 4096, path: '/ISOLINUX/EFI.IMG' };
const EFI_WISH = { path: EFI.path, platformId: 0xef, bootInfoTable: 'no' } as const;

/** A bootable image whose record stands at a block, with the terminator behind it all. */
function bootable(catalog: number, at = 17): ImageBuilder {
  const image = vendorImage({ records: [{ name: 'EFI.IMG;1', at: EFI.at, length: EFI.length }] });
  if (at === 17) {
    image.put(18, image.bytes.slice(17 * BLOCK_SIZE, 18 * BLOCK_SIZE));
  }
  return image.bootRecord(catalog, at).terminator(19).catalog(catalog, { at: AT.loader });
}

function phasesOf({ plan }: Planned): string[] {
  return plan.list.patches.map(({ phase, offset }) => `${phase} ${Math.floor(offset / BLOCK_SIZE)}`);
}

/** Plans, checks the result, and gives the plan. */
async function made(image: ImageBuilder, wish: PlanWish): Promise<Planned> {
  const planned = await planFor(image, wish);
  const { result } = planned;
  const bytes = await result.read(0, result.size);
  await checkInjection(new MemorySource(bytes), planned.image, planned.plan);
  return planned;
}

t.test('a sound catalog is overwritten where it is, last of all', async (t) => {
  const replaced = await made(bootable(22), { onto: 'replace', entries: [{}, EFI_WISH] });
  t.strictSame(phasesOf(replaced), [`new ${AT.loader}`, 'boot-record 22']);
  t.match(replaced.plan, { catalog: { lba: 22, placement: 'overwritten' }, kept: [] });
  const added = await made(bootable(22), { onto: 'add', entries: [EFI_WISH] });
  t.strictSame(phasesOf(added), ['boot-record 22'], 'the old loader is not touched');
  t.match(added.plan.kept, [{ index: 1, loadRba: AT.loader }]);
});

t.test('a catalog that is a file is overwritten, one that shares its block is not', async (t) => {
  const records = [{ name: 'BOOT.CAT;1', at: 22, length: BLOCK_SIZE }];
  const visible = vendorImage({ records });
  visible
    .put(18, visible.bytes.slice(17 * BLOCK_SIZE, 18 * BLOCK_SIZE))
    .bootRecord(22)
    .terminator(19);
  const file = await made(visible.catalog(22, { at: AT.loader }), { onto: 'replace' });
  t.match(file.plan.catalog, { lba: 22, placement: 'overwritten', path: '/ISOLINUX/BOOT.CAT' });
  const shared = vendorImage({ records: [{ name: 'DATA.BIN;1', at: 50, length: 3 * BLOCK_SIZE }] });
  shared
    .put(18, shared.bytes.slice(17 * BLOCK_SIZE, 18 * BLOCK_SIZE))
    .bootRecord(51)
    .terminator(19);
  const moved = await made(shared.catalog(51, { at: AT.loader }), { onto: 'replace' });
  t.match(moved.plan.catalog, { lba: 22, placement: 'free-block' });
  t.strictSame(phasesOf(moved), [`new ${AT.loader}`, 'new 22', 'boot-record 17']);
});

t.test('a broken pointer gets a new catalog', async (t) => {
  for (const at of [5, 22, AT.folder, 90_000]) {
    const image = vendorImage();
    image
      .put(18, image.bytes.slice(17 * BLOCK_SIZE, 18 * BLOCK_SIZE))
      .bootRecord(at)
      .terminator(19);
    t.match((await made(image, { onto: 'replace' })).plan.catalog, { lba: 22, placement: 'free-block' });
    await t.rejects(planFor(image, { onto: 'add' }), { code: 'ISO_BOOT_BROKEN' }, 'nothing can join it');
    await t.rejects(planFor(image), { code: 'ISO_BOOT_BROKEN' });
  }
  const lost = bootable(22).catalog(22, { at: 90_000 });
  await t.rejects(planFor(lost, { onto: 'add', entries: [EFI_WISH] }), { code: 'ISO_SOURCE_TRUNCATED' });
  t.equal((await made(lost, { onto: 'replace' })).plan.catalog.lba, 22, 'an entry that loads nothing may go');
});

t.test('a boot record at another place is brought to block 17', async (t) => {
  for (const onto of ['replace', 'add'] as const) {
    const { plan, image } = await made(bootable(22, 18), { onto, entries: [EFI_WISH] });
    t.equal(image.boot?.recordLba, 18);
    t.strictSame(
      plan.list.patches.map(({ phase, offset }) => `${phase} ${offset / BLOCK_SIZE}`),
      ['descriptors 18', 'boot-record 17', 'boot-record 22'],
      `${onto}: what stood in front moves up first`,
    );
  }
});

t.test('what is brought in is appended, with the old entries in place', async (t) => {
  const bytes = makeLoader(300 * BLOCK_SIZE);
  const { plan } = await made(bootable(22), { onto: 'add', entries: [{ bytes }] });
  t.ok(plan.list.newSize > plan.list.oldSize);
  t.match(plan.entries, [{ loadRba: 300 }]);
  await t.rejects(planFor(bootable(22), { entries: [{ path: LOADER_PATH }] }), {
    code: 'ISO_PLAN_ALREADY_BOOTABLE',
  });
});

t.test('an image without a boot record is made bootable as ever', async (t) => {
  for (const onto of ['replace', 'add'] as const) {
    const plain = await made(vendorImage(), {});
    t.strictSame(phasesOf(await made(vendorImage(), { onto })), phasesOf(plain), onto);
  }
});

t.test('the gate', async (t) => {
  const { plan, image } = await made(bootable(22, 18), { onto: 'replace' });
  const facts = {
    image,
    list: plan.list,
    newVolumeBlocks: plan.volumeBlocks,
    moves: [],
    placed: [],
    editable: [{ start: AT.loader, end: AT.loader + 3 }],
    catalogLba: 22,
  };
  t.doesNotThrow(() => checkRecordPlan(facts));
  const refused = (name: string, change: (patch: Patch) => Partial<Patch> | undefined): void => {
    const patches = plan.list.patches.flatMap((patch) => {
      const to = change(patch);
      return to === undefined ? [] : [{ ...patch, ...to }];
    });
    t.throws(
      () => checkRecordPlan({ ...facts, list: { ...plan.list, patches } }),
      { code: 'ISO_PLAN_GATE' },
      name,
    );
  };
  const at = (block: number, wanted: string) => (patch: Patch) =>
    patch.phase === wanted ? { offset: block * BLOCK_SIZE } : {};
  refused('a descriptor is lost', ({ phase }) => (phase === 'descriptors' ? undefined : {}));
  refused('a descriptor lands on another', at(19, 'descriptors'));
  refused('the record is written elsewhere', at(30, 'boot-record'));
  refused('a file is overwritten', at(AT.folder, 'new'));
  refused('a pointer outside the descriptors', ({ phase }) => (phase === 'new' ? { phase: 'pointers' } : {}));
});
