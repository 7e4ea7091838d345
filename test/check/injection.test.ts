/** Whether the check of a finished image notices what is not as planned. */
import t, { type Test } from 'tap';
import { checkInjection, checkTree } from '../../src/check/injection.js';
import { readImage } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE, lba } from '../../src/units.js';
import { ascii, hex } from '../kit/golden.js';
import { dots, plainImage, record, ROOT } from '../kit/image-builder.js';
import {
  AT,
  LOADER_END,
  LOW_BLOCKS,
  makeLoader,
  planFor,
  vendorImage,
  type Planned,
  type PlanWish,
  type VendorSpec,
} from '../plan/planning.js';

const [CATALOG] = LOW_BLOCKS;
const FILE = 40;

const SPEC: VendorSpec = {
  records: [{ name: 'OTHER.BIN;1', at: FILE, length: 5000 }],
  joliet: [{ name: 'other.bin', at: FILE, length: 5000 }],
};
const WISH: PlanWish = { entries: [{}, { platformId: 0xef, bootInfoTable: 'no', loadSegment: 0x123 }] };

async function finished(planned: Planned): Promise<Uint8Array> {
  return planned.result.read(0, planned.result.size);
}

/** A result with some bytes changed is found wrong. */
class Damage {
  constructor(
    private readonly t: Test,
    private readonly planned: Planned,
    private readonly good: Uint8Array,
  ) {}

  async caught(name: string, block: number, offset: number, bytes: Uint8Array): Promise<void> {
    const damaged = this.good.slice();
    const at = block * BLOCK_SIZE + offset;
    damaged.set(bytes, at);
    this.t.notOk(Buffer.from(damaged).equals(this.good), `${name}: there is a change`);
    await this.caughtIn(name, damaged);
  }

  async caughtIn(name: string, damaged: Uint8Array): Promise<void> {
    const { image, plan } = this.planned;
    const checking = checkInjection(new MemorySource(damaged), image, plan);
    await this.t.rejects(checking, { code: 'ISO_OUTPUT_VERIFY' }, name);
  }
}

async function damageOf(t: Test, spec: VendorSpec = SPEC, wish: PlanWish = WISH) {
  const planned = await planFor(vendorImage(spec), wish);
  const good = await finished(planned);
  const after = await checkInjection(new MemorySource(good), planned.image, planned.plan);
  t.equal(after.boot?.entries.length, planned.plan.entries.length, 'the result itself is good');
  return { good, damage: new Damage(t, planned, good) };
}

/** Where some bytes stand in a block. */
function find(bytes: Uint8Array, block: number, wanted: Uint8Array): number {
  const at = Buffer.from(bytes.subarray(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE)).indexOf(wanted);
  if (at < 0) {
    throw new RangeError(`not in block ${block}`);
  }
  return at;
}

t.test('the boot record and the catalog', async (t) => {
  const { damage, good } = await damageOf(t);
  await damage.caught('no boot record', 17, 7, ascii('EL TORINO'));
  await damage.caught('another catalog', 17, 71, Uint8Array.of(CATALOG + 1));
  await damage.caught('a copy of the catalog', 17, 71, Uint8Array.of(200));
  await damage.caught('no catalog', CATALOG, 0, hex('00'));
  await damage.caught('no key', CATALOG, 30, hex('00'));
  await damage.caught('an entry is missing', CATALOG, 66, hex('00'));
  const moved = good.slice();
  // Swapped with the descriptor behind it, it is still found, but firmware does not look there.
  moved.copyWithin(17 * BLOCK_SIZE, 18 * BLOCK_SIZE, 19 * BLOCK_SIZE);
  moved.set(good.subarray(17 * BLOCK_SIZE, 18 * BLOCK_SIZE), 18 * BLOCK_SIZE);
  await damage.caughtIn('the boot record at another place', moved);
});

t.test('the entries', async (t) => {
  const { damage } = await damageOf(t);
  const [initial, section, entry] = [32, 64, 96];
  await damage.caught('another media type', CATALOG, initial + 1, hex('04'));
  await damage.caught('another segment', CATALOG, initial + 2, hex('c007'));
  await damage.caught('another load size', CATALOG, initial + 6, hex('05'));
  await damage.caught('another place', CATALOG, initial + 8, Uint8Array.of(AT.loader + 1));
  await damage.caught('another platform', CATALOG, section + 1, hex('02'));
  await damage.caught('another segment of the second one', CATALOG, entry + 2, hex('00'));
  await damage.caught('another load size of the second one', CATALOG, entry + 6, hex('04'));
  await damage.caught('another place of the second one', CATALOG, entry + 8, Uint8Array.of(FILE));
  const planned = await planFor(vendorImage(SPEC), WISH);
  const silent = (await finished(planned)).slice();
  silent[CATALOG * BLOCK_SIZE + initial] = 0;
  const checking = checkInjection(new MemorySource(silent), planned.image, planned.plan);
  await t.rejects(checking, { code: 'ISO_OUTPUT_VERIFY' }, 'an entry that is not bootable');
});

t.test('the boot file', async (t) => {
  const { damage } = await damageOf(t);
  await damage.caught('a table for another place', AT.loader, 12, Uint8Array.of(AT.loader + 1));
  await damage.caught('a table for another length', AT.loader, 16, hex('00'));
  await damage.caught('a table with another sum', AT.loader, 20, hex('01020304'));
  await damage.caught('other code, for which the sum is wrong', AT.loader, 1000, hex('deadbeef'));
});

