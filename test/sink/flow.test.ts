/** An edit laid over a stream while it flows by. */
import { Writable } from 'node:stream';
import t from 'tap';
import { applyToFlow, canFlow } from '../../src/sink/flow.js';
import { HeldStream } from '../../src/source/held-stream.js';
import { sha256 } from '../kit/digest.js';
import { inPieces } from '../kit/piecewise.js';
import type { PatchList, SourceName } from '../../src/plan/patch.js';
import { Random, patchOf, sample } from './sample.js';

/** Keeps what it takes, after a while if that is wanted. */
class Basin extends Writable {
  readonly parts: Buffer[] = [];

  constructor(readonly delay = 0) {
    super();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.parts.push(Buffer.from(chunk));
    if (this.delay === 0) {
      callback();
    } else {
      setTimeout(callback, this.delay);
    }
  }

  get bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

t.test('gives what the edit gives anywhere else, and passes on what lies behind', async (t) => {
  for (let seed = 0; seed < 60; seed += 1) {
    const { image, list, sources, expected } = sample(seed, { growth: 0 });
    const behind = new Random(seed).bytes(seed % 3 === 0 ? 0 : 4_000);
    const whole = Buffer.concat([image, behind]);
    const before = Buffer.from(whole);
    const input = new HeldStream(inPieces(whole, [2_047, 65_536, 1_048_576][seed % 3] ?? 1));
    await input.hold(image.length);
    t.ok(canFlow(list, input.heldLength));
    const writable = new Basin();
    const result = await applyToFlow({ input, list, sources, writable, hash: 'sha256' });
    const wanted = Buffer.concat([expected, behind]);
    t.ok(writable.bytes.equals(wanted), `seed ${seed}`);
    t.strictSame(result, { bytes: wanted.length, digest: sha256(wanted) });
    t.ok(whole.equals(before), 'the bytes of whoever feeds the stream stay as they are');
  }
});

t.test('a slow reader is waited for', async (t) => {
  const { image, list, sources, expected } = sample(3, { growth: 0, size: 400_000 });
  const input = new HeldStream(inPieces(image, 10_000));
  await input.hold(image.length);
  const writable = new Basin(3);
  await applyToFlow({ input, list, sources, writable });
  t.ok(writable.bytes.equals(expected));
});

t.test('what cannot flow', async (t) => {
  const { list } = sample(1, { growth: 0 });
  const from = (source: SourceName): PatchList => {
    const content = { kind: 'source', source, offset: 500, length: 10 } as const;
    return { ...list, patches: [patchOf(0, content, new Uint8Array(10))] };
  };
  t.equal(canFlow(from('image'), 509), false, 'bytes that are not held');
  t.equal(canFlow(from('image'), 510), true);
  t.equal(canFlow(from('boot-file'), 0), true);
  t.equal(canFlow({ ...from('boot-file'), newSize: list.oldSize + 2_048 }, 0), false, 'growth');
});
