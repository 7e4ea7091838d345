/** The jobs that only read: extracting boot files, inspecting, listing. */
import { mkdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { FILE_FLAG } from '../../src/layout/directory-record.js';
import { extractBoot, type ExtractBootOptions } from '../../src/job/extract-boot.js';
import { inject } from '../../src/job/inject.js';
import { inspect, inspectSource } from '../../src/job/inspect.js';
import { list } from '../../src/job/list.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { hex } from '../kit/golden.js';
import { AT, LOADER_END, LOADER_SIZE, LOW_BLOCKS, makeLoader } from '../plan/planning.js';
import { Collector, discBytes, EFI, fatImage, Place, type DiscSpec } from './place.js';

const [CATALOG] = LOW_BLOCKS;

async function extract(input: string, what: ExtractBootOptions['what'], force = false) {
  return extractBoot({ input, what, force });
}

t.test('extracting from a bootable image', async (t) => {
  const place = new Place(t);
  const input = await place.bootableDisc('b.iso', { efi: true });
  const output = place.at('boot.bin');
  const first = await extract(input, { kind: 'entry', index: 1, output });
  t.match(first, {
    schema: 'isoboot.extract-boot/1',
    input,
    entry: 1,
    lba: AT.loader,
    size: LOADER_SIZE,
    sizeFrom: 'directory-record',
    sizeCertain: true,
    output,
    sha256: await place.digest('boot.bin'),
  });
  const loader = new Uint8Array(await readFile(output));
  t.same(loader.subarray(64), makeLoader().subarray(64));
  await t.rejects(extract(input, { kind: 'entry', index: 1, output }), { code: 'ISO_OUTPUT_EXISTS' });
  const second = await extract(input, { kind: 'entry', index: 2, output }, true);
  t.match(second, { entry: 2, lba: EFI.at, size: EFI.size, loader: { name: 'FAT image' } });
  t.same(new Uint8Array(await readFile(output)), fatImage());

  const all = await extract(input, { kind: 'all', folder: place.at('all') });
  t.match(all, { entry: 1, all: [{ entry: 1 }, { entry: 2 }] });
  t.strictSame(
    Object.keys(await place.snapshot()).filter((name) => name.startsWith('all')),
    ['all', 'all/boot-1-x86.bif', 'all/boot-2-efi.bif'],
  );
  const stream = new Collector();
  const catalog = await extract(input, { kind: 'catalog', output: stream });
  t.match(catalog, { entry: null, lba: CATALOG, size: BLOCK_SIZE, sizeFrom: null, output: '-' });
  const image = await readFile(input);
  t.same(stream.bytes, image.subarray(CATALOG * BLOCK_SIZE, (CATALOG + 1) * BLOCK_SIZE));
  for (const index of [0, 3]) {
    const none = extract(input, { kind: 'entry', index, output: place.at('x') });
    await t.rejects(none, { code: 'ISO_BOOT_NO_ENTRY', wanted: index });
  }
});

t.test('extracting from an image that is not bootable', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const output = place.at('boot.bin');
  const entry = (index = 1) => ({ kind: 'entry', index, output: new Collector() }) as const;
  const report = await extract(input, { kind: 'entry', index: 1, output });
  t.match(report, { entry: null, lba: AT.loader, size: LOADER_SIZE, sizeFrom: 'directory-record' });
  t.same(new Uint8Array(await readFile(output)), makeLoader(), 'the loader that inject would take');
  await extract(input, { kind: 'all', folder: place.at('all') });
  t.equal(await place.digest('all/boot-1-x86.bif'), await place.digest('boot.bin'));
  await t.rejects(extract(input, entry(2)), { code: 'ISO_BOOT_NO_ENTRY', wanted: 2 });
  await t.rejects(extract(input, { kind: 'catalog', output: new Collector() }), { code: 'ISO_BOOT_NONE' });
  const empty = await place.disc('none.iso', { bios: false });
  await t.rejects(extract(empty, entry()), { code: 'ISO_BOOT_NONE' });
  await mkdir(place.at('folder'));
  const onto = { kind: 'all', folder: place.at('boot.bin') } as const;
  await t.rejects(extract(input, onto), { code: 'ISO_OUTPUT_IO' });
});

t.test('a loader whose bytes do not lie in a row', async (t) => {
  const place = new Place(t);
  const codeFor = async (name: string, spec: DiscSpec): Promise<unknown> => {
    const input = await place.disc(`${name}.iso`, spec);
    return extract(input, { kind: 'entry', index: 1, output: new Collector() }).catch((error: unknown) =>
      error instanceof Error && 'code' in error ? error.code : error,
    );
  };
  const first = { flags: FILE_FLAG.multiExtent, length: 2 * BLOCK_SIZE };
  const rest = { name: 'ISOLINUX.BIN;1', at: 40, length: 100 };
  const image = Buffer.from(discBytes({ record: first, records: [rest] }));
  const at = (block: number, length: number): Buffer =>
    image.subarray(block * BLOCK_SIZE, block * BLOCK_SIZE + length);
  const loaderIn = async (name: string, spec: DiscSpec): Promise<Buffer> => {
    const output = new Collector();
    const report = await extract(await place.disc(name, spec), { kind: 'entry', index: 1, output });
    t.match(report, { size: output.bytes.length, sizeFrom: 'directory-record' }, name);
    return output.bytes;
  };
  const parts = await loaderIn('parts.iso', { record: first, records: [rest] });
  t.same(parts, Buffer.concat([at(AT.loader, 2 * BLOCK_SIZE), at(40, 100)]), 'two extents');
  const woven = { fileUnitSize: 1, interleaveGapSize: 1, length: BLOCK_SIZE + 7 };
  const units = Buffer.concat([at(AT.loader, BLOCK_SIZE), at(AT.loader + 2, 7)]);
  t.same(await loaderIn('interleaved.iso', { record: woven }), units, 'interleaved');
  const behind = await loaderIn('behind.iso', { record: { extendedAttributeBlocks: 1, length: 3000 } });
  t.same(behind, at(AT.loader + 1, 3000), 'behind an extended attribute record');
  const beyond = { ...rest, at: 299, length: BLOCK_SIZE + 1 };
  const truncated = await codeFor('beyond', { record: first, records: [beyond] });
  t.equal(truncated, 'ISO_SOURCE_TRUNCATED', 'an extent beyond the end');
  const zisofs = { systemUse: hex('5a46 10 01 707a 04 0f 00100000 00001000') };
  const compressed = await codeFor('zisofs', { record: zisofs, rootSystemUse: hex('5350 07 01 beef 00') });
  t.equal(compressed, 'ISO_BOOT_COMPRESSED', 'compressed');
});

