import type { Readable } from 'node:stream';
import { IsoError } from '../errors.js';
import { endedEarly, readFailure } from './device-failure.js';
import type { Chunk } from './source.js';

/** Bytes at the start of a stream that are kept for reading them again. */
export const HOLD_LENGTH = 64 * 1024 * 1024;

/** Bytes of one piece of what is kept. */
const PIECE_LENGTH = 1024 * 1024;

/** Bytes that are kept from behind where the stream was to end: a later session of a CD starts up to 11,400 blocks on. */
const TAIL_LENGTH = 24 * 1024 * 1024;

/** The least that is passed on at once, but for the end: a pipe may give single bytes. */
const GATHER_LENGTH = 64 * 1024;

/**
 * A stream whose start can be read as often as needed before all of it is passed on, once: an image from standard input.
 *
 * The start is taken from the stream as far as somebody asks for it, if that is no more than 64 MiB.
 */
export class HeldStream {
  /** What errors and logs call it. */
  readonly name: string;
  readonly #stream: Readable;
  readonly #incoming: AsyncIterator<unknown>;
  readonly #pieces: Uint8Array[] = [];
  #held = 0;
  #taken = 0;
  #hasEnded = false;
  /** Kept while it was passed on, from where it was to end. */
  #tail = new Uint8Array();
  #tailStart = Number.POSITIVE_INFINITY;
  #tailLength = 0;
  /** What came with the last byte that is held. */
  #surplus = new Uint8Array();
  /** The last wish to hold more; wishes are fulfilled one by one. */
  #holding: Promise<void> = Promise.resolve();

  constructor(stream: Readable, name = 'standard input') {
    this.name = name;
    this.#stream = stream;
    this.#incoming = stream[Symbol.asyncIterator]();
    // A stream that fails while nobody reads it has nobody else who hears of it.
    stream.on('error', () => undefined);
  }

  /** Bytes from the start that can be read. */
  get heldLength(): number {
    return this.#held;
  }

  /** Bytes that came so far; the size once it has ended. */
  get takenLength(): number {
    return this.#taken;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Takes the stream up to a byte offset or to its end; nothing of it where the offset is beyond what is held at most.
   * Errors: `ISO_SOURCE_IO`.
   */
  hold(end: number): Promise<void> {
    if (end <= HOLD_LENGTH) {
      this.#holding = this.#holding.then(() => this.#holdNow(end));
    }
    return this.#holding;
  }

  async #holdNow(wanted: number): Promise<void> {
    while (this.#held < wanted) {
      const bytes = this.#surplus.length > 0 ? this.#surplus : await this.#next();
      if (bytes === undefined) {
        return;
      }
      const kept = bytes.subarray(0, wanted - this.#held);
      this.#keep(kept);
      this.#surplus = bytes.slice(kept.length);
    }
  }

  #keep(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = this.#held % PIECE_LENGTH;
      if (at === 0) {
        this.#pieces.push(new Uint8Array(PIECE_LENGTH));
      }
      const part = bytes.subarray(done, done + PIECE_LENGTH - at);
      this.#pieces.at(-1)?.set(part, at);
      this.#held += part.length;
      done += part.length;
    }
  }

  /** What comes next; nothing at the end. */
  async #next(): Promise<Uint8Array | undefined> {
    try {
      const result = await this.#incoming.next();
      if (result.done === true) {
        this.#hasEnded = true;
        return undefined;
      }
      if (!(result.value instanceof Uint8Array)) {
        throw new TypeError('it gives text or objects, not bytes');
      }
      this.#taken += result.value.length;
      return result.value;
    } catch (error) {
      throw error instanceof IsoError ? error : readFailure(this.name, this.#taken, error);
    }
  }

  /** Whether a range can be read: it is held, or was kept from behind where the stream was to end. */
  has(offset: number, length: number): boolean {
    return offset + length <= this.#held || this.#tailPart(offset, length) !== undefined;
  }

  #tailPart(offset: number, length: number): Uint8Array | undefined {
    const start = offset - this.#tailStart;
    const isKept = start >= 0 && start + length <= this.#tailLength;
    return isKept ? this.#tail.slice(start, start + length) : undefined;
  }

  /** Reads a range that it `has`. Errors: `ISO_SOURCE_BOUNDS` for others. */
  read(offset: number, length: number): Uint8Array {
    const tailPart = this.#tailPart(offset, length);
    if (tailPart !== undefined) {
      return tailPart;
    }
    if (offset + length > this.#held) {
      throw endedEarly(this.name, this.#held, offset + length);
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const at = offset + done;
      const start = at % PIECE_LENGTH;
      const part = this.#pieces[Math.floor(at / PIECE_LENGTH)]?.subarray(start, start + length - done);
      bytes.set(part ?? new Uint8Array(), done);
      done += part?.length ?? length;
    }
    return bytes;
  }

  /**
   * Passes all of it on, what is held first, and keeps a little of what comes behind where it was to end. Errors:
   * `ISO_SOURCE_IO`.
   */
  async *all(expectedEnd = Number.POSITIVE_INFINITY): AsyncGenerator<Chunk, void, void> {
    this.#tailStart = expectedEnd;
    for await (const chunk of this.#chunks()) {
      this.#keepTail(chunk);
      yield chunk;
    }
  }

  /** Passes all of it on, and holds nothing of it any more. Errors: `ISO_SOURCE_IO`. */
  async *drain(): AsyncGenerator<Chunk, void, void> {
    for await (const chunk of this.#chunks()) {
      yield chunk;
      if (chunk.offset < this.#held) {
        this.#pieces[chunk.offset / PIECE_LENGTH] = new Uint8Array();
      }
    }
    this.#pieces.length = 0;
    this.#held = 0;
  }

  #keepTail({ offset, bytes }: Chunk): void {
    const from = Math.max(0, this.#tailStart - offset);
    const more = bytes.subarray(from, from + TAIL_LENGTH - this.#tailLength);
    if (more.length > 0) {
      if (this.#tail.length === 0) {
        this.#tail = new Uint8Array(TAIL_LENGTH);
      }
      this.#tail.set(more, this.#tailLength);
      this.#tailLength += more.length;
    }
  }

  async *#chunks(): AsyncGenerator<Chunk, void, void> {
    await this.#holding;
    let offset = 0;
    while (offset < this.#held) {
      // The piece itself: what is held is not written to any more, and a copy of it all would be as large again.
      const bytes = this.#pieces[offset / PIECE_LENGTH]?.subarray(0, this.#held - offset) ?? new Uint8Array();
      yield { offset, bytes };
      offset += bytes.length;
    }
    for (let bytes = await this.#gather(); bytes.length > 0; bytes = await this.#gather()) {
      yield { offset, bytes };
      offset += bytes.length;
    }
  }

  async #gather(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < GATHER_LENGTH && !this.#hasEnded) {
      const part = this.#surplus.length > 0 ? this.#surplus : ((await this.#next()) ?? new Uint8Array());
      this.#surplus = new Uint8Array();
      parts.push(part);
      length += part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /** Stops taking from the stream; with a reason, whoever waits for it is told that. */
  close(reason?: IsoError): void {
    this.#stream.destroy(reason);
  }
}
