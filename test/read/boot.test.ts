/** Boot catalogs, boot images and boot info tables in images by other writers. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Boot, BootEntry } from '../../src/read/boot.js';
import { readImage, type Image } from '../../src/read/image.js';
import { FileSource } from '../../src/source/file-source.js';
import { MemorySource } from '../../src/source/memory-source.js';
import type { Source } from '../../src/source/source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { dumpetEntries, pycdlibEntries, xorrisoReport } from '../kit/boot-reports.js';
import { ascii, hex } from '../kit/golden.js';
import { dots, ImageBuilder, ROOT } from '../kit/image-builder.js';
import { hasTool, needTools, runOk, type ToolName } from '../kit/tools.js';
import { makeEfiImage, seededBytes } from '../kit/vendor-tree.js';

/** A loader of `size` bytes with room for a boot info table. */
function makeLoader(size: number, text = 'ISOLINUX 6.04'): Uint8Array {
  const bytes = seededBytes(size, size);
  bytes.fill(0, 8, 64);
  bytes.set(ascii(text), 80);
  bytes[size - 1] = 0x7f;
  return bytes;
}

/** A disk of 200 sectors: one partition from 1 to 180. */
function makeHardDisk(): Uint8Array {
  const disk = seededBytes(3, 200 * 512);
  disk.fill(0, 446, 510);
  disk.set(hex('80 000200 0c 03042f 01000000 b3000000'), 446);
  disk.set(hex('55aa'), 510);
  return disk;
}

const NO_EMULATION = ['-no-emul-boot', '-boot-load-size', '4'];
const HIDDEN = ['-hide', '*.img', '-hide-joliet', '*.img'];

interface Case {
  readonly name: string;
  readonly options: readonly string[];
  readonly tools?: readonly ToolName[];
  readonly expected: Partial<BootEntry> & { readonly path?: string };
}

const LOADER_SIZE = 30_001;

const CASES: readonly Case[] = [
  {
    name: 'in the tree, with a table',
    options: ['-b', 'loader.img', ...NO_EMULATION, '-boot-info-table'],
    expected: {
      size: LOADER_SIZE,
      sizeFrom: 'directory-record',
      sizeCertain: true,
      bootInfoTable: 'valid',
      path: '/loader.img',
    },
  },
  {
    name: 'in the tree, without a table',
    options: ['-b', 'loader.img', ...NO_EMULATION],
    expected: { size: LOADER_SIZE, sizeFrom: 'directory-record', sizeCertain: true, bootInfoTable: 'stale' },
  },
  {
    name: 'hidden, with a table',
    options: ['-b', 'loader.img', ...NO_EMULATION, '-boot-info-table', ...HIDDEN],
    expected: {
      size: LOADER_SIZE,
      sizeFrom: 'boot-info-table',
      sizeCertain: true,
      bootInfoTable: 'valid',
      node: undefined,
    },
  },
  {
    name: 'hidden, without a table',
    options: ['-b', 'plain.img', ...NO_EMULATION, ...HIDDEN],
    expected: { size: 12 * 2048, sizeFrom: 'gap', sizeCertain: false, bootInfoTable: 'absent' },
  },
  {
    name: 'a hidden floppy',
    options: ['-b', 'floppy.img', ...HIDDEN],
    expected: { size: 1_474_560, sizeFrom: 'emulation', sizeCertain: true, bootMediaType: 2 },
  },
  {
    name: 'a hidden hard disk',
    options: ['-b', 'disk.img', '-hard-disk-boot', ...HIDDEN],
    expected: { size: 180 * 512, sizeFrom: 'mbr', sizeCertain: true, bootMediaType: 4 },
  },
  {
    name: 'a hidden FAT image for UEFI',
    options: ['-e', 'efi.img', '-no-emul-boot', ...HIDDEN],
    tools: ['mkfs.fat', 'mcopy'],
    expected: {
      size: 1_474_560,
      sizeFrom: 'fat',
      sizeCertain: true,
      platformId: 0xef,
      bootInfoTable: 'absent',
    },
  },
];