t.test('a boot record that is broken', async (t) => {
  const place = new Place(t);
  const bytes = await readFile(await place.bootableDisc('b.iso'));
  bytes.writeUInt8(0, CATALOG * BLOCK_SIZE);
  const input = await place.put('broken.iso', bytes);
  const broken = { code: 'ISO_BOOT_BROKEN', offset: 17 * BLOCK_SIZE, found: CATALOG };
  const output = place.at('x');
  await t.rejects(extract(input, { kind: 'entry', index: 1, output }), broken);
  await t.rejects(extract(input, { kind: 'catalog', output }), broken);
  await t.rejects(extract(input, { kind: 'all', folder: output }), broken);
  for (const ensure of [false, true]) {
    await t.rejects(inject({ input, target: { kind: 'in-place' }, ensure }), broken);
  }
  t.match(await inspect(input), {
    boot: { recordLba: 17, catalogLba: CATALOG, sound: false, entries: [] },
    findings: [{ code: 'ISO_BOOT_BROKEN', severity: 'error', offset: CATALOG * BLOCK_SIZE }],
  });
  t.strictSame(Object.keys(await place.snapshot()), ['b.iso', 'b.iso.plain', 'broken.iso']);
});

t.test('a boot file beyond the end', async (t) => {
  const place = new Place(t);
  const bytes = await readFile(await place.bootableDisc('b.iso'));
  const cut = await place.put('cut.iso', bytes.subarray(0, (LOADER_END - 1) * BLOCK_SIZE));
  const output = place.at('x');
  const truncated = { code: 'ISO_SOURCE_TRUNCATED', offset: AT.loader * BLOCK_SIZE };
  await t.rejects(extract(cut, { kind: 'entry', index: 1, output }), truncated);
  await t.rejects(inject({ input: cut, target: { kind: 'in-place' } }), { code: 'ISO_SOURCE_TRUNCATED' });
});

t.test('inspecting', async (t) => {
  const place = new Place(t);
  const plain = await inspectSource(new MemorySource(discBytes({ efi: true }), 'memory'));
  t.match(plain, {
    schema: 'isoboot.inspect/1',
    input: 'memory',
    size: 300 * BLOCK_SIZE,
    volume: { id: 'BUILT', blocks: 300, blockSize: BLOCK_SIZE },
    descriptors: [
      { lba: 16, type: 'primary' },
      { lba: 17, type: 'joliet' },
      { lba: 18, type: 'terminator' },
    ],
    extensions: { joliet: true, rockRidge: false, udf: false, hfs: false },
    files: 2,
    directories: 2,
    boot: null,
    mediaCheck: null,
    suseDigest: null,
    findings: [],
  });
  const { boot, descriptors } = await inspect(await place.bootableDisc('b.iso', { efi: true }));
  t.same(
    descriptors.map(({ type }) => type),
    ['primary', 'el-torito', 'joliet', 'terminator'],
  );
  t.match(boot, {
    recordLba: 17,
    catalogLba: CATALOG,
    sound: true,
    entries: [
      { index: 1, platform: 'x86', bootable: true, lba: AT.loader, loadSize: 4, bootInfoTable: 'valid' },
      { index: 2, platform: 'efi', path: EFI.path, loadSize: EFI.sectors, bootInfoTable: 'absent' },
    ],
  });
});

t.test('listing', async (t) => {
  const place = new Place(t);
  const joliet = [{ name: 'Second tree.txt', at: 50, length: 5 }];
  const input = await place.disc('in.iso', { efi: true, joliet });
  const paths = async (options: Omit<Parameters<typeof list>[0], 'input'>): Promise<string[]> =>
    (await list({ input, ...options })).entries.map(({ path }) => path);
  t.same(await paths({}), ['/Second tree.txt'], 'the best names');
  t.same(await paths({ names: 'iso' }), ['/ISOLINUX']);
  const files = [EFI.path, '/ISOLINUX/ISOLINUX.BIN'];
  t.same(await paths({ names: 'iso', recursive: true }), ['/ISOLINUX', ...files]);
  t.same(await paths({ names: 'iso', path: '/isolinux/' }), files);
  const report = await list({ input, names: 'iso', path: 'isolinux/isolinux.bin' });
  t.match(report, {
    schema: 'isoboot.ls/1',
    names: 'iso',
    entries: [{ path: '/ISOLINUX/ISOLINUX.BIN', type: 'file', size: LOADER_SIZE, lba: AT.loader }],
  });
  await t.rejects(list({ input, path: '/none' }), { code: 'ISO_TREE_NOT_FOUND', wanted: '/none' });
  await t.rejects(list({ input, names: 'rock-ridge' }), { code: 'ISO_TREE_NOT_FOUND' });
});
