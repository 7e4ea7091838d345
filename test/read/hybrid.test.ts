/** What a partition table's boot code loads, and what the boot catalog says of it. */
import t from 'tap';
import { masterBootRecord, MBR_SIGNATURE } from '../../src/layout/partition-table.js';
import { readImage, type Image } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { type ImageBuilder, plainImage } from '../kit/image-builder.js';
import { needTools, runOk } from '../kit/tools.js';
import { makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Block of the plain image's larger file. */
const FILE = 23;

/** The plain image with boot code that loads a block of it. */
function withMbr(bootFileSector: number, changes: { code?: number; catalog?: number } = {}): ImageBuilder {
  const image = plainImage();
  const { code = 0x90, catalog } = changes;
  if (catalog !== undefined) {
    image.bootRecord(26).terminator(18).catalog(26, { at: catalog });
  }
  return image.put(
    0,
    masterBootRecord.encode({
      code: new Uint8Array(432).fill(code),
      bootFileSector,
      unused436: 0,
      diskSignature: 1,
      unused444: 0,
      partitions: new Uint8Array(64),
      signature: MBR_SIGNATURE,
    }),
  );
}

async function read(image: ImageBuilder): Promise<Image> {
  return readImage(new MemorySource(image.bytes));
}

function loaders({ map }: Image): string[] {
  return map.claims
    .filter(({ kind }) => kind === 'hybrid boot image')
    .map(({ start, end, node }) => `${start}-${end} ${node?.path ?? ''}`);
}

function mismatches({ findings }: Image): unknown[] {
  return findings.filter(({ code }) => code === 'ISO_HYBRID_MBR').map(({ found, offset }) => [offset, found]);
}

t.test('the loader of the boot code is claimed', async (t) => {
  const isohybrid = await read(withMbr(FILE * 4, { catalog: FILE }));
  t.equal(isohybrid.hybrid.mbrBootFileLba, FILE);
  t.same(loaders(isohybrid), [`${FILE}-${FILE + 2} /FOLDER/DEEP.BIN`], 'all of the file');
  t.same(mismatches(isohybrid), []);
  const grub = await read(withMbr((FILE + 1) * 4, { catalog: FILE }));
  t.same(loaders(grub), [`${FILE}-${FILE + 2} /FOLDER/DEEP.BIN`], 'GRUB 2 names its second block');
  t.same(mismatches(grub), []);
  const hidden = await read(withMbr(28 * 4, { catalog: 28 }));
  t.same(loaders(hidden), ['28-29 '], 'one block, where no file starts');
  t.same(mismatches(hidden), []);
});

t.test('boot code that loads what no entry names', async (t) => {
  t.same(mismatches(await read(withMbr(FILE * 4, { catalog: 21 }))), [[432, FILE]]);
  t.same(mismatches(await read(withMbr((FILE + 2) * 4, { catalog: FILE }))), [[432, FILE + 2]]);
  t.same(mismatches(await read(withMbr(FILE * 4))), [[432, FILE]], 'no boot catalog at all');
});

t.test('no boot code that loads anything', async (t) => {
  const none = async (what: string, image: ImageBuilder): Promise<void> => {
    const found = await read(image);
    t.equal(found.hybrid.mbrBootFileLba, undefined, what);
    t.same([...loaders(found), ...mismatches(found)], [], what);
  };
  await none('a signature without code', withMbr(FILE * 4, { code: 0 }));
  await none('no place', withMbr(0));
  await none('a place inside a block', withMbr(FILE * 4 + 1));
  await none('a place outside the image', withMbr(30 * 4));
});

t.test("isohybrid's own", async (t) => {
  if (!needTools(t, ...TREE_TOOLS, 'genisoimage', 'isohybrid')) {
    return;
  }
  const folder = t.testdir({});
  await makeVendorTree(join(folder, 'tree'), { token: 'UNUSED' });
  const path = join(folder, 'hybrid.iso');
  await runOk('genisoimage', [
    ...['-quiet', '-R', '-b', 'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat', '-no-emul-boot'],
    ...['-boot-load-size', '4', '-boot-info-table', '-o', path, join(folder, 'tree')],
  ]);
  await runOk('isohybrid', [path]);
  const image = await readImage(new MemorySource(new Uint8Array(await readFile(path))));
  t.equal(image.hybrid.mbrBootFileLba, image.boot?.entries[0]?.loadRba);
  t.same(mismatches(image), []);
  t.match(loaders(image), [/isolinux\.bin$/]);
});
