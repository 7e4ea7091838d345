/** An edited copy that is cancelled, fails, or goes into a pipe. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { IsoError } from '../../src/errors.js';
import { applyToCopy, type CopyRequest } from '../../src/sink/copy.js';
import { withFault } from '../kit/fault.js';
import { sample } from './sample.js';

const { image, list, sources, expected } = sample(41, { growth: 30_000 });
const POSIX = process.platform !== 'win32';

async function request(t: Test, more: Partial<CopyRequest> = {}): Promise<CopyRequest & { folder: string }> {
  const folder = t.testdir();
  const input = join(folder, 'in.iso');
  await writeFile(input, image);
  return { input, output: join(folder, 'out.iso'), list, sources, force: false, folder, ...more };
}

t.test('cancelling leaves nothing', async (t) => {
  const folder = t.testdir();
  const input = join(folder, 'in.iso');
  const size = 400_000_000;
  await writeFile(input, Buffer.alloc(64_000_000, 7));
  const sparseInput = join(folder, 'sparse.iso');
  await writeFile(sparseInput, 'x');
  await truncate(sparseInput, size);
  for (const path of [input, sparseInput]) {
    for (const digest of [undefined, { algorithms: ['md5', 'sha256', 'sha512'] as const }]) {
      for (const delay of [0, 5, 40]) {
        const { size: oldSize } = await stat(path);
        const controller = new AbortController();
        setTimeout(() => controller.abort(), delay);
        const { signal } = controller;
        const job = {
          input: path,
          output: join(folder, 'out.iso'),
          sources: new Map(),
          force: true,
          digest,
          signal,
        };
        const copying = applyToCopy({ ...job, list: { patches: [], oldSize, newSize: oldSize } });
        const outcome = await copying.then(
          () => 'done',
          (error: unknown) => (error instanceof IsoError ? error.code : String(error)),
        );
        t.ok(outcome === 'ISO_INTERRUPTED' || outcome === 'done', outcome);
        const names = (await readdir(folder)).filter((name) => !name.endsWith('.iso') || outcome !== 'done');
        t.strictSame(
          names.filter((name) => name.includes('isoboot')),
          [],
        );
      }
    }
  }
  await t.rejects(applyToCopy({ ...(await request(t)), signal: AbortSignal.abort() }), {
    code: 'ISO_INTERRUPTED',
  });
});

t.test('a failure anywhere leaves nothing', async (t) => {
  for (const [code, wanted] of [
    ['ENOSPC', 'ISO_OUTPUT_IO'],
    ['EIO', 'ISO_OUTPUT_IO'],
  ] as const) {
    for (let at = 0; ; at += 1) {
      const job = await request(t);
      const fault = { methods: ['write', 'sync', 'truncate'], at, lasts: 'once', code } as const;
      const { error } = await withFault(join(job.folder, 'in.iso'), fault, () => applyToCopy(job));
      if (error === undefined) {
        t.ok(at > 10);
        break;
      }
      t.ok(error instanceof IsoError && error.code === wanted);
      // The last sync is that of the folder: the copy has its name by then, and is whole.
      const names = (await readdir(job.folder)).sort();
      const whole = names.includes('out.iso') && (await readFile(job.output)).equals(expected);
      t.ok(whole || names.join() === 'in.iso', names.join());
    }
  }
  const job = await request(t);
  await t.rejects(applyToCopy({ ...job, output: join(job.folder, 'no', 'out.iso') }), {
    code: 'ISO_OUTPUT_IO',
  });
  const shorter = { ...list, oldSize: list.oldSize - 1 };
  await t.rejects(applyToCopy({ ...job, list: shorter }), { code: 'ISO_SOURCE_CHANGED' });
  await t.rejects(applyToCopy({ ...job, input: join(job.folder, 'no') }), { code: 'ISO_SOURCE_NOT_FOUND' });
  const failing = (): never => {
    throw new IsoError('ISO_MEDIA_CHECK_FIELD', 'no');
  };
  await t.rejects(applyToCopy({ ...job, digest: { then: failing } }), { code: 'ISO_MEDIA_CHECK_FIELD' });
  t.strictSame(await readdir(job.folder), ['in.iso']);
});

t.test('an input that changes while it is copied', async (t) => {
  const job = await request(t);
  const then = (): [] => {
    const script = 'require("fs").appendFileSync(process.argv[1], "more")';
    execFileSync(process.execPath, ['-e', script, join(job.folder, 'in.iso')]);
    return [];
  };
  await t.rejects(applyToCopy({ ...job, digest: { then } }), { code: 'ISO_SOURCE_CHANGED' });
  t.strictSame(await readdir(job.folder), ['in.iso']);
});

t.test('a pipe as output is written straight', { skip: !POSIX }, async (t) => {
  const job = await request(t);
  execFileSync('mkfifo', [job.output]);
  const chunks: Buffer[] = [];
  const reader = createReadStream(job.output);
  reader.on('data', (chunk) => chunks.push(chunk as Buffer));
  const ended = once(reader, 'end');
  t.match(await applyToCopy(job), { method: 'stream', size: expected.length });
  await ended;
  t.ok(Buffer.concat(chunks).equals(expected));
  t.ok((await stat(job.output)).isFIFO());
  t.strictSame((await readdir(job.folder)).sort(), ['in.iso', 'out.iso']);

  const closing = createReadStream(job.output);
  closing.once('data', () => closing.destroy());
  const { list: large, input } = await largeEdit(job.folder);
  await t.rejects(applyToCopy({ ...job, input, list: large }), { code: 'ISO_OUTPUT_CLOSED' });
  t.match(await applyToCopy({ ...job, output: '/dev/null' }), { method: 'stream' });
  const full = applyToCopy({ ...job, output: '/dev/full' });
  await t.rejects(full, { code: 'ISO_OUTPUT_IO' });
});

t.test('cancelling while a pipe keeps it waiting', { skip: !POSIX }, async (t) => {
  const job = await request(t);
  const { list: large, input } = await largeEdit(job.folder);
  execFileSync('mkfifo', [job.output]);
  const waiting = new AbortController();
  setTimeout(() => waiting.abort(), 20);
  await t.rejects(applyToCopy({ ...job, signal: waiting.signal }), { code: 'ISO_INTERRUPTED' }, 'no reader');

  const idle = createReadStream(job.output);
  const stalled = new AbortController();
  idle.once('readable', () => stalled.abort());
  const { signal } = stalled;
  const copying = applyToCopy({ ...job, input, list: large, signal });
  await t.rejects(copying, { code: 'ISO_INTERRUPTED' }, 'a reader that does not read on');
  idle.destroy();
  t.strictSame((await readdir(job.folder)).sort(), ['in.iso', 'large', 'out.iso']);
});

async function largeEdit(folder: string) {
  const input = join(folder, 'large');
  await writeFile(input, Buffer.alloc(5_000_000, 1));
  return { input, list: { patches: [], oldSize: 5_000_000, newSize: 5_000_000 } };
}
