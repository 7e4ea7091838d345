/** What `isoboot inject` and `isoboot undo` say, to people and to programs. */
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { fileDigest, snapshot } from '../kit/digest.js';
import { objectAt, objectsAt } from '../kit/isoboot.js';
import { block, bootableWorkplace, cli, codeOf, refuses, reportOf, SAMPLE, workplace } from './machine.js';

const LOADER = fileURLToPath(new URL('../../samples/loader/strict-loader.bin', import.meta.url));

/** A line of the form `Label: text`, whatever blanks are between. */
const line = (label: string, text: RegExp): RegExp => new RegExp(`^${label}: +.*${text.source}`, 'm');

t.test('inject, for people', async (t) => {
  t.test('into a copy', async (t) => {
    const { folder, image, at } = await workplace(t);
    const { code, stdout, stderr } = await cli(['inject', image]);
    t.equal(code, 0);
    t.equal(stderr, '');
    t.match(stdout, line('Loader', /\/isolinux\/isolinux\.bin, .* 4,885 bytes at block 36/));
    t.match(stdout, line('BIOS', /yes, /));
    t.match(stdout, line('UEFI', /no, /));
    t.match(stdout, line('Boots from', /disc, virtual CD; USB stick: no/));
    t.match(stdout, line('Fits on', /CD, DVD-5, DVD-9/));
    t.match(stdout, line('Output', /recovery-bootable\.iso/));
    t.match(stdout, line('Mind', /no longer the vendor's signed file/));
    t.match(stdout, line('Next', /burn/));
    t.notMatch(stdout, /^Undo:/m, 'a copy needs none');
    t.strictSame((await readdir(folder)).sort(), ['recovery-bootable.iso', 'recovery.iso']);
    t.equal(await fileDigest(image), await fileDigest(SAMPLE), 'the input is as it was');
    t.not(await fileDigest(at('recovery-bootable.iso')), await fileDigest(SAMPLE));
  });

  t.test('in place, and back', async (t) => {
    const { folder, image } = await workplace(t);
    const { code, stdout } = await cli(['inject', image, '--in-place']);
    t.equal(code, 0);
    t.match(stdout, line('Undo', /isoboot undo "/));
    t.strictSame((await readdir(folder)).sort(), ['recovery.iso', 'recovery.iso.isoboot-undo']);
    const undone = await cli(['undo', image]);
    t.equal(undone.code, 0);
    t.match(undone.stdout, line('Undone', /8,248 bytes in 5 places/));
    t.equal(await fileDigest(image), await fileDigest(SAMPLE));
    t.strictSame(await readdir(folder), ['recovery.iso']);
  });

  t.test('without an undo file, and with one elsewhere', async (t) => {
    const { folder, image, at } = await workplace(t);
    t.equal((await cli(['inject', image, '--in-place', '--no-undo'])).code, 0);
    t.strictSame(await readdir(folder), ['recovery.iso']);
    await copyFile(SAMPLE, image);
    const edited = await cli(['inject', image, '--in-place', '--undo-file', at('elsewhere')]);
    t.equal(edited.code, 0);
    t.match(edited.stdout, line('Undo', /isoboot undo "[^"]+" --undo-file "/), 'what is to be typed');
    t.strictSame((await readdir(folder)).sort(), ['elsewhere', 'recovery.iso']);
    t.equal((await cli(['undo', image, '--undo-file', at('elsewhere'), '-q'])).code, 0);
    t.equal(await fileDigest(image), await fileDigest(SAMPLE));
  });

  t.test('what is next depends on the platform', async (t) => {
    const { image, at } = await workplace(t);
    const advice = async (platform: NodeJS.Platform): Promise<string> => {
      const { stdout } = await cli(['inject', image, '-o', at(`${platform}.iso`)], { platform });
      return /^Next: +(.*)$/m.exec(stdout)?.[1] ?? '';
    };
    t.match(await advice('linux'), /xorriso -as cdrecord .*linux\.iso/);
    t.match(await advice('darwin'), /hdiutil burn .*darwin\.iso/);
    t.match(await advice('win32'), /isoburn\.exe .*win32\.iso/);
  });

  t.test('a dry run is a table of every change, in order', async (t) => {
    const { folder, image } = await workplace(t);
    const before = await snapshot(folder);
    const { code, stdout } = await cli(['inject', image, '--dry-run']);
    t.equal(code, 0);
    t.match(stdout, line('Would change', /8,248 bytes in 5 places/));
    t.match(stdout, line('Dry run', /nothing was written/));
    t.notMatch(stdout, /^(Output|Next|Undo):/m);
    const rows = stdout.split('\n').map((row) => row.split(/ {2,}/));
    const head = rows.findIndex(([first]) => first === 'OFFSET');
    t.strictSame(rows[head], ['OFFSET', 'BLOCK', 'BYTES', 'PHASE', 'WHY']);
    t.strictSame(
      rows.slice(head + 1, -1).map((row) => row.slice(0, 4)),
      [
        [String(block(36) + 8), '36', '56', 'new'],
        [String(block(21)), '21', '2048', 'new'],
        [String(block(19)), '19', '2048', 'descriptors'],
        [String(block(18)), '18', '2048', 'descriptors'],
        [String(block(17)), '17', '2048', 'boot-record'],
      ],
    );
    t.strictSame(await snapshot(folder), before);
  });

  t.test('-q prints nothing', async (t) => {
    const { image, at } = await workplace(t);
    for (const options of [['-o', at('a.iso')], ['--dry-run'], ['--in-place']]) {
      const { code, stdout, stderr } = await cli(['inject', image, '-q', ...options]);
      t.strictSame({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' }, options[0] ?? '');
    }
    const { code, stdout, stderr } = await cli(['inject', image, '-q', '-o', at('b.iso')]);
    t.strictSame({ code, stdout }, { code: 4, stdout: '' });
    t.match(stderr, /ISO_PLAN_ALREADY_BOOTABLE/, 'but an error');
  });

  t.test('--ensure is content with what is there', async (t) => {
    const { folder, image } = await bootableWorkplace(t);
    const before = await snapshot(folder);
    const { code, stdout } = await cli(['inject', image, '--ensure']);
    t.equal(code, 0);
    t.match(stdout, line('Nothing to do', /isolinux\.bin/));
    const report = reportOf(t, await cli(['inject', image, '--ensure', '--json']));
    t.match(report, { alreadyDone: true, output: null, changes: [], bytesChanged: 0 });
    t.strictSame(await snapshot(folder), before);
    await refuses(t, ['inject', image, '--ensure', '--load-size', '8'], 'ISO_PLAN_ALREADY_BOOTABLE', 4);
  });
});

t.test('inject, for programs', async (t) => {
  t.test('a copy', async (t) => {
    const { image, at } = await workplace(t);
    const run = await cli(['inject', image, '-o', at('out.iso'), '--json']);
    t.equal(run.code, 0);
    t.equal(run.stderr, '');
    const report = reportOf(t, run);
    t.match(report, {
      schema: 'isoboot.inject/1',
      input: image,
      output: at('out.iso'),
      mode: 'copy',
      dryRun: false,
      alreadyDone: false,
      bootFile: { path: '/isolinux/isolinux.bin', lba: 36, size: 4885, bootInfoTable: { written: true } },
      boots: { bios: true, uefi: false },
      catalog: { lba: 21, placement: 'free-block' },
      bytesChanged: 8248,
      grownBy: 0,
      size: 438_272,
      mediaCheck: { before: null, after: null },
      undo: null,
      warnings: [],
    });
    t.strictSame(
      objectsAt(report, 'changes').map(({ phase }) => phase),
      ['new', 'new', 'descriptors', 'descriptors', 'boot-record'],
    );
  });

  t.test('in place', async (t) => {
    const { image, at } = await workplace(t);
    const report = reportOf(t, await cli(['inject', image, '--in-place', '--json']));
    t.match(report, { mode: 'in-place', output: image, undo: at('recovery.iso.isoboot-undo') });
    t.match(reportOf(t, await cli(['undo', image, '--json'])), {
      schema: 'isoboot.undo/1',
      state: 'done',
      ranges: 5,
      bytes: 8248,
      sizeBefore: 438_272,
      sizeAfter: 438_272,
    });
  });

  t.test('to standard output: the report is the last line of standard error', async (t) => {
    const { image, at } = await workplace(t);
    const { code, stdoutBytes, stderr } = await cli(['inject', image, '-o', '-', '--json']);
    t.equal(code, 0);
    const report = reportOf(t, { stdout: stderr });
    t.match(report, { mode: 'stream', output: '-' });
    await cli(['inject', image, '-o', at('out.iso'), '-q']);
    t.ok(stdoutBytes.equals(await readFile(at('out.iso'))), 'the image is the one that a copy gives');
    t.equal(report['sha256'], await fileDigest(at('out.iso')));
    t.equal((await cli(['inject', image, '-o', '-', '-q'])).stderr, '', '-q prints nothing here either');
  });

  t.test('a loader of its own makes the image longer', async (t) => {
    const { image, at } = await workplace(t);
    const report = reportOf(
      t,
      await cli(['inject', image, '--boot-file', LOADER, '-o', at('o.iso'), '--json']),
    );
    t.match(objectAt(report, 'bootFile'), { path: 'strict-loader.bin', size: 4885 });
    t.equal(report['size'], 438_272 + Number(report['grownBy']));
    t.equal(report['size'], (await readFile(at('o.iso'))).length);
  });

  t.test('a media check goes in, is kept, and comes out', async (t) => {
    const { image, at } = await workplace(t);
    const inject = async (...options: string[]): Promise<unknown> => {
      const run = await cli(['inject', image, '--dry-run', '--json', ...options]);
      return objectAt(reportOf(t, run), 'mediaCheck')['before'];
    };
    t.equal(await inject(), null);
    const added = reportOf(
      t,
      await cli(['inject', image, '--media-check', 'add', '-o', at('a.iso'), '--json']),
    );
    const { after } = objectAt(added, 'mediaCheck');
    t.match(after, /^[0-9a-f]{32}$/);
    const inspected = reportOf(t, await cli(['inspect', at('a.iso'), '--json']));
    t.equal(objectAt(inspected, 'mediaCheck')['md5'], after);
  });

  t.test('--expect', async (t) => {
    const { folder, image, at } = await workplace(t);
    const good = `sha256:${await fileDigest(image)}`;
    t.equal((await cli(['inject', image, '--expect', good, '-q', '-o', at('a.iso')])).code, 0);
    const bad = `sha512:${'0'.repeat(128)}`;
    const run = await cli(['inject', image, '--expect', bad, '--json', '-o', at('b.iso')]);
    t.equal(codeOf(t, run), 'ISO_SOURCE_DIGEST');
    t.equal(run.code, 1, 'a negative answer');
    t.strictSame((await readdir(folder)).sort(), ['a.iso', 'recovery.iso']);
  });
});

t.test('logs', async (t) => {
  t.test('--log-json is JSON, line by line, on standard error', async (t) => {
    const { image, at } = await workplace(t);
    const { code, stdout, stderr } = await cli(['inject', image, '-o', at('a.iso'), '--log-json', '--json']);
    t.equal(code, 0);
    reportOf(t, { stdout });
    const lines = stderr.trimEnd().split('\n');
    const logged = lines.map((each) => JSON.parse(each) as Record<string, unknown>);
    t.ok(logged.length > 0);
    t.ok(logged.every(({ level, time, msg }) => level === 30 && Number(time) > 0 && typeof msg === 'string'));
    const verbose = await cli(['inject', image, '-o', at('b.iso'), '--log-json', '-v', '-q']);
    t.ok(verbose.stderr.trimEnd().split('\n').length > lines.length, '-v tells more');
    t.equal(verbose.stdout, '');
  });

  t.test('-v is for people', async (t) => {
    const { image, at } = await workplace(t);
    const { stdout, stderr } = await cli(['inject', image, '-o', at('a.iso'), '-v']);
    t.match(stdout, /^Input:/);
    const lines = stderr.trimEnd().split('\n');
    t.ok(lines.length >= 3);
    t.ok(lines.every((each) => /^isoboot: \S/.test(each)));
  });

  t.test('-v shows where an error comes from', async (t) => {
    const run = await cli(['inspect', join(t.testdir({}), 'none.iso'), '-v']);
    t.equal(run.code, 5);
    t.match(run.stderr, /^isoboot: .*\[ISO_SOURCE_NOT_FOUND\]\n/);
    t.match(run.stderr, /\n {4}at /, 'a stack');
    t.match(run.stderr, /\ncaused by: .*ENOENT/);
  });
});
