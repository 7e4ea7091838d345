/** An edited copy: its name, its mode, its holes and its sums. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { mediaCheckCover } from '../../src/layout/media-check-sum.js';
import { RunningMd5 } from '../../src/layout/running-md5.js';
import { applyToCopy, type CopyRequest } from '../../src/sink/copy.js';
import { copyByLoop, copyBySystem, createEmpty } from '../../src/sink/clone.js';
import { solidRuns } from '../../src/sink/hole.js';
import { takeName } from '../../src/sink/name.js';
import { FileSource } from '../../src/source/file-source.js';
import { fileDigest, sha256 } from '../kit/digest.js';
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
  const mocked = await t.mockImport<{ takeName: typeof takeName }>('../../src/sink/name.js', {
    'node:fs/promises': {
      ...(await import('node:fs/promises')),
      link: () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' })),
    },
  });
  await mocked.takeName(join(folder, 'a'), join(folder, 'd'), false);
  t.equal(await readFile(join(folder, 'd'), 'utf8'), 'new');
  await t.rejects(mocked.takeName(join(folder, 'c'), join(folder, 'b'), false), {
    code: 'ISO_OUTPUT_EXISTS',
  });
  t.equal(await readFile(join(folder, 'b'), 'utf8'), 'old');
  await t.rejects(mocked.takeName(join(folder, 'gone'), join(folder, 'e'), false), { code: 'ISO_OUTPUT_IO' });
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
  const head = new Uint8Array(100);
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

t.test('solid runs', (t) => {
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
  t.end();
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
      createEmpty(output, input);
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
  const runningMd5 = mediaCheckCover(1_900_544, 33_651);
  const then: NonNullable<NonNullable<CopyRequest['digest']>['then']> = ({ runningMd5: sum }) => [
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
    digest: { runningMd5, then },
  });
  const sum = new RunningMd5(() => createHash('md5'), runningMd5);
  const copy = await readFile(output);
  sum.update(copy, 0);
  t.strictSame(result.digests?.runningMd5, sum.finish());
  t.equal(copy.toString('latin1', 33_651, 33_683), result.digests?.runningMd5?.md5);
});

t.test('the same file under another name is not harmed', async (t) => {
  const job = await request(t);
  await link(join(job.folder, 'in.iso'), job.output);
  await applyToCopy({ ...job, force: true });
  t.ok((await readFile(join(job.folder, 'in.iso'))).equals(image));
  t.ok((await readFile(job.output)).equals(expected));
});
