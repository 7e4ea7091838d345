/** What HFS and HFS+ refer to by address, on discs that they share with ISO 9660. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  bTreeHeader,
  bTreeNodeDescriptor,
  HFS_VOLUME_HEADER_OFFSET,
  hfsMasterDirectoryBlock,
} from '../../src/layout/hfs.js';
import { readImage, type Image } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { corpusImages } from '../kit/corpus.js';
import { hfsHybrid, HFS_TREE_BLOCKS, HYBRID_TREES_AT, type HfsFileSpec } from '../kit/hfs-builder.js';
import type { ImageBuilder } from '../kit/image-builder.js';
import { needTools, run, runOk } from '../kit/tools.js';

const CATALOG_AT = HYBRID_TREES_AT + HFS_TREE_BLOCKS / 2;

async function read(image: ImageBuilder | Uint8Array): Promise<Image> {
  return readImage(new MemorySource(image instanceof Uint8Array ? image : image.bytes));
}

/** The runs of blocks of one kind of claim, `first-behind`, each once. */
function claimed({ map }: Image, kind: string): string[] {
  const runs = map.claims.filter((claim) => claim.kind === kind).map(({ start, end }) => `${start}-${end}`);
  return [...new Set(runs)];
}

function codes({ findings }: Image): string[] {
  return findings.map(({ code }) => code);
}

t.test('HFS from the start of the disc', async (t) => {
  for (const allMarked of [false, true]) {
    const image = await read(hfsHybrid({ allMarked }));
    t.same(claimed(image, 'HFS structure'), ['0-1', '40-44', '44-48', '79-80']);
    t.same(claimed(image, 'HFS file'), ['21-22', '23-25', '25-26']);
    t.same(claimed(image, 'HFS volume'), []);
    t.equal(image.hybrid.hfs, true);
    t.equal(image.map.isUnreferenced(18, 20), true, 'what the bitmap marks alone is not claimed');
    t.same(codes(image), []);
  }
});

t.test('HFS in an Apple partition', async (t) => {
  for (const partitionUnit of [512, 2048]) {
    const image = await read(hfsHybrid({ partitionUnit }));
    t.same(claimed(image, 'HFS structure'), ['4-5', '40-44', '44-48', '79-80'], `units of ${partitionUnit}`);
    t.same(claimed(image, 'HFS file'), ['21-22', '23-25', '25-26']);
    t.match(image.hybrid, { apple: true, hfs: true });
    t.same(codes(image), []);
  }
});

t.test('a catalog of several leaves', async (t) => {
  const files = Array.from({ length: 20 }, (_, i): HfsFileSpec => ({ name: `f${i}`, at: 50 + i, length: 7 }));
  const image = await read(hfsHybrid({ files }));
  t.equal(claimed(image, 'HFS file').length, 20);
  t.same(codes(image), []);
});

t.test('overflow extents', async (t) => {
  const files = [{ name: 'a', at: 21, length: 5 }];
  const overflow = [
    {
      fileId: 16,
      startBlock: 1,
      runs: [
        [60, 2],
        [70, 1],
      ] as const,
    },
  ];
  t.same(claimed(await read(hfsHybrid({ files, overflow })), 'HFS file'), ['21-22', '60-62', '70-71']);
  const own = [{ fileId: 5, startBlock: 0, runs: [[62, 3]] as const }];
  t.same(claimed(await read(hfsHybrid({ files, overflow: own })), 'HFS structure').slice(3, 4), ['62-65']);
  const short = [{ name: 'a', at: 21, length: 5, physicalBlocks: 5 }];
  t.same(
    claimed(await read(hfsHybrid({ files: short, overflow })), 'HFS volume'),
    ['0-80'],
    'a block is missing',
  );
});

