import { IsoError } from '../errors.js';
import { MEDIA_CHECK_RANGE } from './media-check.js';

/** A running hash that can be forked, so that its value so far can be read; Node's `Hash` is one. */
export interface CopyableHash {
  update(bytes: Uint8Array): unknown;
  copy(): CopyableHash;
  digest(): Uint8Array;
}

/** What an MD5 covers, and where its value is read on the way. */
export interface RunningMd5Cover {
  /** Bytes from the start of the image. */
  readonly coveredBytes: number;
  /** Byte offset of the media check field in the image; its 512 bytes count as spaces. */
  readonly fieldOffset: number;
  /** Byte offsets at which the value so far is wanted, in ascending order. */
  readonly readAt: readonly number[];
}

/** The MD5 of an image up to a byte offset; 32 hexadecimal digits. */
export interface RunningMd5Value {
  readonly end: number;
  readonly md5: string;
}

/** The MD5 of all that was covered, and its values on the way as far as the image went. */
export interface RunningMd5Result {
  readonly md5: string;
  /** Up to where the image was fed, or is covered. */
  readonly position: number;
  readonly sums: readonly RunningMd5Value[];
}

const SPACE = 0x20;

/**
 * The MD5 of an image with its media check field blank, fed from byte 0 on in pieces of any length and read on the way.
 *
 * Bytes behind `coveredBytes` may be fed and do not count. Errors: `ISO_INTERNAL` when pieces are not fed in order.
 */
export class RunningMd5 {
  readonly #hash: CopyableHash;
  readonly #coveredBytes: number;
  readonly #fieldOffset: number;
  readonly #fieldEnd: number;
  readonly #readAt: readonly number[];
  readonly #sums: RunningMd5Value[] = [];
  #position = 0;

  constructor(newHash: () => CopyableHash, { coveredBytes, fieldOffset, readAt }: RunningMd5Cover) {
    this.#hash = newHash();
    this.#coveredBytes = Math.max(0, coveredBytes);
    this.#fieldOffset = fieldOffset;
    this.#fieldEnd = fieldOffset + MEDIA_CHECK_RANGE.length;
    this.#readAt = readAt;
  }

  /** Takes the bytes of the image that start at `offset`. */
  update(piece: Uint8Array, offset: number): void {
    const pastCover = this.#position === this.#coveredBytes && offset > this.#position;
    if (offset !== this.#position && !pastCover) {
      throw new IsoError('ISO_INTERNAL', 'the media check sum was not fed in order', {
        found: offset,
        wanted: this.#position,
      });
    }
    const end = Math.min(offset + piece.length, this.#coveredBytes);
    while (this.#position < end) {
      const stop = Math.min(end, this.#nextStop());
      this.#take(piece.subarray(this.#position - offset, stop - offset));
      this.#position = stop;
      if (this.#readAt[this.#sums.length] === stop) {
        this.#sums.push({ end: stop, md5: hex(this.#hash.copy().digest()) });
      }
    }
  }

  /** The sums of what was fed; nothing may be fed afterwards. */
  finish(): RunningMd5Result {
    return { md5: hex(this.#hash.digest()), position: this.#position, sums: this.#sums };
  }

  /** The nearest offset ahead at which something changes: the field starts or ends, or the sum is to be read. */
  #nextStop(): number {
    const stops = [this.#fieldOffset, this.#fieldEnd, this.#readAt[this.#sums.length] ?? this.#coveredBytes];
    return Math.min(this.#coveredBytes, ...stops.filter((stop) => stop > this.#position));
  }

  #take(bytes: Uint8Array): void {
    const inField = this.#position >= this.#fieldOffset && this.#position < this.#fieldEnd;
    this.#hash.update(inField ? new Uint8Array(bytes.length).fill(SPACE) : bytes);
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
