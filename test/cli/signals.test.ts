/** Signals and closed pipes, as whoever started the program sees them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { parseTemporaryName } from '../../src/sink/temporary-name.js';
import { fileDigest } from '../kit/digest.js';
import { BIN } from '../kit/isoboot.js';
import { SAMPLE } from './machine.js';

/** Holes: made at once, and read for much longer than a signal takes. */
const SIZE = 20_000_000_000;

const POSIX = process.platform !== 'win32';

/** How the program ended. */
interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without what the test runner loads into every program that it starts: that listens for signals, too. */
function start(args: readonly string[]): ChildProcess {
  const command = ['-u', 'NODE_OPTIONS', process.execPath, BIN, ...args];
  return spawn('env', command, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function endOf(child: ChildProcess): Promise<End> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString('latin1', 0, 4096)));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

/** Resolves once a temporary file is in the folder. */
async function begun(folder: string): Promise<void> {
  while (!(await readdir(folder)).some((name) => parseTemporaryName(name) !== undefined)) {
    await setTimeout(5);
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`${signal} while a copy is made`, { skip: !POSIX }, async (t) => {
    const folder = t.testdir({});
    const image = join(folder, 'large.iso');
    await copyFile(SAMPLE, image);
    await truncate(image, SIZE);
    // The sum has all of it read.
    const args = ['inject', image, '-o', join(folder, 'out.iso'), '--media-check', 'add'];
    const child = start(args);
    const ending = endOf(child);
    await Promise.race([begun(folder), ending]);
    t.ok(child.kill(signal), 'it runs');
    t.match(await ending, { code: null, signal, stderr: '[ISO_INTERRUPTED]' });
    t.strictSame(await readdir(folder), ['large.iso'], 'nothing is left');
  });
}

t.test('a batch is asked to stop', { skip: !POSIX }, async (t) => {
  const startBatch = async (t: Test, size: number): Promise<{ folder: string; child: ChildProcess }> => {
    const folder = t.testdir({});
    for (const name of ['a.iso', 'b.iso']) {
      await copyFile(SAMPLE, join(folder, name));
      await truncate(join(folder, name), size);
    }
    const out = join(folder, 'out');
    const options = ['--jobs', '1', '--media-check', 'add', '--out-dir', out, '--json'];
    const child = start(['batch', folder, ...options]);
    await mkdir(out);
    await begun(out);
    return { folder: out, child };
  };

  await t.test('once: the job under way is finished, and no other is started', async (t) => {
    const { folder, child } = await startBatch(t, 400_000_000);
    const ending = endOf(child);
    t.ok(child.kill('SIGINT'), 'it runs');
    t.match(await ending, {
      code: null,
      signal: 'SIGINT',
      stdout: '"done":1,"skipped":0',
      stderr: 'once more',
    });
    t.match(await ending, { stdout: '"cancelled":0,"notStarted":1' });
    t.strictSame(await readdir(folder), ['a-bootable.iso']);
  });

  await t.test('twice: it is cancelled', async (t) => {
    const { folder, child } = await startBatch(t, SIZE);
    const ending = endOf(child);
    child.kill('SIGINT');
    await once(child.stderr ?? child, 'data');
    t.equal(child.exitCode, null, 'it goes on');
    t.ok(child.kill('SIGINT'), 'it runs');
    t.match(await ending, { code: null, signal: 'SIGINT', stdout: '"cancelled":1,"notStarted":1' });
    t.strictSame(await readdir(folder), [], 'nothing is left');
  });

  await t.test('by another signal: it is cancelled at once', async (t) => {
    const { folder, child } = await startBatch(t, SIZE);
    const ending = endOf(child);
    t.ok(child.kill('SIGTERM'), 'it runs');
    t.match(await ending, { code: null, signal: 'SIGTERM', stdout: '"cancelled":1,"notStarted":1' });
    t.strictSame(await readdir(folder), [], 'nothing is left');
  });
});

t.test('a reader that goes away', { skip: !POSIX }, async (t) => {
  const folder = t.testdir({});
  const image = join(folder, 'large.iso');
  await copyFile(SAMPLE, image);
  await truncate(image, 50_000_000);
  const before = await fileDigest(image);
  const child = start(['inject', image, '-o', '-']);
  const ending = endOf(child);
  child.stdout?.once('data', () => child.stdout?.destroy());
  t.match(await ending, { code: 5, signal: null, stderr: /^$/ }, 'and nothing is said of it');
  t.equal(await fileDigest(image), before);
  t.strictSame(await readdir(folder), ['large.iso']);
});