t.test('a volume that cannot be walked is claimed as a whole', async (t) => {
  const lie = async (
    what: string,
    change: (bytes: Uint8Array, view: DataView) => void,
    end = 80,
  ): Promise<void> => {
    const files = Array.from({ length: 8 }, (_, i) => ({ name: `f${i}`, at: 50 + i, length: 7 }));
    const { bytes } = hfsHybrid({ files, overflow: [{ fileId: 30, startBlock: 1, runs: [[60, 2]] }] });
    change(bytes, new DataView(bytes.buffer));
    const image = await read(bytes);
    t.same(claimed(image, 'HFS volume'), [`0-${end}`], what);
    t.same(codes(image), ['ISO_VOLUME_HFS'], what);
  };
  const catalog = CATALOG_AT * BLOCK_SIZE;
  const leaf = (node: number): number => catalog + node * 512;
  const head = catalog + bTreeNodeDescriptor.span;
  const next = bTreeNodeDescriptor.offsetOf('nextNode');
  await lie('a leaf that is its own neighbour', (_, view) => view.setUint32(leaf(1) + next, 1));
  await lie('leaves in a circle', (_, view) => view.setUint32(leaf(2) + next, 1));
  await lie('a neighbour outside the tree', (_, view) => view.setUint32(leaf(1) + next, 0xffff_ffff));
  await lie('a chain that ends early', (_, view) => view.setUint32(leaf(1) + next, 0));
  await lie('a first leaf that is the header', (_, view) =>
    view.setUint32(head + bTreeHeader.offsetOf('firstLeafNode'), 0),
  );
  await lie('a node of 513 bytes', (_, view) => view.setUint16(head + bTreeHeader.offsetOf('nodeSize'), 513));
  await lie('a node of no bytes', (_, view) => view.setUint16(head + bTreeHeader.offsetOf('nodeSize'), 0));
  await lie('a header node of another kind', (bytes) => (bytes[catalog + 8] = 2));
  await lie('too many records for a node', (_, view) => view.setUint16(leaf(1) + 10, 400));
  await lie('a record in front of the node', (_, view) => view.setUint16(leaf(1) + 510, 2));
  await lie('a record behind the node', (_, view) => view.setUint16(leaf(1) + 508, 600));
  await lie('records that go backwards', (_, view) => view.setUint16(leaf(1) + 508, 14));
  await lie('an overflow record that is cut short', (_, view) =>
    view.setUint16(HYBRID_TREES_AT * BLOCK_SIZE + 512 + 508, 20),
  );
  await lie('a catalog outside the image', (bytes) => {
    const extents = HFS_VOLUME_HEADER_OFFSET + hfsMasterDirectoryBlock.offsetOf('catalogFileExtents');
    bytes.fill(0xff, extents, extents + 4);
  });
  await lie('allocation blocks of no bytes', (_, view) =>
    view.setUint32(HFS_VOLUME_HEADER_OFFSET + hfsMasterDirectoryBlock.offsetOf('allocationBlockSize'), 0),
  );
  await lie('allocation blocks of an odd size', (_, view) =>
    view.setUint32(HFS_VOLUME_HEADER_OFFSET + hfsMasterDirectoryBlock.offsetOf('allocationBlockSize'), 2047),
  );
});

t.test('a volume whose catalog is all zeros refers to no file', async (t) => {
  const { bytes } = hfsHybrid();
  bytes.fill(0, CATALOG_AT * BLOCK_SIZE, (CATALOG_AT + 4) * BLOCK_SIZE);
  const image = await read(bytes);
  t.same(claimed(image, 'HFS volume'), []);
  t.same(claimed(image, 'HFS structure'), ['0-1', '40-44', '44-48', '79-80']);
  t.same(codes(image), ['ISO_VOLUME_HFS']);
});

t.test('an image cut short anywhere is read', async (t) => {
  const whole = hfsHybrid({ partitionUnit: 2048 }).bytes;
  for (let blocks = 23; blocks < 80; blocks += 1) {
    const image = await read(whole.slice(0, blocks * BLOCK_SIZE));
    t.equal(image.hybrid.hfs, true);
    const isWhole = blocks > CATALOG_AT;
    t.equal(codes(image).includes('ISO_VOLUME_HFS'), !isWhole, `${blocks} blocks`);
  }
});

t.test('HFS alone', async (t) => {
  for (const partitionUnit of [undefined, 512, 2048]) {
    const { bytes } = hfsHybrid(partitionUnit === undefined ? {} : { partitionUnit });
    bytes.fill(0, 16 * BLOCK_SIZE, 18 * BLOCK_SIZE);
    const offset = partitionUnit === undefined ? 0 : 4 * BLOCK_SIZE;
    await t.rejects(read(bytes), { code: 'ISO_VOLUME_HFS_ONLY', exitCode: 3, offset });
  }
  await t.rejects(read(new Uint8Array(40 * BLOCK_SIZE)), { code: 'ISO_VOLUME_NOT_ISO9660' });
});