/** The folder with boot files for all cases. */
async function makeTree(t: Test): Promise<string> {
  const tree = join(t.testdir({ tree: { 'z.txt': 'behind the boot files' } }), 'tree');
  await writeFile(join(tree, 'loader.img'), makeLoader(LOADER_SIZE));
  const plain = seededBytes(5, 12 * 2048 - 100);
  plain.set(ascii('\x90'.repeat(60)), 8);
  await writeFile(join(tree, 'plain.img'), plain);
  await writeFile(join(tree, 'floppy.img'), seededBytes(6, 1_474_560));
  await writeFile(join(tree, 'disk.img'), makeHardDisk());
  if (hasTool('mkfs.fat') && hasTool('mcopy')) {
    await makeEfiImage(join(tree, 'efi.img'), 'TOKEN');
  }
  return tree;
}

function bootIn({ boot }: Image): Boot {
  if (boot === undefined) {
    throw new TypeError('the image is not bootable');
  }
  return boot;
}

async function bootOf(path: string): Promise<Boot> {
  const source = await FileSource.open(path);
  try {
    return bootIn(await readImage(source));
  } finally {
    await source.close();
  }
}

t.test('how the size of a boot image is known', async (t) => {
  if (!needTools(t, 'genisoimage', 'dumpet', 'xorriso', 'pycdlib')) {
    return;
  }
  const tree = await makeTree(t);
  for (const { name, options, tools = [], expected } of CASES) {
    await t.test(name, async (t) => {
      if (!needTools(t, ...tools)) {
        return;
      }
      const image = join(t.testdir({}), 'image.iso');
      // The writer patches the table into the file on disk.
      await writeFile(join(tree, 'loader.img'), makeLoader(LOADER_SIZE));
      await runOk('genisoimage', ['-quiet', '-R', '-J', '-c', 'boot.cat', ...options, '-o', image, tree]);
      const { entries, catalogLba } = await bootOf(image);
      const [entry] = entries;
      t.equal(entries.length, 1);
      const { path, ...fields } = expected;
      t.match(entry, fields);
      t.equal(entry?.node?.path, 'node' in expected ? undefined : (path ?? entry?.node?.path));
      await othersAgree(t, image, catalogLba, entries);
    });
  }
});

const TABLE_OPTION = 'boot-info-table';

/** dumpet, xorriso and pycdlib read the same entries. */
async function othersAgree(
  t: Test,
  image: string,
  catalogLba: number,
  entries: readonly BootEntry[],
): Promise<void> {
  const ours = entries.map((entry) => ({
    platform: entry.platformId,
    bootable: entry.bootable,
    emulation: entry.bootMediaType,
    loadSegment: entry.loadSegment,
    loadSize: entry.sectorCount,
    lba: entry.loadRba,
  }));
  const dumped = await dumpetEntries(image);
  t.same(
    ours.map(({ loadSegment, ...rest }) => ({ ...rest, loadSegment: loadSegment || 0x7c0 })),
    dumped.map(({ loadSegment, ...rest }) => ({ ...rest, loadSegment: loadSegment || 0x7c0 })),
    'as dumpet reads them',
  );
  t.same(ours, await pycdlibEntries(image), 'as pycdlib reads them');
  const report = await xorrisoReport(image);
  t.equal(report.catalogLba, catalogLba);
  t.same(
    report.entries.map(({ lba, loadSize, path }) => [lba, loadSize, path]),
    entries.map(({ loadRba, sectorCount, node }) => [loadRba, sectorCount, node?.path]),
    'as xorriso reads them',
  );
  t.same(
    report.entries
      .filter(({ path }) => path !== undefined)
      .map(({ options }) => options.includes(TABLE_OPTION)),
    entries.filter(({ node }) => node !== undefined).map(({ bootInfoTable }) => bootInfoTable === 'valid'),
    'and their tables, in files that it can see',
  );
}

