/** A stream whose start is kept, and the image that this start is taken for. */
import { Readable } from 'node:stream';
import t from 'tap';
import { HeldStream, HOLD_LENGTH } from '../../src/source/held-stream.js';
import { PrefixSource } from '../../src/source/prefix-source.js';
import { inPieces } from '../kit/piecewise.js';
import { Random } from '../sink/sample.js';

const bytes = new Random(5).bytes(2_500_000);

/** Whether two runs of bytes are the same; tap would compare them one by one. */
function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

async function allOf(stream: HeldStream): Promise<{ bytes: Buffer; chunks: number[] }> {
  const parts: Uint8Array[] = [];
  let end = 0;
  for await (const chunk of stream.all()) {
    t.equal(chunk.offset, end, 'chunks follow each other');
    end += chunk.bytes.length;
    parts.push(chunk.bytes);
  }
  return { bytes: Buffer.concat(parts), chunks: parts.map(({ length }) => length) };
}

t.test('what is held can be read again, and then all of it is passed on', async (t) => {
  for (const pieceLength of [1, 2_047, 1_048_576, 3_000_000]) {
    const stream = new HeldStream(inPieces(bytes.subarray(0, 300_000), pieceLength));
    await stream.hold(1_000);
    t.ok(stream.heldLength >= 1_000);
    t.strictSame(stream.read(10, 500), bytes.slice(10, 510));
    await Promise.all([stream.hold(70_001), stream.hold(66_000)]);
    t.equal(stream.heldLength, 70_001, 'no more than was asked for');
    t.ok(same(stream.read(0, 70_001), bytes.subarray(0, 70_001)));
    t.equal(stream.hasEnded, false);
    const all = await allOf(stream);
    t.ok(all.bytes.equals(bytes.subarray(0, 300_000)), `pieces of ${pieceLength}`);
    t.ok(
      all.chunks.slice(1, -1).every((length) => length >= 65_536),
      'no small chunks are passed on',
    );
    t.equal(stream.hasEnded, true);
    t.equal(stream.takenLength, 300_000);
  }
});

t.test('reading over the seams of what is held', async (t) => {
  const stream = new HeldStream(inPieces(bytes, 65_536));
  await stream.hold(HOLD_LENGTH);
  t.equal(stream.hasEnded, true);
  t.equal(stream.heldLength, bytes.length);
  for (const [offset, length] of [
    [1_048_575, 2],
    [1_048_576, 1],
    [1_000_000, 1_200_000],
    [bytes.length - 1, 1],
    [5, 0],
  ] as const) {
    t.ok(
      same(stream.read(offset, length), bytes.subarray(offset, offset + length)),
      `${length} at ${offset}`,
    );
  }
  t.throws(() => stream.read(bytes.length - 1, 2), { code: 'ISO_SOURCE_BOUNDS' });
});

t.test('no more than 64 MiB are held', async (t) => {
  const piece = new Uint8Array(1_048_576);
  const stream = new HeldStream(Readable.from(Array.from({ length: 80 }, () => piece)));
  await stream.hold(HOLD_LENGTH + 1);
  t.equal(stream.takenLength, 0, 'what cannot be held is not begun to be');
  await stream.hold(HOLD_LENGTH);
  t.equal(stream.heldLength, HOLD_LENGTH);
  t.ok(stream.takenLength <= HOLD_LENGTH + piece.length, 'the stream waits');
  const { bytes: all } = await allOf(stream);
  t.equal(all.length, 80 * piece.length);
});

t.test('a stream that is drained', async (t) => {
  const stream = new HeldStream(inPieces(bytes, 65_536));
  await stream.hold(1_500_000);
  const parts: Uint8Array[] = [];
  for await (const { offset, bytes: part } of stream.drain()) {
    t.equal(offset, Buffer.concat(parts).length);
    parts.push(part);
  }
  t.ok(same(Buffer.concat(parts), bytes));
  t.equal(stream.heldLength, 0);
  t.throws(() => stream.read(0, 1), { code: 'ISO_SOURCE_BOUNDS' }, 'nothing of it is there any more');
});

t.test('a stream that fails, gives text or is given up', async (t) => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 5_000);
    throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
  }
  const broken = new HeldStream(Readable.from(failing()));
  await t.rejects(broken.hold(6_000), { code: 'ISO_SOURCE_IO', offset: 5_000 });

  const text = new HeldStream(Readable.from(['words']));
  await t.rejects(text.hold(1), { code: 'ISO_SOURCE_IO', offset: 0 });

  const silent = new HeldStream(new Readable({ read: () => undefined }));
  const waiting = silent.hold(1);
  silent.close();
  await t.rejects(waiting, { code: 'ISO_SOURCE_IO' });
});

t.test('the start of a stream as an image says when it was asked for too much', async (t) => {
  const stream = new HeldStream(inPieces(bytes, 65_536));
  const source = new PrefixSource(stream, bytes.length + 4_096);
  t.strictSame(await source.read(2_000_000, 10), bytes.slice(2_000_000, 2_000_010));
  t.equal(source.isExceeded, false);
  await t.rejects(source.read(source.size, 1), { code: 'ISO_SOURCE_BOUNDS' });
  t.equal(source.isExceeded, false, 'what is outside of the image is nowhere');
  await t.rejects(source.read(bytes.length - 1, 2), { code: 'ISO_SOURCE_BOUNDS' });
  t.equal(source.isExceeded, true);
});