t.test('the built volume is one to hfsutils too', async (t) => {
  if (!needTools(t, 'hfsutils')) {
    return;
  }
  const folder = t.testdir({});
  const path = join(folder, 'built.iso');
  const files = Array.from({ length: 20 }, (_, i) => ({ name: `f${i}`, at: 50 + i, length: 7 }));
  // hfsutils take nothing smaller than a floppy disk for a volume.
  await writeFile(path, hfsHybrid({ files, allMarked: true }, 450).bytes);
  const listed = await hfsList(folder, path);
  t.equal(listed.trim().split('\n').length, 20);
});

/** hfsutils keep the mounted volume in a file of the home folder. */
async function hfsList(home: string, image: string): Promise<string> {
  const env = { HOME: home };
  await runOk('hmount', [image], { env });
  const listed = await runOk('hls', ['-l', '-R'], { env });
  await run('humount', [], { env });
  return listed.toString('latin1');
}

async function makeTree(t: Test): Promise<string> {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`file${i}.dat`, 'x'.repeat(i * 311)]),
  );
  return t.testdir({ tree: { 'a.txt': 'hi', empty: '', sub: { deep: files } } });
}

t.test("genisoimage's hybrids", async (t) => {
  if (!needTools(t, 'genisoimage')) {
    return;
  }
  const folder = await makeTree(t);
  for (const options of [['-hfs'], ['-hfs', '-part'], ['-hfs', '-probe', '-R', '-J']]) {
    const path = join(folder, 'hybrid.iso');
    await runOk('genisoimage', ['-quiet', ...options, '-o', path, join(folder, 'tree')]);
    const image = await read(new Uint8Array(await readFile(path)));
    t.equal(image.hybrid.hfs, true, options.join(' '));
    t.same(codes(image), []);
    t.same(claimed(image, 'HFS volume'), []);
    expectAllFiles(t, image);
  }
});

t.test("xorriso's hybrids", async (t) => {
  if (!needTools(t, 'xorriso')) {
    return;
  }
  const folder = await makeTree(t);
  for (const options of [[], ['-apm-block-size', '2048']]) {
    const path = join(folder, 'hybrid.iso');
    await runOk('xorriso', [
      ...['-as', 'mkisofs', '-hfsplus', '-R', '-J', ...options, '-o', path],
      join(folder, 'tree'),
    ]);
    const image = await read(new Uint8Array(await readFile(path)));
    t.match(image.hybrid, { hfs: true, apple: true }, options.join(' '));
    t.same(codes(image), []);
    t.same([...claimed(image, 'HFS volume'), ...claimed(image, 'partition')], []);
    expectAllFiles(t, image);
  }
});

/** Every file of the ISO tree that has blocks has them under HFS too. */
function expectAllFiles(t: Test, image: Image): void {
  const hfs = new Set(claimed(image, 'HFS file'));
  const files = claimed(image, 'file').filter((run) => !hfs.has(run));
  t.same(files, []);
}

t.test("the corpus's hybrids", async (t) => {
  const images = await corpusImages(t);
  const hybrids = images.filter(({ facts }) => facts['class']?.includes('mac-hybrid'));
  for (const { name, path } of hybrids) {
    const image = await read(new Uint8Array(await readFile(path)));
    t.same(claimed(image, 'HFS volume'), [], name);
    const isBroken = name === 'borisbrodski+sevenzipjbinding__archive1.zip.2.iso';
    t.equal(codes(image).includes('ISO_VOLUME_HFS'), isBroken, name);
    if (!isBroken) {
      expectAllFiles(t, image);
    }
  }
  const alone = images.filter(({ name }) => /__hfs(plus)?\.iso$/.test(name));
  for (const { path } of alone) {
    await t.rejects(
      readFile(path).then((bytes) => read(new Uint8Array(bytes))),
      { code: 'ISO_VOLUME_HFS_ONLY' },
    );
  }
});
