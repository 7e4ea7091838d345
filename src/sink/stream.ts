import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { IsoError, systemCode } from '../errors.js';
import type { Chunk, Source } from '../source/source.js';
import { chunksOf } from './chunk.js';
import { outputFailure } from './failure.js';
import { paced, type OnProgress } from './progress.js';
import { interrupted, stopIfAborted } from '../source/stop.js';

/** What to stream, and where to. */
export interface StreamRequest {
  /** The finished image: usually an `OverlaySource`. */
  readonly source: Source;
  /** Is written to, never ended. */
  readonly writable: Writable;
  /** The stream keeps no bytes once it has called back, as a process's own output; its buffers are used again. */
  readonly recycle?: boolean | undefined;
  /** What errors call the output. */
  readonly name?: string | undefined;
  /** An algorithm of `node:crypto` by which to digest what is written. */
  readonly hash?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was written; `digest` in hexadecimal digits. */
export interface StreamResult {
  readonly bytes: number;
  readonly digest: string | undefined;
}

/** What a reader that went away looks like, from pipes, sockets and Node's own streams. */
const CLOSED = new Set([
  'EPIPE',
  'ECONNRESET',
  'ECONNABORTED',
  'EOF',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END',
]);

/**
 * Writes a whole image to a stream, one chunk at a time and reading one ahead; done when the last byte was taken.
 *
 * Errors: `ISO_OUTPUT_CLOSED` when the reader goes away, `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`, those of reading.
 */
export async function applyToStream(request: StreamRequest): Promise<StreamResult> {
  const { source, signal } = request;
  stopIfAborted(signal);
  return sendAll(chunksOf(source, signal, request.recycle), source.size, request);
}

/**
 * Writes chunks to a stream as they come; done when the last byte was taken. `total` is the size to report progress by.
 *
 * Errors: as for `applyToStream`.
 */
export async function sendAll(
  chunks: AsyncIterable<Chunk>,
  total: number,
  request: Omit<StreamRequest, 'source' | 'recycle'>,
): Promise<StreamResult> {
  const { signal } = request;
  const hash = request.hash === undefined ? undefined : createHash(request.hash);
  const report = paced(request.onProgress);
  const sender = new Sender(request.writable, request.name ?? 'the output', signal);
  let done = 0;
  try {
    for await (const { bytes } of chunks) {
      const sent = sender.send(bytes);
      hash?.update(bytes);
      await sent;
      done += bytes.length;
      report({ done, total });
    }
    return { bytes: done, digest: hash?.digest('hex') };
  } finally {
    sender.release();
  }
}

/** Writes chunk by chunk, and notices when the stream fails or closes while nobody is writing. */
class Sender {
  readonly #writable: Writable;
  readonly #name: string;
  readonly #signal: AbortSignal | undefined;
  #failure: IsoError | undefined;
  #reject: ((error: IsoError) => void) | undefined;

  constructor(writable: Writable, name: string, signal: AbortSignal | undefined) {
    this.#writable = writable;
    this.#name = name;
    this.#signal = signal;
    writable.on('error', this.#onError);
    writable.on('close', this.#onClose);
    signal?.addEventListener('abort', this.#onAbort);
  }

  /** Resolves once the stream has taken the bytes, so that no more than one chunk waits in it. */
  send(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) {
      return Promise.reject(this.#failure);
    }
    if (this.#writable.destroyed || this.#writable.writableEnded) {
      return Promise.reject(this.#closed(undefined));
    }
    const sending = new Promise<void>((resolve, reject) => {
      this.#reject = reject;
      this.#writable.write(bytes, (error) => {
        if (error === null || error === undefined) {
          resolve();
        } else {
          reject(this.#failureOf(error));
        }
      });
    });
    // Hashing comes between the start of a write and waiting for it.
    sending.catch(() => undefined);
    return sending;
  }

  release(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#writable.off('close', this.#onClose);
    // A stream that was destroyed may tell of it only later, and an error that nobody hears ends the process.
    this.#writable.on('error', () => undefined);
    this.#writable.off('error', this.#onError);
  }

  readonly #onError = (error: Error): void => this.#fail(this.#failureOf(error));
  readonly #onClose = (): void => this.#fail(this.#closed(undefined));
  readonly #onAbort = (): void => this.#fail(interrupted());

  #fail(failure: IsoError): void {
    this.#failure ??= failure;
    this.#reject?.(this.#failure);
  }

  #failureOf(error: unknown): IsoError {
    return CLOSED.has(systemCode(error) ?? '') ? this.#closed(error) : outputFailure(this.#name, error);
  }

  #closed(cause: unknown): IsoError {
    return new IsoError('ISO_OUTPUT_CLOSED', `${this.#name} was closed by its reader`, { cause });
  }
}
