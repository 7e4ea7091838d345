/** An edited copy: its name, its holes, its sums, and that nothing is left when it fails. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  open,
  readFile,
  readdir,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { IsoError } from '../../src/errors.js';
import { FragmentedSum } from '../../src/layout/media-check-sum.js';
import { applyToCopy, type CopyRequest } from '../../src/sink/copy.js';
import { copyByLoop, copyBySystem, createEmpty } from '../../src/sink/clone.js';
import { solidRuns } from '../../src/sink/hole.js';
import { takeName } from '../../src/sink/name.js';
import { FileSource } from '../../src/source/file-source.js';
import { fileDigest, sha256 } from '../kit/digest.js';
import { withFault } from './fault.js';
import { patchOf, Random, sample } from './sample.js';

const { image, list, sources, expected } = sample(41, { growth: 30_000 });
const POSIX = process.platform !== 'win32';

async function request(t: Test, more: Partial<CopyRequest> = {}): Promise<CopyRequest & { folder: string }> {
  const folder = t.testdir();
  const input = join(folder, 'in.iso');
  await writeFile(input, image);
  return { input, output: join(folder, 'out.iso'), list, sources, force: false, folder, ...more };
}

t.test('the output appears whole, beside nothing else', async (t) => {
  const job = await request(t);
  const result = await applyToCopy(job);
  t.match(result, { output: job.output, size: expected.length });
  t.ok((await readFile(job.output)).equals(expected));
  t.ok((await readFile(join(job.folder, 'in.iso'))).equals(image));
  t.strictSame((await readdir(job.folder)).sort(), ['in.iso', 'out.iso']);
});

t.test('an existing output is replaced only with force', async (t) => {
  const job = await request(t);
  await writeFile(job.output, 'mine');
  await t.rejects(applyToCopy(job), { code: 'ISO_OUTPUT_EXISTS' });
  t.equal(await readFile(job.output, 'utf8'), 'mine');
  await applyToCopy({ ...job, force: true });
  t.ok((await readFile(job.output)).equals(expected));
  await mkdir(join(job.folder, 'folder'));
  const output = join(job.folder, 'folder');
  await t.rejects(applyToCopy({ ...job, output }), { code: 'ISO_OUTPUT_EXISTS' });
  await t.rejects(applyToCopy({ ...job, output, force: true }), { code: 'ISO_OUTPUT_IO' });
  t.strictSame((await readdir(job.folder)).sort(), ['folder', 'in.iso', 'out.iso']);
});

t.test('links as output', { skip: !POSIX }, async (t) => {
  const job = await request(t);
  const target = join(job.folder, 'target.iso');
  await symlink('target.iso', job.output);
  await t.rejects(applyToCopy(job), { code: 'ISO_OUTPUT_EXISTS' });
  await writeFile(target, 'mine');
  const result = await applyToCopy({ ...job, force: true });
  t.equal(result.output, target, 'a link is followed');
  t.ok((await readFile(target)).equals(expected));
});

t.test('an output that appears meanwhile is not overwritten', async (t) => {
  const job = await request(t);
  const then = (): [] => {
    execFileSync(process.execPath, [
      '-e',
      'require("fs").writeFileSync(process.argv[1], "mine")',
      job.output,
    ]);
    return [];
  };
  await t.rejects(applyToCopy({ ...job, digest: { then } }), { code: 'ISO_OUTPUT_EXISTS' });
  t.equal(await readFile(job.output, 'utf8'), 'mine');
  t.strictSame((await readdir(job.folder)).sort(), ['in.iso', 'out.iso']);
});

t.test('a name where links are not to be had', async (t) => {
  const folder = t.testdir({ a: 'new', b: 'old', c: 'third' });
  await t.rejects(takeName(join(folder, 'a'), join(folder, 'b'), false), { code: 'ISO_OUTPUT_EXISTS' });
  await t.rejects(takeName(join(folder, 'a'), join(folder, 'no', 'b'), false), { code: 'ISO_OUTPUT_IO' });
  const mocked = (await t.mockImport('../../src/sink/name.js', {
    'node:fs/promises': {
      ...(await import('node:fs/promises')),
      link: () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' })),
    },
  })) as { takeName: typeof takeName };
  await mocked.takeName(join(folder, 'a'), join(folder, 'd'), false);
  t.equal(await readFile(join(folder, 'd'), 'utf8'), 'new');
  await t.rejects(mocked.takeName(join(folder, 'c'), join(folder, 'b'), false), { message: /exists/ });
  t.equal(await readFile(join(folder, 'b'), 'utf8'), 'old');
  await t.rejects(mocked.takeName(join(folder, 'gone'), join(folder, 'e'), false));
  t.strictSame((await readdir(folder)).sort(), ['b', 'c', 'd'], 'the reserved name is given back');
});

t.test(
  'modes: writable whatever the input is, and not for more people than the input',
  { skip: !POSIX },
  async (t) => {
    for (const [inputMode, wanted] of [
      [0o444, 0o644],
      [0o400, 0o600],
      [0o777, 0o644],
    ] as const) {
      const job = await request(t);
      const old = process.umask(0o022);
      await chmod(join(job.folder, 'in.iso'), inputMode);
      await applyToCopy(job).finally(() => process.umask(old));
      t.equal((await stat(job.output)).mode & 0o777, wanted);
    }
  },
);

t.test('a long name', async (t) => {
  const job = await request(t);
  const output = join(job.folder, `${'\u00e9'.repeat(120)}.iso`);
  await applyToCopy({ ...job, output });
  t.ok((await readFile(output)).equals(expected));
});

/** A file of `size` bytes that holds but a few blocks. */
async function sparse(path: string, size: number): Promise<void> {
  const handle = await open(path, 'wx');
  await handle.write(new Random(1).bytes(10_000), 0, 10_000, 5_000_000);
  await handle.write(Buffer.from('tail'), 0, 4, size - 4);
  await handle.truncate(size);
  await handle.close();
}