t.test('a boot file that is brought in', async (t) => {
  const bytes = makeLoader(9000);
  const { damage, good } = await damageOf(t, SPEC, { entries: [{ bytes }] });
  const block = Buffer.from(good).indexOf(bytes.subarray(64)) - 64;
  t.ok(block > 0);
  await damage.caught('a byte of it', 0, block + 8999, Uint8Array.of((bytes[8999] ?? 0) ^ 1));
});

t.test('the files', async (t) => {
  const { damage, good } = await damageOf(t);
  const own = find(good, AT.folder, ascii('OTHER.BIN;1')) - 33;
  await damage.caught('a file is moved', AT.folder, own + 2, Uint8Array.of(FILE + 1));
  await damage.caught('a file is cut', AT.folder, own + 10, hex('01'));
  await damage.caught('a file is renamed', AT.folder, own + 33, ascii('X'));
  await damage.caught('a file is lost', AT.folder, own, hex('00'));
  await damage.caught('the loader is lost, too', AT.folder, 68, hex('00'));
  const joliet = find(good, AT.jolietRoot, ascii('\0o\0t\0h\0e\0r')) - 33;
  await damage.caught('a file of Joliet is moved', AT.jolietRoot, joliet + 2, Uint8Array.of(FILE + 1));
  await damage.caught('a file of Joliet is lost', AT.jolietRoot, joliet, hex('00'));
  await damage.caught('a directory is moved', 20, 68 + 2, Uint8Array.of(AT.jolietRoot));
  await damage.caught('a directory is lost', 20, 68, hex('00'));
  await damage.caught('Joliet itself is lost', 18, 0, hex('03'));
  await damage.caught('Joliet is something else', 18, 88, ascii('   '));
});

t.test('the size', async (t) => {
  const { damage, good } = await damageOf(t);
  await damage.caughtIn('a block too many', Uint8Array.from([...good, ...new Uint8Array(BLOCK_SIZE)]));
  await damage.caughtIn('a block too few', good.subarray(0, good.length - BLOCK_SIZE));
  await damage.caught('another volume size', 16, 80, hex('01'));
  await damage.caught('another block size', 16, 128, hex('0004'));
  const littered = [...LOW_BLOCKS, ...Array.from({ length: FILE - LOADER_END }, (_, i) => LOADER_END + i)];
  const small = { ...SPEC, blocks: 100, littered };
  const { damage: grown, good: larger } = await damageOf(t, small);
  t.ok(larger.length > 100 * BLOCK_SIZE);
  await grown.caught('only half of the field', 16, 87, hex('64'));
  await grown.caught('only half of it in the Joliet descriptor', 18, 87, hex('64'));
});

t.test('an image that cannot even be read', async (t) => {
  const { image, plan, result } = await planFor(vendorImage(SPEC), WISH);
  const bytes = (await result.read(0, result.size)).fill(0, 16 * BLOCK_SIZE, 17 * BLOCK_SIZE);
  const checking = checkInjection(new MemorySource(bytes), image, plan);
  await t.rejects(checking, { code: 'ISO_VOLUME_NOT_ISO9660' });
});

t.test('with the trees that were read before', async (t) => {
  const { image, plan, result } = await planFor(vendorImage(SPEC), WISH);
  const good = await result.read(0, result.size);
  const checked = await checkInjection(new MemorySource(good), image, plan, { sameTrees: true });
  t.equal(checked.trees[0]?.directories, image.trees[0]?.directories);
  for (const [name, block, offset] of [
    ['another root', 16, 158],
    ["another root in Joliet's", 18, 158],
    ['another catalog', 17, 71],
    ['another volume size', 16, 80],
  ] as const) {
    const damaged = good.slice();
    damaged[block * BLOCK_SIZE + offset] = AT.folder;
    const checking = checkInjection(new MemorySource(damaged), image, plan, { sameTrees: true });
    await t.rejects(checking, { code: 'ISO_OUTPUT_VERIFY' }, name);
  }
});

t.test('a record that still names the old place of what moved', async (t) => {
  const bytes = plainImage()
    .directory(ROOT, [
      ...dots(ROOT, ROOT),
      record({ name: 'FILE.;1', at: 24, length: 3000 }),
      record({ name: 'EMPTY.;1', at: 30, length: 0 }),
      record({ name: 'SUB', at: 26, length: BLOCK_SIZE, directory: true }),
    ])
    .directory(26, dots(26, ROOT)).bytes;
  const [before, after] = [
    await readImage(new MemorySource(bytes)),
    await readImage(new MemorySource(bytes)),
  ];
  const check = (...moved: readonly [number, number][]): void => {
    const moves = moved.map(([start, end]) => {
      return { start: lba(start), end: lba(end), to: lba(100), what: 'a file', round: 0 };
    });
    after.trees.forEach((tree, i) => checkTree(tree, before.trees[i], moves));
  };
  t.doesNotThrow(() => check(), 'nothing was to move');
  t.doesNotThrow(() => check([22, 24], [27, 40]), 'something else, and what an empty file names');
  t.throws(() => check([24, 26]), { code: 'ISO_OUTPUT_VERIFY' }, 'a file');
  t.throws(() => check([26, 27]), { code: 'ISO_OUTPUT_VERIFY' }, 'a directory');
});
