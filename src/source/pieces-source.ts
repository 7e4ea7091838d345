import { checkRange } from './range.js';
import type { Source } from './source.js';

/** A run of bytes of a source. */
export interface Piece {
  /** Byte offset in the source. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Pieces of another source, one behind the other, as a source of their own; closing it leaves the other open. */
export class PiecesSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly #base: Source;
  readonly #pieces: readonly Piece[];
  /** `#starts[i]`: where piece `i` starts in this source. */
  readonly #starts: readonly number[];

  constructor(base: Source, pieces: readonly Piece[], name: string = base.name) {
    let size = 0;
    this.#base = base;
    this.#pieces = pieces;
    this.#starts = pieces.map(({ length }) => {
      size += length;
      return size - length;
    });
    this.size = size;
    this.name = name;
  }

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    checkRange(this, offset, length);
    let index = this.#pieceAt(offset);
    const first = this.#part(index, offset, length);
    if (first.length === length) {
      return this.#base.read(first.offset, length, into);
    }
    const bytes = into === undefined ? new Uint8Array(length) : into.subarray(0, length);
    for (let filled = 0; filled < length; index += 1) {
      const part = this.#part(index, offset + filled, length - filled);
      await this.#fill(bytes.subarray(filled, filled + part.length), part.offset);
      filled += part.length;
    }
    return bytes;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Index of the last piece that starts at `offset` or before it. */
  #pieceAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= offset) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** What piece `index` has, from `offset` of this source on, of `length` wanted bytes. */
  #part(index: number, offset: number, length: number): Piece {
    const piece = this.#pieces[index] ?? { offset: 0, length: 0 };
    const within = offset - (this.#starts[index] ?? 0);
    return { offset: piece.offset + within, length: Math.min(length, piece.length - within) };
  }

  /** A source may put its answer into the room that it is offered, or anywhere else. */
  async #fill(room: Uint8Array, offset: number): Promise<void> {
    const bytes = await this.#base.read(offset, room.length, room);
    if (bytes.buffer !== room.buffer || bytes.byteOffset !== room.byteOffset) {
      room.set(bytes);
    }
  }
}
