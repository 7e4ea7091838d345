/** Bridge discs that become bootable: loaders under UDF's names, and anchors where readers look after growth. */
import t from 'tap';
import { anchorVolumeDescriptorPointer } from '../../src/layout/udf.js';
import { descriptorCrcHolds, tagChecksumHolds } from '../../src/layout/udf-tag.js';
import { readImage } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ascii } from '../kit/golden.js';
import type { ImageBuilder } from '../kit/image-builder.js';
import { bridgeImage, windowsTree, type BridgeSpec } from '../kit/udf-builder.js';
import { makeLoader, planFor, resultBlocks, type Planned } from './planning.js';

const ETFSBOOT = new Uint8Array(4096).fill(0x90);
ETFSBOOT.set(ascii('BOOTMGR'), 0x200);
const WINDOWS = windowsTree(ETFSBOOT, new Uint8Array(4096));

/** A loader too large for the gaps between others, so that it is appended. */
const LARGE = { entries: [{ bytes: makeLoader(140 * BLOCK_SIZE) }] };

async function grown(spec: BridgeSpec): Promise<{ planned: Planned; blocks: number; image: ImageBuilder }> {
  const image = bridgeImage(spec);
  const planned = await planFor(image, LARGE);
  return { planned, blocks: planned.plan.list.newSize / BLOCK_SIZE, image };
}

t.test('a loader that only UDF names', async (t) => {
  const planned = await planFor(bridgeImage(WINDOWS), { entries: [{ path: '/boot/etfsboot.com' }] });
  const [entry] = planned.plan.entries;
  t.match(entry, { sectorCount: 8, tableWritten: false, sharedBy: [] });
  t.equal(planned.plan.list.newSize, planned.plan.list.oldSize, 'nothing grows');
  t.same(await resultBlocks(planned, entry?.lba ?? 0, 2), ETFSBOOT, 'it is there');
});

t.test('a loader that both trees name', async (t) => {
  const files = { '/isolinux/isolinux.bin': makeLoader(), '/other.bin': new Uint8Array(100).fill(7) };
  const planned = await planFor(bridgeImage({ files }), { entries: [{ path: '/isolinux/isolinux.bin' }] });
  t.match(planned.plan.entries, [{ tableWritten: true, sharedBy: ['/isolinux/isolinux.bin'] }]);
  const embedded = bridgeImage({ ...WINDOWS, embedded: true });
  const { udf } = await readImage(new MemorySource(embedded.bytes));
  t.equal(udf?.isComplete, true);
});

t.test('growth', async (t) => {
  for (const endAnchors of [['last'], ['last - 256'], ['last', 'last - 256']] as const) {
    const { planned, blocks } = await grown({ ...WINDOWS, endAnchors, pad: 300 });
    const block = await resultBlocks(planned, blocks - 1);
    t.ok(tagChecksumHolds(block) && descriptorCrcHolds(block), `${endAnchors.join()}: both sums hold`);
    const first = anchorVolumeDescriptorPointer.decode(await resultBlocks(planned, 256));
    const last = anchorVolumeDescriptorPointer.decode(block);
    t.equal(last.tagLocation, blocks - 1);
    t.same(
      { ...last, tagLocation: 0, tagChecksum: 0 },
      { ...first, tagLocation: 0, tagChecksum: 0 },
      'all else is as in block 256',
    );
    const after = await readImage(planned.result);
    t.match(after, { udf: { isComplete: true } });
    t.ok(after.udf?.anchors.includes((blocks - 1) as never), 'and it is found');
    const patch = planned.plan.list.patches.find(({ offset }) => offset === (blocks - 1) * BLOCK_SIZE);
    t.match(patch, { phase: 'new', before: { kind: 'beyond-end' } });
  }
});

t.test('growth of a disc with the one anchor at block 256', async (t) => {
  const { planned, blocks } = await grown({ ...WINDOWS, endAnchors: [] });
  t.same(await resultBlocks(planned, blocks - 1), new Uint8Array(BLOCK_SIZE), 'adds no other');
});

t.test('growth without an anchor to follow', async (t) => {
  const image = bridgeImage({ ...WINDOWS, endAnchors: [] }).put(256, new Uint8Array(BLOCK_SIZE));
  await t.rejects(planFor(image, LARGE), { code: 'ISO_PLAN_GROWTH', found: 'no anchor' });
});

t.test('another file in the blocks of the loader', async (t) => {
  const image = bridgeImage(WINDOWS);
  const { udf } = await readImage(new MemorySource(image.bytes));
  const nodes = (udf?.tree?.directories ?? []).flatMap(({ children }) => children ?? []);
  const [loader, other] = ['/boot/etfsboot.com', '/boot/bcd'].map((path) =>
    nodes.find((node) => node.path === path),
  );
  // The other file's entry names the loader's first block.
  const entry = image.bytes.slice(other?.recordOffset, (other?.recordOffset ?? 0) + BLOCK_SIZE);
  new DataView(entry.buffer).setUint32(176 + 4, (loader?.extents[0]?.lba ?? 0) - 257, true);
  image.bytes.set(entry, other?.recordOffset);
  const wish = { entries: [{ path: '/boot/etfsboot.com', bootInfoTable: 'yes' }] } as const;
  const { plan } = await planFor(image, wish);
  t.equal(plan.entries[0]?.copiedBecause, '/boot/bcd lies in the same blocks', 'the loader is copied first');
});
