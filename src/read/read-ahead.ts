import { BLOCK_SIZE } from '../units.js';
import type { BlockReader } from './block-reader.js';

/** How far ahead is read, in bytes, where everything lies together. */
const LARGEST = 128 * BLOCK_SIZE;

/**
 * Reads small structures that are asked for in the order of their places. Where they lie together it reads more and
 * more of them at once; where they lie apart it reads just them.
 */
export class ReadAhead {
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #ahead = BLOCK_SIZE;

  constructor(private readonly reader: BlockReader) {}

  /** The bytes of a range, if they have been read already. */
  peek(offset: number, length: number): Uint8Array | undefined {
    const at = offset - this.#start;
    return at >= 0 && at + length <= this.#bytes.length ? this.#bytes.subarray(at, at + length) : undefined;
  }

  /** The bytes of a range, as many as lie inside the image. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = this.#start + this.#bytes.length;
    const isNear = offset >= this.#start && offset < end + this.#ahead;
    // Doubling keeps what is read in vain below what is read.
    this.#ahead = isNear ? Math.min(2 * this.#ahead, LARGEST) : BLOCK_SIZE;
    this.#bytes = await this.reader.readUpTo(offset, Math.max(length, this.#ahead));
    this.#start = offset;
    return this.#bytes.subarray(0, length);
  }
}
