/** HFS+ by itself and inside an HFS wrapper. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { bTreeNodeDescriptor, hfsPlusForkData, hfsPlusVolumeHeader } from '../../src/layout/hfs.js';
import { readImage, type Image } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { hfsHybrid } from '../kit/hfs-builder.js';
import { needTools, runOk } from '../kit/tools.js';

function claimed({ map }: Image, kind: string): string[] {
  return map.claims.filter((claim) => claim.kind === kind).map(({ start, end }) => `${start}-${end}`);
}

function codes({ findings }: Image): string[] {
  return findings.map(({ code }) => code);
}

/** Where the HFS+ volume starts in a wrapper, and its blocks. */
const INNER = { at: 100, blocks: 60 } as const;

function wrapper(): ReturnType<typeof hfsHybrid> {
  const embedded = {
    embeddedSignature: 'H+',
    // Allocation block 0 of the built volume is block 1 of the image.
    embeddedStartBlock: INNER.at - 1,
    embeddedBlockCount: INNER.blocks,
  };
  return hfsHybrid({ header: embedded }, 250);
}

t.test('a wrapper around nothing', async (t) => {
  const image = await readImage(new MemorySource(wrapper().bytes));
  t.same(claimed(image, 'HFS volume'), [`${INNER.at}-${INNER.at + INNER.blocks}`]);
  t.same(claimed(image, 'HFS file'), ['21-22', '23-25', '25-26'], "the wrapper's own files");
  t.same(codes(image), ['ISO_VOLUME_HFS']);
});

t.test('HFS+ as libisofs writes it', async (t) => {
  if (!needTools(t, 'xorriso')) {
    return;
  }
  const folder = t.testdir({ tree: { 'a.txt': 'a', 'b.bin': 'b'.repeat(5000) } });
  const path = join(folder, 'in.iso');
  await runOk('xorriso', ['-as', 'mkisofs', '-hfsplus', '-o', path, join(folder, 'tree')]);
  const bytes = new Uint8Array(await readFile(path));
  const image = await readImage(new MemorySource(bytes));
  const start = image.map.claims.find(({ kind }) => kind === 'HFS structure')?.start ?? 0;
  const head = start * BLOCK_SIZE + 1024;
  const header = hfsPlusVolumeHeader.decode(bytes, head);
  t.equal(header.signature, 'H+');

  await t.test('inside a wrapper', async (t) => {
    const outer = wrapper();
    const inner = bytes.slice(start * BLOCK_SIZE, (start + header.totalBlocks) * BLOCK_SIZE);
    const wrapped = await readImage(new MemorySource(outer.put(INNER.at, inner).bytes));
    const moved = claimed(image, 'HFS file').map((run) =>
      run
        .split('-')
        .map((block) => Number(block) - start + INNER.at)
        .join('-'),
    );
    t.same(claimed(wrapped, 'HFS file'), ['21-22', '23-25', '25-26', ...moved]);
    t.same(codes(wrapped), []);
  });

  await t.test('lies', async (t) => {
    const lie = async (what: string, change: (view: DataView) => void): Promise<void> => {
      const copy = bytes.slice();
      change(new DataView(copy.buffer));
      const found = await readImage(new MemorySource(copy));
      t.equal(claimed(found, 'HFS volume').length, 1, what);
      t.ok(codes(found).includes('ISO_VOLUME_HFS'), what);
    };
    const { startBlock, nodeSize } = catalogOf(header.catalogFile, bytes, start);
    const leaf = (start + startBlock) * BLOCK_SIZE + nodeSize;
    await lie('a leaf that is its own neighbour', (view) =>
      view.setUint32(leaf + bTreeNodeDescriptor.offsetOf('nextNode'), 1),
    );
    await lie('a record behind its node', (view) => view.setUint16(leaf + nodeSize - 2, 0xffff));
    await lie('blocks of no bytes', (view) =>
      view.setUint32(head + hfsPlusVolumeHeader.offsetOf('blockSize'), 0),
    );
    const catalog = head + hfsPlusVolumeHeader.offsetOf('catalogFile');
    await lie('a catalog outside the image', (view) =>
      view.setUint32(catalog + hfsPlusForkData.offsetOf('extents'), 0x7fff_ffff),
    );
  });
});

/** The catalog's first allocation block, and the size of its nodes. */
function catalogOf(
  fork: Uint8Array,
  bytes: Uint8Array,
  start: number,
): { startBlock: number; nodeSize: number } {
  const startBlock = new DataView(fork.buffer, fork.byteOffset).getUint32(
    hfsPlusForkData.offsetOf('extents'),
  );
  const at = (start + startBlock) * BLOCK_SIZE + bTreeNodeDescriptor.span;
  return { startBlock, nodeSize: new DataView(bytes.buffer).getUint16(at + 18) };
}
