/** Streaming, and what happens when the reader goes away. */
import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';
import t from 'tap';
import { applyToStream } from '../../src/sink/stream.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { sha256 } from '../kit/digest.js';
import { Random } from './sample.js';

const bytes = new Random(1).bytes(3_500_000);

/** Counts what is waiting in it: a stream that is never ready early. */
class Slow extends Writable {
  taken = 0;
  most = 0;

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.most = Math.max(this.most, this.writableLength);
    setTimeout(() => {
      this.taken += chunk.length;
      callback();
    }, 5);
  }
}

t.test('all bytes, one chunk waiting at most, and the stream stays open', async (t) => {
  const writable = new Slow();
  const seen: number[] = [];
  const source = new MemorySource(bytes);
  const onProgress = ({ done }: { done: number }): void => void seen.push(done);
  const result = await applyToStream({ source, writable, hash: 'sha256', onProgress });
  t.strictSame(result, { bytes: bytes.length, digest: sha256(bytes) });
  t.equal(writable.taken, bytes.length);
  t.ok(writable.most <= 1_048_576);
  t.equal(writable.writableEnded, false);
  t.equal(seen.at(-1), bytes.length);
  t.strictSame(writable.listeners('close'), []);
});

t.test('a reader that goes away', async (t) => {
  const source = new MemorySource(bytes);
  const child = spawn(process.execPath, ['-e', 'process.stdin.once("data", () => process.exit())']);
  await t.rejects(applyToStream({ source, writable: child.stdin }), { code: 'ISO_OUTPUT_CLOSED' });

  const destroyed = new PassThrough();
  destroyed.destroy();
  await t.rejects(applyToStream({ source, writable: destroyed }), { code: 'ISO_OUTPUT_CLOSED' });

  const ended = new PassThrough();
  ended.end();
  await t.rejects(applyToStream({ source, writable: ended }), { code: 'ISO_OUTPUT_CLOSED' });

  const stuck = new Writable({ write: () => undefined });
  setTimeout(() => stuck.destroy(), 10);
  await t.rejects(applyToStream({ source, writable: stuck }), { code: 'ISO_OUTPUT_CLOSED' });
});

t.test('a stream that fails', async (t) => {
  const writable = new Writable({
    write: (_chunk, _encoding, callback) => callback(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  });
  const source = new MemorySource(bytes);
  await t.rejects(applyToStream({ source, writable }), { code: 'ISO_OUTPUT_IO' });
});

t.test('a source that fails', async (t) => {
  const source = new MemorySource(bytes);
  source.read = () => Promise.reject(new Error('no'));
  const writable = new Slow();
  await t.rejects(applyToStream({ source, writable }));
  t.equal(writable.taken, 0);
});

t.test('cancelling', async (t) => {
  const source = new MemorySource(bytes);
  const stuck = new Writable({ write: () => undefined });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 10);
  const { signal } = controller;
  await t.rejects(applyToStream({ source, writable: stuck, signal }), { code: 'ISO_INTERRUPTED' });
  await t.rejects(applyToStream({ source, writable: new Slow(), signal }), { code: 'ISO_INTERRUPTED' });
});
