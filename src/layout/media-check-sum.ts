/** The sums in a media check field, as implantisomd5 makes them (isomd5sum, the classic 60-digit form). */

import { RunningMd5, type CopyableHash } from './running-md5.js';

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
  readonly #running: RunningMd5;
  readonly #ends: readonly FragmentEnd[];

  constructor(newHash: () => CopyableHash, coveredBytes: number, fieldOffset: number) {
    this.#ends = fragmentEnds(coveredBytes, CHUNK_LENGTH);
    const readAt = this.#ends.map(({ end }) => end);
    this.#running = new RunningMd5(newHash, { coveredBytes, fieldOffset, readAt });
  }

  /** Takes the bytes of the image that start at `offset`. */
  update(piece: Uint8Array, offset: number): void {
    this.#running.update(piece, offset);
  }

  /** The sums of what was fed; nothing may be fed afterwards. */
  finish(): MediaCheckSum {
    const { position } = this.#running;
    const { md5, sums } = this.#running.finish();
    const last = this.#ends[sums.length];
    // isomd5sum takes what it gets of the last chunk for all of it.
    const cutShort = last !== undefined && last.chunk < position ? leadingDigits(md5) : '';
    const digits = sums.map((sum) => leadingDigits(sum.md5)).join('') + cutShort;
    return { md5, fragmentSums: digits.slice(0, FRAGMENT_COUNT * DIGITS_PER_FRAGMENT) };
  }
}

/** How isomd5sum cut an image into fragments: as all its versions do, or as 1.2.4 did. */
export type FragmentForm = 'isomd5sum' | 'isomd5sum-1.2.4';

/**
 * Where the fragments of an image end that its running MD5 is read at, by the version that wrote it.
 *
 * isomd5sum 1.2.4 read no more than a fragment at once and left the last one out, so that its sums have 57 digits.
 * Source: isomd5sum, commits e313746 and 14e4bac.
 */
export function fragmentEndsOf(form: FragmentForm, coveredBytes: number): number[] {
  const fragmentLength = Math.floor(coveredBytes / (FRAGMENT_COUNT + 1));
  const ends =
    form === 'isomd5sum'
      ? fragmentEnds(coveredBytes, CHUNK_LENGTH).slice(0, FRAGMENT_COUNT)
      : fragmentEnds(coveredBytes, Math.min(CHUNK_LENGTH, fragmentLength)).slice(0, FRAGMENT_COUNT - 1);
  return ends.map(({ end }) => end);
}

/**
 * Whether checkisomd5 finds each fragment's sum where implantisomd5 puts it: in small images several fragments start
 * within one chunk and have but one sum, which is looked for at another place than it is written to.
 */
export function isCheckable(coveredBytes: number): boolean {
  const fragmentLength = Math.floor(coveredBytes / (FRAGMENT_COUNT + 1));
  return fragmentEnds(coveredBytes, CHUNK_LENGTH).every(
    ({ chunk }, i) => Math.floor(chunk / fragmentLength) === i + 1,
  );
}

function fragmentEnds(coveredBytes: number, chunkLength: number): FragmentEnd[] {
  const fragmentLength = Math.floor(coveredBytes / (FRAGMENT_COUNT + 1));
  const ends: FragmentEnd[] = [];
  if (fragmentLength === 0) {
    return ends;
  }
  for (let start = fragmentLength; start < coveredBytes; start += fragmentLength) {
    const chunk = Math.ceil(start / chunkLength) * chunkLength;
    // Several fragments that start within one chunk have but one sum between them.
    if (chunk < coveredBytes && ends.at(-1)?.chunk !== chunk) {
      ends.push({ chunk, end: Math.min(chunk + chunkLength, coveredBytes) });
    }
  }
  return ends;
}

/** isomd5sum prints each byte with `%01x` and keeps the first digit: the high one, or the low one below 16. */
export function leadingDigits(md5: string): string {
  const bytes = md5.match(/../g) ?? [];
  return bytes
    .slice(0, DIGITS_PER_FRAGMENT)
    .map(([high = '', low = '']) => (high === '0' ? low : high))
    .join('');
}
