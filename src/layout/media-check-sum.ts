/** The sums in a media check field, as implantisomd5 makes them (isomd5sum, the classic 60-digit form). */

import type { RunningMd5Cover, RunningMd5Result } from './running-md5.js';

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
 * What to read for both sums: the running MD5 after each 32768-byte chunk that starts in another of 21 equal fragments
 * than the chunk before it.
 *
 * `coveredBytes` is (volume space size - 15) * 2048, `fieldOffset` the field's byte offset in the image. Source:
 * isomd5sum 1.2.3, libimplantisomd5.c.
 */
export function mediaCheckCover(coveredBytes: number, fieldOffset: number): RunningMd5Cover {
  const readAt = fragmentEnds(coveredBytes, CHUNK_LENGTH).map(({ end }) => end);
  return { coveredBytes, fieldOffset, readAt };
}

/** Both sums, from what was read as `mediaCheckCover` says; an image that ends early has the sum of what it has. */
export function mediaCheckSumOf(
  { md5, sums, position }: RunningMd5Result,
  coveredBytes: number,
): MediaCheckSum {
  const last = fragmentEnds(coveredBytes, CHUNK_LENGTH)[sums.length];
  // isomd5sum takes what it gets of the last chunk for all of it.
  const cutShort = last !== undefined && last.chunk < position ? leadingDigits(md5) : '';
  const digits = sums.map((sum) => leadingDigits(sum.md5)).join('') + cutShort;
  return { md5, fragmentSums: digits.slice(0, FRAGMENT_COUNT * DIGITS_PER_FRAGMENT) };
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
