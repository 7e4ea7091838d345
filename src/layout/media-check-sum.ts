/** The sums in a media check field, as implantisomd5 makes them (isomd5sum, the classic 60-digit form). */

import { IsoError } from '../errors.js';
import { MEDIA_CHECK_RANGE } from './media-check.js';

/** A running hash that can be forked, so that its value so far can be read; Node's `Hash` is one. */
export interface CopyableHash {
  update(bytes: Uint8Array): unknown;
  copy(): CopyableHash;
  digest(): Uint8Array;
}

/** The two sums of a media check field, as hexadecimal digits. */
export interface MediaCheckSum {
  /** 32 digits: MD5 of the covered bytes, the field taken as spaces. */
  readonly md5: string;
  /** Three digits for each of the 20 fragments: 60, or fewer in an image that has fewer chunks than fragments. */
  readonly fragmentSums: string;
}

/** How many bytes isomd5sum reads at once: fragments end only where such a chunk does. */
const CHUNK_LENGTH = 32_768;
const FRAGMENT_COUNT = 20;
const DIGITS_PER_FRAGMENT = 3;
const SPACE = 0x20;

interface FragmentEnd {
  /** Where the chunk starts that reaches into the next fragment. */
  readonly chunk: number;
  /** Where that chunk ends, and with it what the fragment's sum covers. */
  readonly end: number;
}

/**
 * Computes both sums over an image fed from byte 0 on, in pieces of any length.
 *
 * `coveredBytes` is (volume space size - 15) * 2048, `fieldOffset` the field's byte offset in the image. The
 * running MD5 is read after each 32768-byte chunk that starts in another of 21 equal fragments than the
 * chunk before it. Bytes behind `coveredBytes` may be fed and do not count; an image that ends early has
 * the sum of what it has, as in isomd5sum. Errors: `ISO_INTERNAL` when pieces are not fed in order.
 * Source: isomd5sum 1.2.3, libimplantisomd5.c.
 */
export class FragmentedSum {
  readonly #hash: CopyableHash;
  readonly #coveredBytes: number;
  readonly #fieldOffset: number;
  readonly #fieldEnd: number;
  readonly #ends: readonly FragmentEnd[];
  #nextEnd = 0;
  #position = 0;
  #fragmentSums = '';

  constructor(newHash: () => CopyableHash, coveredBytes: number, fieldOffset: number) {
    this.#hash = newHash();
    this.#coveredBytes = Math.max(0, coveredBytes);
    this.#fieldOffset = fieldOffset;
    this.#fieldEnd = fieldOffset + MEDIA_CHECK_RANGE.length;
    this.#ends = fragmentEnds(this.#coveredBytes);
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
      this.#closeFragment(stop);
    }
  }

  /** The sums of what was fed; nothing may be fed afterwards. */
  finish(): MediaCheckSum {
    const last = this.#ends[this.#nextEnd];
    if (last !== undefined && last.chunk < this.#position) {
      this.#readFragmentSum();
    }
    return { md5: hex(this.#hash.digest()), fragmentSums: this.#fragmentSums };
  }

  /** The nearest offset ahead at which something changes: the field starts or ends, or a fragment is over. */
  #nextStop(): number {
    const stops = [this.#fieldOffset, this.#fieldEnd, this.#ends[this.#nextEnd]?.end ?? this.#coveredBytes];
    return Math.min(this.#coveredBytes, ...stops.filter((stop) => stop > this.#position));
  }

  #take(bytes: Uint8Array): void {
    const inField = this.#position >= this.#fieldOffset && this.#position < this.#fieldEnd;
    this.#hash.update(inField ? new Uint8Array(bytes.length).fill(SPACE) : bytes);
  }

  #closeFragment(position: number): void {
    if (this.#ends[this.#nextEnd]?.end === position) {
      this.#readFragmentSum();
    }
  }

  #readFragmentSum(): void {
    this.#nextEnd += 1;
    if (this.#fragmentSums.length < FRAGMENT_COUNT * DIGITS_PER_FRAGMENT) {
      this.#fragmentSums += leadingDigits(this.#hash.copy().digest());
    }
  }
}

function fragmentEnds(coveredBytes: number): FragmentEnd[] {
  const fragmentLength = Math.floor(coveredBytes / (FRAGMENT_COUNT + 1));
  const ends: FragmentEnd[] = [];
  if (fragmentLength === 0) {
    return ends;
  }
  for (let start = fragmentLength; start < coveredBytes; start += fragmentLength) {
    const chunk = Math.ceil(start / CHUNK_LENGTH) * CHUNK_LENGTH;
    // Several fragments that start within one chunk have but one sum between them.
    if (chunk < coveredBytes && ends.at(-1)?.chunk !== chunk) {
      ends.push({ chunk, end: Math.min(chunk + CHUNK_LENGTH, coveredBytes) });
    }
  }
  return ends;
}

/** isomd5sum prints each byte with `%01x` and keeps the first digit: the high one, or the low one below 16. */
function leadingDigits(digest: Uint8Array): string {
  return Array.from(digest.subarray(0, DIGITS_PER_FRAGMENT), (byte) => byte.toString(16).charAt(0)).join('');
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
