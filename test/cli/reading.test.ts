/** What `ls`, `inspect` and `extract-boot` say, and what they save. */
import { readdir, readFile } from 'node:fs/promises';
import t from 'tap';
import { fileDigest, sha256 } from '../kit/digest.js';
import { objectAt, objectsAt } from '../kit/isoboot.js';
import { block, bootableWorkplace, cli, refuses, reportOf, SAMPLE, workplace } from './machine.js';

const PACKAGES = [
  'Base-System-5.2.0-17.i386.pkg',
  'BootTools-1.0.3-2.i386.pkg',
  'Database-Server-11.50-4.i386.pkg',
  'Kernel-Recovery-2.6.18-194.i686.pkg',
  'Language-Pack-French-5.2.0-17.noarch.pkg',
  'Language-Pack-German-5.2.0-17.noarch.pkg',
  'Network-Configuration-3.1-9.i386.pkg',
  'RaidUtilities-7.0.1-1.x86_64.pkg',
].map((name) => `/packages/${name}`);

const LOADER_LBA = 36;
const LOADER_SIZE = 4885;

t.test('ls', async (t) => {
  const ls = async (...options: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await cli(['ls', SAMPLE, ...options]);
    t.strictSame({ code, stderr }, { code: 0, stderr: '' });
    return stdout.split('\n').slice(0, -1);
  };
  t.strictSame(await ls(), ['/README.txt', '/isolinux/', '/packages/'], 'the root');
  t.strictSame(await ls('/isolinux'), ['/isolinux/isolinux.bin', '/isolinux/isolinux.cfg'], 'a directory');
  t.strictSame(await ls('packages/'), PACKAGES, 'slashes do not matter');
  t.strictSame(await ls('/ISOLINUX/isolinux.BIN'), ['/isolinux/isolinux.bin'], 'a file, in any case');
  t.strictSame(
    await ls('-R'),
    [
      '/README.txt',
      '/isolinux/',
      '/isolinux/isolinux.bin',
      '/isolinux/isolinux.cfg',
      '/packages/',
      ...PACKAGES,
    ],
    '-R',
  );
  t.strictSame(await ls('--names', 'iso'), ['/ISOLINUX/', '/PACKAGES/', '/README.TXT'], 'ISO names');
  t.strictSame(await ls('--names', 'joliet', '/packages'), PACKAGES, 'Joliet names');

  const [head, ...rows] = (await ls('-l', '/isolinux')).map((line) => line.split(/ {2,}/));
  t.strictSame(head, ['TYPE', 'BYTES', 'BLOCK', 'MODIFIED', 'PATH'], '-l');
  t.strictSame(rows[0], ['file', '4885', '36', '2009-11-06T14:30:00Z', '/isolinux/isolinux.bin']);

  const report = reportOf(t, await cli(['ls', SAMPLE, '--json']));
  t.match(report, { schema: 'isoboot.ls/1', input: SAMPLE, names: 'rock-ridge' });
  t.strictSame(objectsAt(report, 'entries')[0], {
    path: '/README.txt',
    type: 'file',
    size: 172,
    lba: 35,
    modified: '2009-11-06T14:30:00Z',
  });
  t.equal((await cli(['ls', SAMPLE, '-q'])).stdout, '', '-q');
  await refuses(t, ['ls', SAMPLE, '/isolinux/grub.cfg'], 'ISO_TREE_NOT_FOUND', 4);
  await refuses(t, ['ls', SAMPLE, '/README.txt/x'], 'ISO_TREE_NOT_FOUND', 4);
  await refuses(t, ['ls', SAMPLE, '--names', 'hfs'], 'ISO_USAGE_ARGUMENT', 2);
});

t.test('ls by names that the image does not have', async (t) => {
  // The terminator takes the place of Joliet's descriptor.
  const { image } = await workplace(t, (bytes) => bytes.copy(bytes, block(17), block(18), block(19)));
  await refuses(t, ['ls', image, '--names', 'joliet'], 'ISO_TREE_NOT_FOUND', 4);
  const report = reportOf(t, await cli(['ls', image, '--json']));
  t.equal(report['names'], 'rock-ridge');
});

