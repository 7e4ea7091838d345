import { IsoError } from '../errors.js';
import type { Source } from '../source/source.js';
import { BLOCK_SIZE } from '../units.js';

/** Reads whole structures of an image by block number, and says which structure it was that lies outside. */
export class BlockReader {
  constructor(
    readonly source: Source,
    /** Bytes in a logical block of this image. */
    readonly blockSize: number = BLOCK_SIZE,
  ) {}

  /** Length of the image in bytes. */
  get size(): number {
    return this.source.size;
  }

  /**
   * Exactly `length` bytes from `offset`; `what` names the structure in the error.
   *
   * Errors: `ISO_SOURCE_BOUNDS` when it does not lie inside the image; what the source itself raises.
   */
  async read(offset: number, length: number, what: string): Promise<Uint8Array> {
    if (offset + length > this.size) {
      throw new IsoError('ISO_SOURCE_BOUNDS', `the ${what} lies beyond the end of the image`, {
        offset,
        found: this.size,
        wanted: offset + length,
      });
    }
    return this.source.read(offset, length);
  }

  /** As much of the range as lies inside the image; may be empty. */
  async readUpTo(offset: number, length: number): Promise<Uint8Array> {
    const inside = Math.max(0, Math.min(length, this.size - offset));
    return inside === 0 ? new Uint8Array(0) : this.source.read(offset, inside);
  }
}
