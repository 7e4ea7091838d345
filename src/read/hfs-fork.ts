import type { BlockReader } from './block-reader.js';

/** A run of allocation blocks. */
export interface HfsRun {
  readonly start: number;
  readonly count: number;
}

/** A file of an HFS volume, as its header or catalog gives it: first runs, and how many blocks there are in all. */
export interface HfsFork {
  readonly runs: readonly HfsRun[];
  /** Allocation blocks, those that only the extents overflow file knows included. */
  readonly blocks: number;
}

/** Where an HFS volume's allocation blocks lie in the image. */
export interface AllocationGeometry {
  /** Byte offset of allocation block 0. */
  readonly origin: number;
  /** Bytes in an allocation block. */
  readonly blockSize: number;
}

/** How many blocks some runs hold. */
export function blocksIn(runs: readonly HfsRun[]): number {
  return runs.reduce((sum, { count }) => sum + count, 0);
}

/** Bytes that are read at once; B-trees are small on discs, and their leaves lie side by side. */
const WINDOW_BYTES = 64 * 1024;

/** Reads from a fork as if it were one piece, some more at once than was asked for. */
export class HfsForkReader {
  readonly size: number;
  #windowAt = 0;
  #window: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly reader: BlockReader,
    private readonly geometry: AllocationGeometry,
    private readonly runs: readonly HfsRun[],
  ) {
    this.size = blocksIn(runs) * geometry.blockSize;
  }

  /** What was read already; nothing where it has to be read first. */
  seen(at: number, length: number): Uint8Array | undefined {
    const from = at - this.#windowAt;
    return from >= 0 && from + length <= this.#window.length
      ? this.#window.subarray(from, from + length)
      : undefined;
  }

  /** `length` bytes from `at`; nothing where the fork or the image ends before. */
  async read(at: number, length: number): Promise<Uint8Array | undefined> {
    const seen = this.seen(at, length);
    if (seen !== undefined || at < 0 || at + length > this.size) {
      return seen;
    }
    // Leaves that lie about, as no sound tree has them, would have each of them read with a whole window.
    const isNear = Math.abs(at - this.#windowAt) <= 2 * WINDOW_BYTES;
    const wanted = Math.min(isNear ? Math.max(length, WINDOW_BYTES) : length, this.size - at);
    this.#window = await this.#gather(at, wanted);
    this.#windowAt = at;
    return this.seen(at, length);
  }

  async #gather(at: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const { origin, blockSize } = this.geometry;
    let runAt = 0;
    let filled = 0;
    for (const { start, count } of this.runs) {
      const runLength = count * blockSize;
      const skip = at + filled - runAt;
      if (skip >= 0 && skip < runLength && filled < length) {
        const part = Math.min(runLength - skip, length - filled);
        const piece = await this.reader.readUpTo(origin + start * blockSize + skip, part);
        bytes.set(piece, filled);
        filled += piece.length;
        if (piece.length < part) {
          break;
        }
      }
      runAt += runLength;
    }
    return bytes.subarray(0, filled);
  }
}
