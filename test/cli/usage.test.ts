/** What the command line refuses before it does anything, and how it starts and stops. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { snapshot } from '../kit/digest.js';
import { isoboot } from '../kit/isoboot.js';
import { run } from '../kit/tools.js';
import { bootableWorkplace, cli, codeOf, refuses, reportOf, SAMPLE, workplace } from './machine.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMANDS = ['inject', 'extract-boot', 'remove-boot', 'inspect', 'ls', 'extract', 'undo'];

/** Arguments that do not say what is wanted, behind the image. */
const WRONG_ARGUMENTS: readonly (readonly string[])[] = [
  ['inject', '--no-such-option'],
  ['inject', '--donor-entry', 'one', '--donor', SAMPLE],
  ['inject', '--donor-entry', '0', '--donor', SAMPLE],
  ['inject', '--load-size', '65536'],
  ['inject', '--load-size', '4.5'],
  ['inject', '--load-size', '1e3'],
  ['inject', '--load-size', ''],
  ['inject', '--load-size', 'all'],
  ['inject', '--load-segment', '0x10000'],
  ['inject', '--load-segment', '07c0h'],
  ['inject', '--emulation', 'floppy'],
  ['inject', '--platform', 'arm'],
  ['inject', '--media-check', 'maybe'],
  ['inject', '--id', 'x'.repeat(25)],
  ['inject', '--id', 'Größe'],
  ['inject', '--expect', 'sha256:0'],
  ['inject', '--expect', 'sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  ['inject', '--expect', '0'.repeat(64)],
  ['inject', '-o'],
  ['inject', '-o', ''],
  ['inject', '--boot-path', ''],
  ['inject', '--boot-file', ''],
  ['inject', '--donor', ''],
  ['inject', '--in-place', '--undo-file', ''],
  ['inject', 'one.iso', 'two.iso'],
  ['inject', '--add'],
  ['inject', '--add', ''],
  ['inject', '--add', 'foo'],
  ['inject', '--add', 'efi:foo'],
  ['inject', '--add', 'efi:@'],
  ['inject', '--add', 'bios:@floppy.img'],
  ['inject', '--add', 'bios:/isolinux/isolinux.bin', '--add', 'mac:/x'],
  ['remove-boot', '-o', ''],
  ['remove-boot', '--media-check', 'add'],
  ['remove-boot', '--replace'],
  ['remove-boot', '--expect', 'sha256:0'],
  ['remove-boot', 'two.iso'],
  ['extract'],
  ['extract', '/'],
  ['extract', '/', '-o', ''],
  ['extract', '', '-o', 'folder'],
  ['extract', '/', '-o', 'folder', '--names', 'udf'],
  ['extract-boot', '--entry', '0'],
  ['extract-boot', '--entry', '-1'],
  ['extract-boot', '--entry', '2nd'],
  ['extract-boot', '--all', ''],
  ['extract-boot', '-o', ''],
  ['ls', '--names', 'best'],
  ['ls', '/', '/isolinux'],
  ['undo', '--undo-file', ''],
  ['inspect', '--dry-run'],
];

/** Options that exclude each other, behind the image. */
const CONFLICTS: readonly (readonly string[])[] = [
  ['inject', '--boot-path', '/a', '--boot-file', 'b'],
  ['inject', '--boot-path', '/a', '--donor', 'c'],
  ['inject', '--boot-file', 'b', '--donor', 'c'],
  ['inject', '--donor-entry', '1'],
  ['inject', '-o', 'x.iso', '--in-place'],
  ['inject', '--in-place', '--undo-file', 'u', '--no-undo'],
  ['inject', '--undo-file', 'u'],
  ['inject', '--undo-file', 'u', '-o', 'x.iso'],
  ['inject', '--add', 'efi:@a', '--add', 'efi:@b'],
  ['remove-boot', '-o', 'x.iso', '--in-place'],
  ['remove-boot', '--in-place', '--undo-file', 'u', '--no-undo'],
  ['remove-boot', '--undo-file', 'u'],
  ['extract-boot', '--entry', '1', '--catalog'],
  ['extract-boot', '--all', 'd', '--catalog'],
  ['extract-boot', '--all', 'd', '--entry', '1'],
  ['extract-boot', '--all', 'd', '-o', 'x'],
];

/** Options of a later version, behind the image. */
const NOT_YET: readonly (readonly string[])[] = [
  ['inject', '--boot-as', '/x'],
  ['inject', '--catalog-path', '/x'],
  ['inject', '--replace-file', '/x'],
];

t.test('usage errors', async (t) => {
  const { folder, image } = await workplace(t);
  const before = await snapshot(folder);
  const behindImage = ([command = '', ...rest]: readonly string[]): string[] => [command, image, ...rest];

  await refuses(t, [], 'ISO_USAGE_ARGUMENT', 2);
  await refuses(t, ['burn', image], 'ISO_USAGE_ARGUMENT', 2);
  await refuses(t, ['injct', image], 'ISO_USAGE_ARGUMENT', 2);
  for (const command of COMMANDS) {
    await refuses(t, [command], 'ISO_USAGE_ARGUMENT', 2);
    await refuses(t, [command, ''], 'ISO_USAGE_ARGUMENT', 2);
    const more = command === 'extract' ? ['/', '-o', join(folder, 'files')] : [];
    const [code, exit] =
      command === 'undo' ? (['ISO_UNDO_NONE', 4] as const) : (['ISO_SOURCE_NOT_FOUND', 5] as const);
    await refuses(t, [command, join(folder, 'none.iso'), ...more], code, exit);
  }
  for (const argv of WRONG_ARGUMENTS) {
    await refuses(t, behindImage(argv), 'ISO_USAGE_ARGUMENT', 2);
  }
  for (const argv of CONFLICTS) {
    await refuses(t, behindImage(argv), 'ISO_USAGE_CONFLICT', 2);
  }
  for (const argv of NOT_YET) {
    await refuses(t, behindImage(argv), 'ISO_USAGE_NOT_YET', 2);
  }
  await refuses(t, ['inject', image, '-o', image], 'ISO_USAGE_SAME_FILE', 2);
  await refuses(t, ['inject', image, '-o', folder], 'ISO_OUTPUT_EXISTS', 4);
  await refuses(t, ['inject', image, '-o', folder, '--force'], 'ISO_OUTPUT_IO', 5);
  await refuses(t, ['inject', image, '-o', join(folder, 'none', 'x.iso')], 'ISO_OUTPUT_IO', 5);
  await refuses(t, ['inject', image, '--add', 'efi:@none.img'], 'ISO_SOURCE_NOT_FOUND', 5);
  await refuses(t, ['inject', image, '--add', 'bios:/none'], 'ISO_TREE_NOT_FOUND', 4);
  await refuses(t, ['inject', image, '--add', 'bios:/isolinux'], 'ISO_TREE_NOT_A_FILE', 4);
  await refuses(t, ['remove-boot', image], 'ISO_BOOT_NONE', 4);
  const piped = await cli(['extract', image, '/', '-o', '-']);
  t.equal(piped.code, 2, 'files do not go down a pipe');
  t.match(piped.stderr, /\[ISO_USAGE_ARGUMENT\]\n$/);
  await refuses(t, ['extract', image, '/', '-o', image], 'ISO_OUTPUT_IO', 5);
  t.strictSame(await snapshot(folder), before, 'nothing was written by any of them');
});

t.test('nothing binary goes to a terminal', async (t) => {
  const { image } = await bootableWorkplace(t);
  for (const argv of [
    ['inject', SAMPLE, '-o', '-'],
    ['extract-boot', image, '-o', '-'],
    ['extract-boot', image, '--catalog', '-o', '-'],
  ]) {
    const { code, stdoutBytes, stderr } = await cli(argv, { terminal: true });
    t.strictSame({ code, bytes: stdoutBytes.length }, { code: 2, bytes: 0 });
    t.match(stderr, /\[ISO_USAGE_ARGUMENT\]\n$/);
  }
});

t.test('errors go where the report would have gone', async (t) => {
  const { image } = await bootableWorkplace(t);
  for (const output of [['-o', '-'], ['-o-'], ['--output', '-'], ['--output=-']]) {
    const { code, stdout, stderr } = await cli(['inject', image, ...output, '--json']);
    t.equal(code, 4);
    t.equal(stdout, '', 'standard output was for the image');
    t.equal(codeOf(t, { stdout: stderr }), 'ISO_PLAN_ALREADY_BOOTABLE', output.join(' '));
  }
});

t.test('no line for people is longer than it has to be', async (t) => {
  const { image, folder, at } = await bootableWorkplace(t);
  const original = at('original.iso');
  await writeFile(at('floppy.img'), new Uint8Array(1_474_560));
  const runs = [
    ['inject', original, '-o', at('out.iso')],
    ['inject', original, '--boot-file', at('floppy.img'), '--emulation', '1.44', '-o', at('floppy.iso')],
    ['inject', original, '--dry-run'],
    ['remove-boot', image, '-o', at('noboot.iso')],
    ...COMMANDS.map((command) => [command, '--help']),
  ];
  for (const argv of runs) {
    const { code, stdout } = await cli(argv);
    t.equal(code, 0, argv.join(' '));
    const named = /^(?:Input|Output|Undo|Next): /;
    const long = stdout.split('\n').filter((line) => line.length > 100 && !named.test(line));
    t.same(long, [], argv.join(' ').replaceAll(folder, ''));
  }
});

t.test('names that start with a minus', async (t) => {
  const { folder, at } = await workplace(t);
  await cp(SAMPLE, at('-disc 1.iso'));
  // Relative to the folder, as a path from the root would not start with a minus.
  const { code, stdout } = await isoboot(['inject', '--json', '--', '-disc 1.iso'], { cwd: folder });
  t.equal(code, 0);
  t.ok((await readdir(folder)).includes('-disc 1-bootable.iso'), 'the output has its name', { stdout });
});

t.test('numbers may be hexadecimal', async (t) => {
  const argv = ['inject', SAMPLE, '--dry-run', '--json', '--load-segment', '0x7c0', '--load-size', '0xA'];
  const report = reportOf(t, await cli(argv));
  t.match(report['entries'], [{ loadSegment: 0x7c0, loadSize: 10 }]);
});

t.test('help and version', async (t) => {
  const manifest = await readFile(join(ROOT, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  for (const argv of [['--version'], ['inspect', '--version']]) {
    const { code, stdout, stderr } = await isoboot(argv);
    t.strictSame(
      { code, stdout: stdout.toString(), stderr },
      { code: 0, stdout: `${version}\n`, stderr: '' },
    );
  }
  const help = await isoboot(['--help']);
  t.equal(help.code, 0);
  for (const command of COMMANDS) {
    t.match(help.stdout.toString(), new RegExp(`isoboot ${command} <image>`), command);
    const own = await isoboot([command, '--help']);
    t.strictSame({ code: own.code, stderr: own.stderr }, { code: 0, stderr: '' });
    t.match(own.stdout.toString(), /--json/);
  }
  t.notMatch((await isoboot(['inject', '--help'])).stdout.toString(), /--catalog-path/, 'no option of later');
});

t.test('a checkout that is not built says so', async (t) => {
  const folder = t.testdir({});
  await mkdir(join(folder, 'isoboot'));
  await cp(join(ROOT, 'bin'), join(folder, 'isoboot', 'bin'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(folder, 'isoboot', 'package.json'));
  const main = join(folder, 'isoboot', 'bin', 'isoboot.js');
  const { code, stdout, stderr } = await run(process.execPath, [main, 'inspect', SAMPLE]);
  t.strictSame({ code, stdout: stdout.length }, { code: 2, stdout: 0 });
  t.match(stderr, /^[^\n]+\n$/, 'one line');
});

t.test('a signal that was given', async (t) => {
  const signal = AbortSignal.abort();
  const { folder, image, at } = await workplace(t);
  const bootable = at('bootable.iso');
  t.equal((await cli(['inject', image, '-o', bootable, '-q'])).code, 0);
  const checked = at('checked.iso');
  t.equal((await cli(['media-check', image, '--implant', '-o', checked, '-q'])).code, 0);
  const before = await snapshot(folder);
  const commands = [
    ['inject', image],
    ['inject', image, '--dry-run'],
    ['inject', image, '-o', at('out.iso')],
    ['inject', image, '-o', '-'],
    ['inject', image, '--in-place'],
    ['inject', image, '--in-place', '--no-undo'],
    ['inject', image, '--media-check', 'add'],
    ['media-check', image, '--implant'],
    ['media-check', checked],
    ['media-check', image, '--implant', '--in-place'],
    ['inject', image, '--expect', `md5:${'0'.repeat(32)}`],
    ['extract-boot', image, '-o', at('boot.bif')],
    ['extract-boot', bootable, '-o', at('boot.bif')],
    ['extract-boot', bootable, '--catalog', '-o', '-'],
  ];
  for (const argv of commands) {
    const { code, stdoutBytes, stderr } = await cli(argv, { signal });
    const name = argv.map((word) => word.replace(folder, '')).join(' ');
    t.strictSame({ code, bytes: stdoutBytes.length }, { code: 5, bytes: 0 }, name);
    t.match(stderr, /\[ISO_INTERRUPTED\]\n$/, name);
    t.strictSame(await snapshot(folder), before, `${name}: leaves nothing`);
  }
});

t.test('a signal during undo leaves the edit and its undo file', async (t) => {
  const { folder, image } = await workplace(t);
  t.equal((await cli(['inject', image, '--in-place', '-q'])).code, 0);
  const before = await snapshot(folder);
  const { code, stdout } = await cli(['undo', image, '--json'], { signal: AbortSignal.abort() });
  t.equal(code, 5);
  t.equal(codeOf(t, { stdout }), 'ISO_INTERRUPTED');
  t.strictSame(await snapshot(folder), before);
  t.strictSame((await readdir(folder)).sort(), ['recovery.iso', 'recovery.iso.isoboot-undo']);
});
