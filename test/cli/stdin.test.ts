/** Images from standard input: what is printed, and what is left. */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import t from 'tap';
import { sha256 } from '../kit/digest.js';
import { BIN } from '../kit/isoboot.js';
import { inPieces } from '../kit/piecewise.js';
import { block, bootableWorkplace, cli, refuses, reportOf, SAMPLE, workplace } from './machine.js';

t.test('through a pipe: the image on standard output, the report on standard error', async (t) => {
  const bytes = await readFile(SAMPLE);
  const { folder, image } = await workplace(t);
  const wanted = sha256((await cli(['inject', image, '-o', '-', '-q'])).stdoutBytes);
  for (const pieceLength of [1, 2_047, 1_048_576]) {
    const found = await cli(['inject', '-', '-o', '-'], { stdin: inPieces(bytes, pieceLength) });
    t.equal(found.code, 0);
    t.equal(sha256(found.stdoutBytes), wanted, `pieces of ${pieceLength}`);
    t.match(found.stderr, /^Input: +-$/m);
    t.notMatch(found.stderr, /temporary/, 'in one pass');
  }
  const json = await cli(['inject', '-', '-o', '-', '--json'], { stdin: inPieces(bytes, 2_047) });
  t.match(JSON.parse(json.stderr), { input: '-', output: '-', mode: 'stream', sha256: wanted });
  t.strictSame(await readdir(folder), ['recovery.iso']);
});

t.test('a detour is said, but not to who wants quiet', async (t) => {
  const bytes = await readFile(SAMPLE);
  const argv = ['inject', '-', '-o', '-', '--media-check', 'add'];
  const told = await cli(argv, { stdin: inPieces(bytes, 65_536) });
  t.match(
    told.stderr,
    /^isoboot: the image from standard input goes through the temporary file .*, since the MD5/m,
  );
  const quiet = await cli([...argv, '-q'], { stdin: inPieces(bytes, 65_536) });
  t.equal(quiet.stderr, '');
  t.ok(quiet.stdoutBytes.equals(told.stdoutBytes));
});

t.test('into a file, and by a dry run', async (t) => {
  const { at } = await workplace(t);
  const bytes = await readFile(SAMPLE);
  const report = reportOf(
    t,
    await cli(['inject', '-', '-o', at('out.iso'), '--json'], { stdin: inPieces(bytes, 2_047) }),
  );
  t.match(report, { input: '-', output: at('out.iso'), mode: 'copy' });
  t.equal((await readFile(at('out.iso'))).length, report['size']);
  const dry = await cli(['inject', '-', '--dry-run'], { stdin: inPieces(bytes, 2_047) });
  t.match(dry, { code: 0, stdout: 'Would change:' });
});

t.test('what only reads', async (t) => {
  const { image, at } = await bootableWorkplace(t);
  const bytes = await readFile(image);
  const stdin = (): Readable => inPieces(bytes, 65_536);
  for (const argv of [['inspect'], ['ls', '-R'], ['compare', '--against', image]]) {
    const [command = '', ...more] = argv;
    const fromFile = reportOf(t, await cli([command, image, ...more, '--json']));
    const found = reportOf(t, await cli([command, '-', ...more, '--json'], { stdin: stdin() }));
    t.strictSame(found, { ...fromFile, input: '-' }, command);
  }
  const saved = await cli(['extract-boot', '-', '-o', at('boot.bin'), '--json'], { stdin: stdin() });
  t.equal(reportOf(t, saved)['sha256'], sha256(await readFile(at('boot.bin'))));
  const removed = await cli(['remove-boot', '-', '-o', '-', '-q'], { stdin: stdin() });
  t.ok(removed.stdoutBytes.equals((await cli(['remove-boot', image, '-o', '-', '-q'])).stdoutBytes));
  const files = await cli(['extract', '-', '/', '-o', at('files'), '--json'], { stdin: stdin() });
  t.match(reportOf(t, files), { input: '-' });
});

t.test('mistakes', async (t) => {
  const { image } = await workplace(t);
  for (const command of ['inject', 'extract-boot', 'remove-boot']) {
    await refuses(t, [command, '-'], 'ISO_USAGE_ARGUMENT', 2);
  }
  await refuses(t, ['inject', '-', '--in-place'], 'ISO_USAGE_ARGUMENT', 2);
  await refuses(t, ['undo', '-'], 'ISO_UNDO_NONE', 4);
  await refuses(t, ['compare', '-', '--against', '-'], 'ISO_USAGE_CONFLICT', 2);
  for (const argv of [
    ['inspect', '-'],
    ['ls', '-'],
    ['extract', '-', '/', '-o', 'files'],
    ['media-check', '-'],
  ]) {
    await refuses(t, argv, 'ISO_SOURCE_EMPTY', 3);
  }
  await refuses(t, ['inject', '-', '-o', `${image}.out`], 'ISO_SOURCE_EMPTY', 3);
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  await refuses(t, ['inspect', '-'], 'ISO_USAGE_ARGUMENT', 2, { stdin: terminal });
});

t.test('a stream that ends early or is no image', async (t) => {
  const bytes = await readFile(SAMPLE);
  for (const [length, code] of [
    [block(17), 'ISO_VOLUME_NO_TERMINATOR'],
    [block(30), 'ISO_SOURCE_TRUNCATED'],
  ] as const) {
    const run = await cli(['inject', '-', '-o', '-', '--json'], {
      stdin: inPieces(bytes.subarray(0, length), 2_047),
    });
    t.match(run, { code: 3, stdout: '' }, `${length} bytes`);
    t.match(JSON.parse(run.stderr), { error: { code } });
  }
  const noise = await cli(['inject', '-', '-o', '-'], {
    stdin: inPieces(Buffer.alloc(200_000, 'noise'), 2_047),
  });
  t.match(noise, {
    code: 3,
    stdout: '',
    stderr: /^isoboot: standard input is not .*\[ISO_VOLUME_NOT_ISO9660\]\n$/,
  });
});

t.test('real pipes: a slow reader, and one that goes away', async (t) => {
  const start = () => {
    const child = spawn(process.execPath, [BIN, 'inject', '-', '-o', '-', '-q'], { stdio: 'pipe' });
    child.stdin.on('error', () => undefined);
    createReadStream(SAMPLE, { highWaterMark: 1_000 }).pipe(child.stdin);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ending = new Promise((resolve) =>
      child.on('close', (code, signal) => resolve({ code, signal, stderr })),
    );
    return { child, ending };
  };
  const slow = start();
  const parts: Buffer[] = [];
  for await (const part of slow.child.stdout) {
    parts.push(part as Buffer);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  t.strictSame(await slow.ending, { code: 0, signal: null, stderr: '' });
  t.equal(sha256(Buffer.concat(parts)), sha256((await cli(['inject', SAMPLE, '-o', '-', '-q'])).stdoutBytes));

  const away = start();
  away.child.stdout.once('data', () => away.child.stdout.destroy());
  t.strictSame(await away.ending, { code: 5, signal: null, stderr: '' }, 'nothing is said of it');
});
