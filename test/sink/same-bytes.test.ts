/** In place, as a copy and as a stream: one list, the same bytes; and undo gives the original back. */
import { readFile, writeFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import t from 'tap';
import { applyToCopy } from '../../src/sink/copy.js';
import { digestOverlay } from '../../src/sink/digest.js';
import { applyInPlace } from '../../src/sink/in-place.js';
import { OverlaySource } from '../../src/sink/overlay.js';
import { overlayChunk, resolveLayers } from '../../src/sink/segment.js';
import { applyToStream } from '../../src/sink/stream.js';
import { undoEdit } from '../../src/sink/undo.js';
import { FileSource } from '../../src/source/file-source.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { sha256 } from '../kit/digest.js';
import { patchOf, Random, sample } from './sample.js';

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);

/** tap's own comparison of long arrays takes seconds. */
function same(found: Uint8Array, wanted: Uint8Array): boolean {
  return Buffer.compare(found, wanted) === 0;
}

class Collector extends Writable {
  readonly chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.chunks.push(chunk);
    setImmediate(callback);
  }
}

t.test('a chunk is the same however the image is cut into chunks', async (t) => {
  for (const seed of SEEDS) {
    const { image, list, sources, expected } = sample(seed);
    const overlay = new OverlaySource(new MemorySource(image), list, sources);
    const random = new Random(seed);
    let sound = true;
    for (let count = 0; count < 50; count += 1) {
      const offset = random.below(expected.length);
      const length = random.below(Math.min(9000, expected.length - offset + 1));
      sound &&= same(await overlay.read(offset, length), expected.slice(offset, offset + length));
    }
    t.ok(sound, `seed ${seed}`);
    t.ok(same(await overlay.read(0, expected.length), expected));
    await t.rejects(overlay.read(0, expected.length + 1), { code: 'ISO_SOURCE_BOUNDS' });
  }
});

t.test('segments are sorted, do not overlap, and cover each chunk exactly', (t) => {
  for (const seed of SEEDS) {
    const layers = resolveLayers(sample(seed, { count: 60 }).list);
    let end = 0;
    let sound = true;
    for (const { offset, length } of layers.segments) {
      sound &&= offset >= end && length > 0;
      end = offset + length;
    }
    t.ok(sound, `seed ${seed}`);
    const pieces = overlayChunk(layers, 17, 50_000);
    t.equal(
      pieces.reduce((sum, piece) => sum + piece.length, 0),
      50_000,
    );
  }
  t.end();
});

t.test('a list that does not fit its image is refused', async (t) => {
  const image = new Uint8Array(4096);
  const patch = patchOf(4000, { kind: 'zeros', length: 200 }, image);
  const list = { patches: [patch], oldSize: 4096, newSize: 4096 };
  t.throws(() => resolveLayers(list), { code: 'ISO_PLAN_GATE' });
  const shorter = { ...patch, offset: 0, length: 100 };
  t.throws(() => resolveLayers({ ...list, patches: [shorter] }), { code: 'ISO_PLAN_GATE' });
  const unnamed = patchOf(0, { kind: 'source', source: 'donor', offset: 0, length: 10 }, image);
  const overlay = new OverlaySource(new MemorySource(image), { ...list, patches: [unnamed] });
  await t.rejects(overlay.read(0, 10), { code: 'ISO_INTERNAL' });
});

t.test('in place = copy = stream = digest, and undo gives the original', async (t) => {
  for (const seed of SEEDS) {
    const { image, list, sources, expected } = sample(seed);
    const folder = t.testdir();
    const path = join(folder, 'image.iso');
    const undoPath = `${path}.isoboot-undo`;
    await writeFile(path, image);

    const source = await FileSource.open(path);
    const collector = new Collector();
    const overlay = new OverlaySource(source, list, sources);
    const streamed = await applyToStream({ source: overlay, writable: collector, hash: 'sha256' });
    t.ok(same(Buffer.concat(collector.chunks), expected), `stream, seed ${seed}`);
    t.equal(streamed.digest, sha256(expected));

    const copied = await applyToCopy({
      input: source,
      output: join(folder, 'copy.iso'),
      list,
      sources,
      force: false,
    });
    t.ok(same(await readFile(copied.output), expected), `copy, seed ${seed}`);

    if (seed < 4) {
      const { digests } = await digestOverlay({ base: source, list, sources, algorithms: ['sha256'] });
      t.equal(digests.sha256, sha256(expected), `digest, seed ${seed}`);
    }
    await source.close();

    await applyInPlace({ path, list, sources, undo: { path: undoPath } });
    t.ok(same(await readFile(path), expected), `in place, seed ${seed}`);
    const undone = await undoEdit({ image: path, undoPath });
    t.ok(same(await readFile(path), image), `undone, seed ${seed}`);
    t.match(undone, { state: 'done', sizeBefore: expected.length, sizeAfter: image.length });
    t.strictSame((await readdir(folder)).sort(), ['copy.iso', 'image.iso']);

    await applyInPlace({ path, list, sources, undo: 'none' });
    t.ok(same(await readFile(path), expected));
    t.strictSame((await readdir(folder)).sort(), ['copy.iso', 'image.iso']);
  }
});

t.test('an image that shrinks', async (t) => {
  const image = new Random(5).bytes(3_000_000);
  const list = {
    patches: [patchOf(10, { kind: 'zeros', length: 10 }, image)],
    oldSize: image.length,
    newSize: 100_000,
  };
  const expected = image.slice(0, 100_000).fill(0, 10, 20);
  const folder = t.testdir();
  const path = join(folder, 'image.iso');
  await writeFile(path, image);
  const output = join(folder, 'copy.iso');
  await applyToCopy({ input: path, output, list, sources: new Map(), force: false });
  t.ok(same(await readFile(output), expected));
  await applyInPlace({ path, list, sources: new Map(), undo: { path: `${path}.undo` } });
  t.ok(same(await readFile(path), expected));
  await undoEdit({ image: path, undoPath: `${path}.undo` });
  t.ok(same(await readFile(path), image));
});

t.test('a patch may take from where it writes', async (t) => {
  const image = new Random(9).bytes(2_500_000);
  const content = { kind: 'source', source: 'image', offset: 1000, length: 2_400_000 } as const;
  const list = { patches: [patchOf(1100, content, image)], oldSize: image.length, newSize: image.length };
  const expected = image.slice();
  expected.set(image.subarray(1000, 2_401_000), 1100);
  const path = join(t.testdir(), 'image.iso');
  await writeFile(path, image);
  await applyInPlace({ path, list, sources: new Map(), undo: 'none' });
  t.ok(same(await readFile(path), expected));
});