t.test('several entries, by two writers', async (t) => {
  if (!needTools(t, 'genisoimage', 'xorriso', 'dumpet', 'pycdlib', 'mkfs.fat', 'mcopy')) {
    return;
  }
  const tree = await makeTree(t);
  const bios = ['-c', 'boot.cat', '-b', 'loader.img', ...NO_EMULATION, '-boot-info-table'];
  const efi = ['-eltorito-alt-boot', '-e', 'efi.img', '-no-emul-boot'];
  for (const writer of [['genisoimage'], ['xorriso', '-as', 'mkisofs']]) {
    const [program = '', ...first] = writer;
    const image = join(tree, '..', `${program}.iso`);
    const copy = join(tree, '..', program);
    await runOk('cp', ['-r', tree, copy]);
    await runOk(program, [...first, '-quiet', '-R', '-J', ...bios, ...efi, '-o', image, copy]);
    const { entries, catalogLba } = await bootOf(image);
    t.match(entries, [
      { index: 1, platformId: 0, bootInfoTable: 'valid', node: { path: '/loader.img' }, size: LOADER_SIZE },
      { index: 2, platformId: 0xef, bootInfoTable: 'absent', node: { path: '/efi.img' }, size: 1_474_560 },
    ]);
    t.equal(entries[1]?.file?.loader?.name, 'FAT image');
    await othersAgree(t, image, catalogLba, entries);
  }
});

t.test('a table that is not true any more', async (t) => {
  if (!needTools(t, 'genisoimage')) {
    return;
  }
  const tree = await makeTree(t);
  const image = join(tree, '..', 'image.iso');
  const options = ['-R', '-b', 'loader.img', '-c', 'boot.cat', ...NO_EMULATION, '-boot-info-table'];
  await runOk('genisoimage', ['-quiet', ...options, '-o', image, tree]);
  const { entries } = await bootOf(image);
  const start = (entries[0]?.loadRba ?? 0) * 2048;
  const bytes = await readFile(image);
  const patched = await readFile(join(tree, 'loader.img'));
  t.same(bytes.subarray(start, start + LOADER_SIZE), patched, 'the file that genisoimage patched');
  const places = { code: 64, last: LOADER_SIZE - 1, file: 12, length: 16, checksum: 20 };
  for (const [name, offset] of Object.entries(places)) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(start + offset) ^ 1, start + offset);
    const { boot, findings } = await readImage(new MemorySource(changed));
    t.equal(boot?.entries[0]?.bootInfoTable, 'stale', name);
    t.match(findings, [{ code: 'ISO_BOOT_TABLE_STALE', severity: 'warning', offset: start }], name);
  }
  const reserved = Buffer.from(bytes);
  reserved.writeUInt8(1, start + 40);
  const { boot, findings } = await readImage(new MemorySource(reserved));
  t.equal(boot?.entries[0]?.bootInfoTable, 'absent', 'code where the table would be');
  t.same(findings, []);
});

t.test('an old ISOLINUX far up on the disc', async (t) => {
  const findingsOf = async (version: string, at: number): Promise<unknown[]> => {
    const image = new ImageBuilder(40).primary().bootRecord(19).terminator(18);
    image.directory(ROOT, dots(ROOT, ROOT)).catalog(19, { at });
    const loader = new Uint8Array(BLOCK_SIZE).fill(0x90);
    loader.set(ascii(`ISOLINUX ${version} `), 100);
    const source = new PiecedSource(image.bytes, loader, at);
    const { findings, boot } = await readImage(source);
    const high = findings.filter(({ code }) => code === 'ISO_BOOT_HIGH_BLOCK');
    return high.map(({ offset, found, wanted }) => [offset === boot?.entries[0]?.offset, found, wanted]);
  };
  t.same(await findingsOf('4.06', 0x10000), [[true, 0x10000, 0xffff]]);
  t.same(await findingsOf('4.06', 0xffff), [], 'the last block that it knows');
  t.same(await findingsOf('6.03', 0x10000), [], 'a version that knows more');
});

/** A small image with one block of something far behind it, and zeros between. */
class PiecedSource implements Source {
  readonly name = 'pieced';
  readonly size: number;

  constructor(
    private readonly head: Uint8Array,
    private readonly far: Uint8Array,
    private readonly at: number,
  ) {
    this.size = (at + 1) * BLOCK_SIZE;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    bytes.set(this.head.subarray(offset, offset + length));
    const start = this.at * BLOCK_SIZE;
    if (offset + length > start) {
      bytes.set(this.far.subarray(Math.max(0, offset - start)), Math.max(0, start - offset));
    }
    return bytes;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