t.test('inspect', async (t) => {
  t.test('an image that does not boot', async (t) => {
    const { code, stdout, stderr } = await cli(['inspect', SAMPLE]);
    t.strictSame({ code, stderr }, { code: 0, stderr: '' });
    t.match(stdout, /^Volume: +"RECOVERY_1", 214 blocks/m);
    t.match(stdout, /^Names: +ISO 9660, Rock Ridge, Joliet$/m);
    t.match(stdout, /^Bootable: +no,/m);
    t.match(stdout, /^Hybrid: +no /m);
    const report = reportOf(t, await cli(['inspect', SAMPLE, '--json']));
    t.match(report, {
      schema: 'isoboot.inspect/1',
      input: SAMPLE,
      size: 438_272,
      volume: { id: 'RECOVERY_1', blocks: 214, blockSize: 2048, created: '2009-11-06T14:30:00Z' },
      extensions: { joliet: true, rockRidge: true, udf: false, hfs: false, sessions: 1 },
      files: 11,
      directories: 3,
      boot: null,
      mediaCheck: null,
      suseDigest: null,
      findings: [],
    });
    t.strictSame(objectsAt(report, 'descriptors'), [
      { lba: 16, type: 'primary' },
      { lba: 17, type: 'joliet' },
      { lba: 18, type: 'terminator' },
    ]);
  });

  t.test('an image that boots', async (t) => {
    const { image } = await bootableWorkplace(t);
    const { stdout } = await cli(['inspect', image]);
    t.match(stdout, /^Bootable: +yes, boot record at block 17, catalog at block 21$/m);
    t.match(stdout, /^Entry 1: +x86, no emulation, \/isolinux\/isolinux\.bin, .*boot info table valid$/m);
    const report = reportOf(t, await cli(['inspect', image, '--json']));
    const boot = objectAt(report, 'boot');
    t.match(boot, { recordLba: 17, catalogLba: 21, sound: true });
    t.match(objectsAt(boot, 'entries')[0], {
      index: 1,
      platform: 'x86',
      bootable: true,
      emulation: 'none',
      loadSegment: 0,
      loadSize: 4,
      lba: LOADER_LBA,
      path: '/isolinux/isolinux.bin',
      size: LOADER_SIZE,
      sizeFrom: 'directory-record',
      sizeCertain: true,
      bootInfoTable: 'valid',
    });
  });

  t.test('an image whose boot catalog is none', async (t) => {
    const { image } = await bootableWorkplace(t);
    const bytes = await readFile(image);
    bytes.fill(0, block(21), block(22));
    const broken = await workplace(t, (copy) => bytes.copy(copy));
    const { stdout } = await cli(['inspect', broken.image]);
    t.match(stdout, /^Bootable: +no, .* no boot catalog/m);
    const report = reportOf(t, await cli(['inspect', broken.image, '--json']));
    t.match(objectAt(report, 'boot'), { sound: false, entries: [] });
    await refuses(t, ['inject', broken.image], 'ISO_BOOT_BROKEN', 4);
    await refuses(t, ['extract-boot', broken.image], 'ISO_BOOT_BROKEN', 4);
  });

  t.test('findings', async (t) => {
    const { image } = await workplace(t, (bytes) => bytes.writeUInt32LE(300, block(16) + 80));
    const { code, stdout } = await cli(['inspect', image]);
    t.equal(code, 0, 'are no errors');
    t.match(stdout, /^warning: .*\[ISO_VOLUME_BYTE_ORDER\]$/m);
    const warnings = stdout.split('\n').filter((line) => line.startsWith('warning:'));
    t.equal(warnings.filter((line) => line.includes('ISO_VOLUME_SPACE_SIZE')).length, 1);
    const findings = objectsAt(reportOf(t, await cli(['inspect', image, '--json'])), 'findings');
    t.match(
      findings.find(({ code }) => code === 'ISO_VOLUME_BYTE_ORDER'),
      { severity: 'warning', offset: block(16) + 80, found: 214, wanted: 300 },
    );
  });
});

