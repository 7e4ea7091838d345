/** The samples do what their read-me says: the loader is strict, the image is sound, the scripts convert it. */
import { chmod, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { isoboot } from './kit/isoboot.js';
import { bootSeabios, SEABIOS_TOOLS } from './kit/qemu.js';
import { isovfyClean, pycdlibWalk, readImage, READER_TOOLS, sameFilesAsBefore } from './kit/readers.js';
import { needTools, run, runOk, type RunResult } from './kit/tools.js';

const sample = (name: string): string => fileURLToPath(new URL(`../samples/${name}`, import.meta.url));

const LOADER = sample('loader/strict-loader.bin');
const RECOVERY = sample('recovery.iso');
const SECTOR = 2048;
const PVD_LBA = 16;

/** Where the boot info table's fields stand in the boot file. */
const TABLE = { pvd: 8, file: 12, length: 16, checksum: 20, reserved: 24 } as const;

/** The line that the loader prints, to its end: matching only its start would accept half a line. */
const okLine = (file: number, length: number): string =>
  `STRICT-LOADER OK pvd=16 file=${file} length=${length}\n`;
const failLine = (reason: string): string => `STRICT-LOADER FAIL ${reason}\n`;

async function boots(t: Test, image: string, line: string): Promise<void> {
  const { matched, log } = await bootSeabios(image, line);
  t.ok(matched, line.trim(), matched ? {} : { log });
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Where the loader stands in an image: found by its code, which a boot info table leaves alone. */
async function loaderLba(image: Buffer): Promise<number> {
  const table = 64;
  return (image.indexOf((await readFile(LOADER)).subarray(table, SECTOR)) - table) / SECTOR;
}

/** A bootable image of the strict loader alone, made by genisoimage; gives the loader's LBA with it. */
async function loaderDisc(t: Test): Promise<{ disc: Buffer; file: number }> {
  const folder = t.testdir({ tree: {} });
  const image = join(folder, 'loader.iso');
  // A copy, because genisoimage writes the boot info table into the file that it is given.
  await copyFile(LOADER, join(folder, 'tree', 'loader.bin'));
  const boot = [
    '-b',
    'loader.bin',
    '-c',
    'boot.cat',
    '-no-emul-boot',
    '-boot-load-size',
    '4',
    '-boot-info-table',
  ];
  await runOk('genisoimage', ['-quiet', '-R', '-J', ...boot, '-o', image, join(folder, 'tree')]);
  const disc = await readFile(image);
  return { disc, file: await loaderLba(disc) };
}

t.test('the loader', async (t) => {
  t.test('is its source, assembled', async (t) => {
    if (!needTools(t, 'nasm')) {
      return;
    }
    const out = join(t.testdir(), 'loader.bin');
    await runOk('nasm', ['-w+all', '-f', 'bin', '-o', out, sample('loader/strict-loader.asm')]);
    t.ok((await readFile(out)).equals(await readFile(LOADER)), 'the committed bytes');
  });

  t.test('has room for a boot info table and an awkward length', async (t) => {
    const bytes = await readFile(LOADER);
    t.ok(
      bytes.subarray(8, 64).every((byte) => byte === 0),
      'the table is empty',
    );
    t.ok(bytes.length > 2 * SECTOR, 'it reaches into a third sector');
    t.not(bytes.length % 4, 0, 'its last word is not full');
    t.not(bytes.length % SECTOR, 0, 'nor is its last sector');
    t.ok(bytes.indexOf('STRICT-LOADER OK') >= 2 * SECTOR, 'what says OK is not in the first two sectors');
  });

  t.test('accepts what genisoimage writes, and nothing else', async (t) => {
    if (!needTools(t, 'genisoimage', ...SEABIOS_TOOLS)) {
      return;
    }
    const { disc, file } = await loaderDisc(t);
    const length = (await readFile(LOADER)).length;
    const start = file * SECTOR;
    const folder = t.testdir();

    const bootChanged = async (name: string, line: string, change: (disc: Buffer) => void): Promise<void> => {
      const changed = Buffer.from(disc);
      change(changed);
      const image = join(folder, 'changed.iso');
      await writeFile(image, changed);
      await t.test(name, (t) => boots(t, image, line));
    };
    const put = (offset: number, value: number) => (changed: Buffer) =>
      changed.writeUInt32LE(value, start + offset);

    await bootChanged('unchanged', okLine(file, length), () => undefined);
    await bootChanged('no table', failLine('table'), (changed) => changed.fill(0, start + 8, start + 64));
    await bootChanged('reserved bytes', failLine('table'), put(TABLE.reserved + 36, 1));
    await bootChanged('length cut to the first sector', failLine('table'), put(TABLE.length, SECTOR));
    await bootChanged('length rounded up', failLine('table'), put(TABLE.length, length + 3));
    await bootChanged('bi_pvd 99', failLine('pvd'), put(TABLE.pvd, 99));
    await bootChanged('no Primary Volume Descriptor', failLine('pvd'), (changed) => {
      changed.writeUInt8(2, PVD_LBA * SECTOR);
    });
    await bootChanged('bi_file behind the end', failLine('read'), put(TABLE.file, disc.length / SECTOR));
    await bootChanged('bi_file off by one', failLine('checksum'), put(TABLE.file, file + 1));
    await bootChanged('bi_csum off by one', failLine('checksum'), (changed) => {
      const at = start + TABLE.checksum;
      changed.writeUInt32LE((changed.readUInt32LE(at) + 1) >>> 0, at);
    });
    await bootChanged('a wrong byte in the last sector', failLine('checksum'), (changed) => {
      const at = start + length - 1;
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    });
    await bootChanged('a byte behind the end, in the last word', failLine('checksum'), (changed) => {
      changed[start + length] = 1;
    });
  });
});

t.test('the recovery image', async (t) => {
  t.test('comes out the same every time', async (t) => {
    const out = join(t.testdir(), 'again.iso');
    await runOk(process.execPath, [sample('make-recovery-image.js'), out]);
    t.ok((await readFile(out)).equals(await readFile(RECOVERY)), 'the committed bytes');
  });

  t.test('does not boot', async (t) => {
    const image = await readFile(RECOVERY);
    const types = [16, 17, 18, 19].map((lba) => image[lba * SECTOR]);
    t.strictSame(types, [1, 2, 255, 0], 'primary, supplementary, terminator, a zero sector');
    t.ok(image.length < 600 * 1024, 'it is small enough to be kept');
    t.ok(
      image.subarray(-150 * SECTOR).every((byte) => byte === 0),
      'the pad is zero',
    );
  });

  t.test('is sound to other tools', async (t) => {
    if (!needTools(t, ...READER_TOOLS)) {
      return;
    }
    t.ok(await isovfyClean(RECOVERY), 'isovfy');
    const readings = await readImage(RECOVERY);
    t.hasProps(Object.fromEntries(readings), ['isoinfo -R', 'isoinfo -J', 'bsdtar', 'xorriso', '7z iso']);
    for (const [reader, { names }] of readings) {
      t.equal(names.filter((name) => /\.pkg/i.test(name)).length, 8, `${reader}: the packages`);
    }
    const { trees, boot } = await pycdlibWalk(RECOVERY);
    t.equal(Object.keys(trees).length, 3, 'pycdlib: ISO, Rock Ridge and Joliet');
    t.equal(boot, null, 'pycdlib: no boot catalog');
    const xorriso = await run('xorriso', ['-indev', RECOVERY, '-check_media', '--', '-toc']);
    t.equal(xorriso.code, 0, 'xorriso');
    t.notMatch(xorriso.stderr, /WARNING|SORRY|FAILURE/, 'xorriso has no complaint');
    const { code, stdout } = await run('7z', ['t', RECOVERY]);
    t.equal(code, 0, '7z');
    t.notMatch(stdout.toString(), /warning|error/i, '7z has no complaint');
  });
});

/** Asserts that a conversion left an image with the same files which boots, as far as the tools are there. */
async function converted(t: Test, image: string): Promise<void> {
  const file = await loaderLba(await readFile(image));
  if (needTools(t, ...SEABIOS_TOOLS)) {
    await boots(t, image, okLine(file, (await readFile(LOADER)).length));
  }
  if (needTools(t, ...READER_TOOLS)) {
    t.ok(await isovfyClean(image), 'isovfy');
    sameFilesAsBefore(t, await readImage(RECOVERY), await readImage(image));
  }
}

t.test('isoboot inject makes the recovery image boot', async (t) => {
  const out = join(t.testdir(), 'out.iso');
  const result = await isoboot(['inject', RECOVERY, '-o', out]);
  t.equal(result.code, 0, 'exit code', { stderr: result.stderr });
  await converted(t, out);
});

t.test('batch.yaml makes the recovery image boot, and once is enough', async (t) => {
  const folder = t.testdir({});
  await copyFile(RECOVERY, join(folder, 'recovery.iso'));
  await copyFile(sample('batch.yaml'), join(folder, 'batch.yaml'));
  const first = await isoboot(['batch', join(folder, 'batch.yaml'), '--json']);
  t.match(first, { code: 0, stderr: '' });
  t.match(first.json(), { counts: { done: 3 } });
  await converted(t, join(folder, 'made/recovery-bootable.iso'));
  t.ok((await readFile(join(folder, 'made/recovery-loader.bin'))).equals(await readFile(LOADER)));
  const again = await isoboot(['batch', join(folder, 'batch.yaml'), '--json']);
  t.match(again.json(), { counts: { done: 1, skipped: 2 } }, 'but for looking at it');
});

t.test('library/inject.js makes the recovery image boot', async (t) => {
  const out = join(t.testdir(), 'out.iso');
  const result = await run(process.execPath, [sample('library/inject.js'), RECOVERY, out]);
  t.equal(result.code, 0, 'exit code', { stderr: result.stderr });
  await converted(t, out);
});

t.test('convert-one.sh', async (t) => {
  // Found through PATH, as an installed isoboot would be: words of ISOBOOT itself cannot hold blanks.
  const bin = fileURLToPath(new URL('../bin/isoboot.js', import.meta.url));
  const commands = t.testdir({ isoboot: `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n` });
  await chmod(join(commands, 'isoboot'), 0o755);
  const PATH = `${commands}${delimiter}${process.env['PATH'] ?? ''}`;
  const convert = (args: readonly string[], cwd = commands, ISOBOOT = ''): Promise<RunResult> =>
    run('sh', [sample('convert-one.sh'), ...args], { cwd, env: { PATH, ISOBOOT } });

  t.test('converts', async (t) => {
    const out = join(t.testdir(), 'out.iso');
    const result = await convert([RECOVERY, out]);
    t.equal(result.code, 0, 'exit code', { stderr: result.stderr });
    await converted(t, out);
  });

  t.test('names its output by its input', async (t) => {
    const folder = t.testdir();
    await copyFile(RECOVERY, join(folder, '-disc 1.iso'));
    const result = await convert(['-disc 1.iso'], folder);
    t.equal(result.code, 0, 'exit code', { stderr: result.stderr });
    t.ok(await exists(join(folder, '-disc 1-bootable.iso')));
  });

  t.test('is content with an image that boots already', async (t) => {
    const folder = t.testdir();
    const once = join(folder, 'once.iso');
    t.equal((await convert([RECOVERY, once])).code, 0);
    const again = await convert([once, join(folder, 'twice.iso')]);
    t.equal(again.code, 0, 'exit code', { stderr: again.stderr });
  });

  t.test('leaves an output that is there alone', async (t) => {
    const out = join(t.testdir({ 'out.iso': 'mine' }), 'out.iso');
    t.equal((await convert([RECOVERY, out])).code, 4);
    t.equal(await readFile(out, 'utf8'), 'mine');
  });

  t.test('refuses what is no image', async (t) => {
    const folder = t.testdir({ 'text.iso': 'not an image' });
    const out = join(folder, 'out.iso');
    t.equal((await convert([join(folder, 'text.iso'), out])).code, 3);
    t.notOk(await exists(out));
  });

  t.test('passes every exit code through and explains it', async (t) => {
    const folder = t.testdir({ 'end.sh': 'exit "$1"' });
    const out = join(folder, 'out.iso');
    const said = new Set<string>();
    for (const code of [0, 2, 3, 4, 5, 9, 127]) {
      const result = await convert([RECOVERY, out], folder, `sh end.sh ${code}`);
      t.equal(result.code, code);
      t.match(result.stderr, /^convert-one: /);
      said.add(result.stderr);
    }
    t.equal(said.size, 7, 'each in its own words');
    t.equal(
      (await convert([RECOVERY, out], folder, 'no-such-command')).code,
      127,
      'isoboot is not installed',
    );
    t.equal((await convert([])).code, 2, 'no arguments');
  });
});
