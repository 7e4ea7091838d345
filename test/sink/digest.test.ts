/** The digest thread: digests of files, what it writes, its failures and its end. */
import { createHash } from 'node:crypto';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { digestFile, digestOverlay } from '../../src/sink/digest.js';
import { OverlaySource } from '../../src/sink/overlay.js';
import { FileSource } from '../../src/source/file-source.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { sha256 } from '../kit/digest.js';
import { patchOf, Random, sample } from './sample.js';

t.test('the digests of a file', async (t) => {
  const bytes = new Random(1).bytes(1_234_567);
  const path = join(t.testdir(), 'file');
  await writeFile(path, bytes);
  const seen: { done: number; total: number }[] = [];
  const onProgress = (progress: { done: number; total: number }): void => void seen.push(progress);
  const digests = await digestFile(path, ['md5', 'sha256', 'sha512'], { onProgress });
  for (const algorithm of ['md5', 'sha256', 'sha512'] as const) {
    t.equal(digests[algorithm], createHash(algorithm).update(bytes).digest('hex'));
  }
  t.strictSame(seen.at(-1), { done: bytes.length, total: bytes.length });
  await t.rejects(digestFile(`${path}.no`, ['md5']), { code: 'ISO_SOURCE_NOT_FOUND' });
});

t.test('images and sources in memory, and the output of the same pass', async (t) => {
  const { image, list, sources, expected } = sample(51, { growth: 40_000 });
  const ways: readonly (readonly [boolean, boolean])[] = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ];
  for (const [holes, inTurn] of ways) {
    const path = join(t.testdir({ out: '' }), 'out');
    const base = new MemorySource(image);
    const output = { path, holes, inTurn };
    const result = await digestOverlay({ base, list, sources, algorithms: ['sha256'], output });
    t.equal(result.digests.sha256, sha256(expected));
    t.equal(result.runningMd5, undefined);
    t.ok((await readFile(path)).equals(expected));
  }
});

t.test('patches that are views of a larger buffer, and a boot file by its path', async (t) => {
  const large = new Random(2).bytes(300_000);
  const image = new Random(3).bytes(100_000);
  const folder = t.testdir();
  const path = join(folder, 'image.iso');
  await writeFile(path, image);
  await writeFile(join(folder, 'boot'), large);
  const patches = [
    patchOf(700, { kind: 'bytes', bytes: large.subarray(100, 400) }, image),
    patchOf(750, { kind: 'bytes', bytes: large.subarray(1100, 1200) }, image),
    patchOf(100_000, { kind: 'source', source: 'boot-file', offset: 5, length: 299_000 }, image),
    patchOf(5000, { kind: 'source', source: 'image', offset: 90_000, length: 100 }, image),
  ];
  const list = { patches, oldSize: 100_000, newSize: 400_000 };
  const base = await FileSource.open(path);
  const sources = new Map([['boot-file', await FileSource.open(join(folder, 'boot'))]] as const);
  const whole = await new OverlaySource(base, list, sources).read(0, 400_000);
  const { digests } = await digestOverlay({ base, list, sources, algorithms: ['md5'] });
  t.equal(digests.md5, createHash('md5').update(whole).digest('hex'));
  await t.rejects(digestOverlay({ base, list, algorithms: ['md5'] }), { code: 'ISO_INTERNAL' });
  const output = { path: join(folder, 'no', 'out'), holes: false };
  await t.rejects(digestOverlay({ base, output }), { code: 'ISO_OUTPUT_IO' });
  await truncate(path, 99_999);
  await t.rejects(digestOverlay({ base, list, sources }), { code: 'ISO_SOURCE_CHANGED', offset: 99_999 });
  await base.close();
  await sources.get('boot-file')?.close();
});

t.test('a full disk', { skip: process.platform !== 'linux' }, async (t) => {
  const base = new MemorySource(new Random(4).bytes(2_000_000));
  await t.rejects(digestOverlay({ base, output: { path: '/dev/full', holes: false } }), {
    code: 'ISO_OUTPUT_IO',
  });
});

t.test('cancelling ends it at once', async (t) => {
  const path = join(t.testdir(), 'large');
  await writeFile(path, '');
  await truncate(path, 20_000_000_000);
  const controller = new AbortController();
  const start = performance.now();
  let reports = 0;
  const onProgress = (): void => {
    reports += 1;
    if (reports === 3) {
      controller.abort();
    }
  };
  const { signal } = controller;
  await t.rejects(digestFile(path, ['md5'], { signal, onProgress }), { code: 'ISO_INTERRUPTED' });
  t.ok(performance.now() - start < 8000);
  t.equal(reports, 3, 'and says nothing afterwards');
  await t.rejects(digestFile(path, ['md5'], { signal }), { code: 'ISO_INTERRUPTED' });
  t.equal((await stat(path)).size, 20_000_000_000);
});