t.test('extract-boot', async (t) => {
  t.test('an entry', async (t) => {
    const { image, at } = await bootableWorkplace(t);
    const { code, stdout } = await cli(['extract-boot', image, '-o', at('boot.bif')]);
    t.equal(code, 0);
    t.match(stdout, /^Found: +boot entry 1, .* at block 36$/m);
    t.match(stdout, /^Saved: +4,885 bytes .*boot\.bif$/m);
    const saved = await readFile(at('boot.bif'));
    const start = block(LOADER_LBA);
    t.ok(saved.equals((await readFile(image)).subarray(start, start + LOADER_SIZE)), 'as it is on the disc');
    const report = reportOf(t, await cli(['extract-boot', image, '-o', at('again.bif'), '--json']));
    t.match(report, {
      schema: 'isoboot.extract-boot/1',
      entry: 1,
      lba: LOADER_LBA,
      size: LOADER_SIZE,
      sizeFrom: 'directory-record',
      sizeCertain: true,
      output: at('again.bif'),
      sha256: sha256(saved),
    });
    t.equal(objectsAt(report, 'all').length, 1);
    await refuses(t, ['extract-boot', image, '-o', at('boot.bif')], 'ISO_OUTPUT_EXISTS', 4);
    t.equal((await cli(['extract-boot', image, '-o', at('boot.bif'), '--force', '-q'])).code, 0);
    await refuses(t, ['extract-boot', image, '--entry', '2', '-o', at('x')], 'ISO_BOOT_NO_ENTRY', 4);
  });

  t.test('to standard output: the report is on standard error', async (t) => {
    const { image, at } = await bootableWorkplace(t);
    const { stdoutBytes, stderr } = await cli(['extract-boot', image, '-o', '-', '--json']);
    t.match(reportOf(t, { stdout: stderr }), { output: '-', sha256: sha256(stdoutBytes) });
    await cli(['extract-boot', image, '-o', at('boot.bif'), '-q']);
    t.equal(sha256(stdoutBytes), await fileDigest(at('boot.bif')));
  });

  t.test('all entries, into a folder', async (t) => {
    const { image, at } = await bootableWorkplace(t);
    const report = reportOf(t, await cli(['extract-boot', image, '--all', at('new/folder'), '--json']));
    t.strictSame(await readdir(at('new/folder')), ['boot-1-x86.bif']);
    t.match(objectsAt(report, 'all')[0], { entry: 1, size: LOADER_SIZE });
  });

  t.test('the catalog', async (t) => {
    const { image, at } = await bootableWorkplace(t);
    const { stdout } = await cli(['extract-boot', image, '--catalog', '-o', at('boot.cat')]);
    t.match(stdout, /^Found: +the boot catalog, at block 21$/m);
    const catalog = await readFile(at('boot.cat'));
    t.ok(catalog.equals((await readFile(image)).subarray(block(21), block(22))));
    const report = reportOf(t, await cli(['extract-boot', image, '--catalog', '-o', at('c'), '--json']));
    t.match(report, { entry: null, lba: 21, size: 2048, sizeFrom: null, loader: null });
  });

  t.test('the loader that inject would take', async (t) => {
    const { image, at } = await workplace(t);
    const report = reportOf(t, await cli(['extract-boot', image, '-o', at('boot.bif'), '--json']));
    t.match(report, { entry: null, lba: LOADER_LBA, size: LOADER_SIZE, sizeFrom: 'directory-record' });
    const reference = await readFile(new URL('../../samples/loader/strict-loader.bin', import.meta.url));
    t.ok((await readFile(at('boot.bif'))).equals(reference));
    await refuses(t, ['extract-boot', image, '--catalog', '-o', at('x')], 'ISO_BOOT_NONE', 4);
    await refuses(t, ['extract-boot', image, '--entry', '2', '-o', at('x')], 'ISO_BOOT_NO_ENTRY', 4);
    t.strictSame((await readdir(at('.'))).sort(), ['boot.bif', 'recovery.iso']);
  });

  t.test('no loader anywhere', async (t) => {
    const { image, at } = await workplace(t, hideLoader);
    await refuses(t, ['extract-boot', image, '-o', at('x')], 'ISO_BOOT_NONE', 4);
    await refuses(t, ['inject', image], 'ISO_PLAN_NO_BOOT_FILE', 4);
    await refuses(t, ['inject', image, '--boot-path', '/isolinux'], 'ISO_TREE_NOT_A_FILE', 4);
    await refuses(t, ['inject', image, '--boot-path', '/isolinux/no.bin'], 'ISO_TREE_NOT_FOUND', 4);
    await refuses(t, ['inject', image, '--donor', SAMPLE], 'ISO_BOOT_NONE', 4);
    t.strictSame(await readdir(at('.')), ['recovery.iso']);
  });
});

/** Gives the loader another name in every tree. */
function hideLoader(image: Buffer): void {
  for (const [from, to] of [
    [Buffer.from('isolinux.bin'), Buffer.from('somethin.els')],
    [Buffer.from('ISOLINUX.BIN'), Buffer.from('SOMETHIN.ELS')],
    [Buffer.from('isolinux.bin', 'utf16le').swap16(), Buffer.from('somethin.els', 'utf16le').swap16()],
  ] as const) {
    for (let at = image.indexOf(from); at >= 0; at = image.indexOf(from, at + 1)) {
      to.copy(image, at);
    }
  }
}