t.test('a sparse image stays sparse, with sums and without', { skip: !POSIX }, async (t) => {
  const folder = t.testdir();
  const input = join(folder, 'in.iso');
  const size = 60_000_123;
  await sparse(input, size);
  const head = new Uint8Array(size > 0 ? 100 : 0);
  const patches = [patchOf(50, { kind: 'bytes', bytes: new Random(2).bytes(50) }, head)];
  const wanted = await expectedDigest(
    input,
    patches[0]?.content.kind === 'bytes' ? patches[0].content.bytes : head,
  );
  for (const digest of [undefined, { algorithms: ['sha256'] as const }]) {
    const output = join(folder, digest === undefined ? 'plain.iso' : 'summed.iso');
    const seen: number[] = [];
    const result = await applyToCopy({
      input,
      output,
      list: { patches, oldSize: size, newSize: size },
      sources: new Map(),
      force: false,
      digest,
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    t.ok((await stat(output)).blocks * 512 < 2_000_000, 'few blocks');
    t.equal(await fileDigest(output), wanted);
    t.equal(result.digests?.digests.sha256, digest === undefined ? undefined : wanted);
    t.ok(result.method === 'reflink' || result.method === 'loop');
    t.equal(seen.at(-1) ?? 1, 1);
  }
});

async function expectedDigest(path: string, patch: Uint8Array): Promise<string> {
  const bytes = await readFile(path);
  bytes.set(patch, 50);
  return sha256(bytes);
}

t.test('solid runs', async (t) => {
  const chunk = new Uint8Array(20_000);
  t.strictSame(solidRuns(chunk), []);
  chunk[5000] = 1;
  chunk[9000] = 1;
  chunk[19_999] = 1;
  const runs = solidRuns(chunk).map(({ at, bytes }) => [at, bytes.length]);
  t.strictSame(runs, [
    [4096, 8192],
    [16_384, 3616],
  ]);
});

t.test('every road gives the same bytes and counts up to the end', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'in.iso');
  await writeFile(path, new Random(3).bytes(3_000_001));
  const input = await FileSource.open(path);
  const wanted = await fileDigest(path);
  for (const road of ['system', 'loop']) {
    const output = join(folder, road);
    const seen: { done: number; total: number }[] = [];
    const watching = { onProgress: (progress: { done: number; total: number }) => void seen.push(progress) };
    if (road === 'loop') {
      await createEmpty(output, input);
      await copyByLoop(input, output, watching);
    } else {
      t.equal(await copyBySystem(input, output, 0o600, watching), true);
    }
    t.equal(await fileDigest(output), wanted);
    t.strictSame(seen.at(-1), { done: input.size, total: input.size });
  }
  await input.close();
});

t.test('sums that go into the copy itself', async (t) => {
  const bytes = new Random(4).bytes(2_000_000);
  const folder = t.testdir();
  const input = join(folder, 'in.iso');
  await writeFile(input, bytes);
  const blank = patchOf(33_651, { kind: 'bytes', bytes: new Uint8Array(512).fill(0x20) }, bytes);
  const size = bytes.length;
  const mediaCheck = { coveredBytes: 1_900_544, fieldOffset: 33_651 };
  const then: NonNullable<NonNullable<CopyRequest['digest']>['then']> = ({ mediaCheck: sum }) => [
    patchOf(33_651, { kind: 'bytes', bytes: Buffer.from(sum?.md5 ?? '') }, bytes, 'pointers'),
  ];
  const list = { patches: [blank], oldSize: size, newSize: size };
  const output = join(folder, 'out.iso');
  const result = await applyToCopy({
    input,
    output,
    list,
    sources: new Map(),
    force: false,
    digest: { mediaCheck, then },
  });
  const sum = new FragmentedSum(() => createHash('md5'), mediaCheck.coveredBytes, 33_651);
  const copy = await readFile(output);
  sum.update(copy, 0);
  t.strictSame(result.digests?.mediaCheck, sum.finish());
  t.equal(copy.toString('latin1', 33_651, 33_683), result.digests?.mediaCheck?.md5);
});

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

async function largeEdit(folder: string) {
  const input = join(folder, 'large');
  await writeFile(input, Buffer.alloc(5_000_000, 1));
  return { input, list: { patches: [], oldSize: 5_000_000, newSize: 5_000_000 } };
}

t.test('the same file under another name is not harmed', async (t) => {
  const job = await request(t);
  await link(join(job.folder, 'in.iso'), job.output);
  await applyToCopy({ ...job, force: true });
  t.ok((await readFile(join(job.folder, 'in.iso'))).equals(image));
  t.ok((await readFile(job.output)).equals(expected));
});
