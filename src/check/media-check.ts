import { fragmentEndsOf, leadingDigits, type FragmentForm } from '../layout/media-check-sum.js';
import type { MediaCheck } from '../layout/media-check.js';
import type { RunningMd5Result, RunningMd5Value } from '../layout/running-md5.js';

/** Whether an image has the sums that it carries; one that is shorter than its volume has not, whatever they say. */
export type MediaCheckResult = 'pass' | 'fail' | 'incomplete';

/** A run of bytes that a fragment sum vouches for. */
export interface BadFragment {
  /** From 1 on; one more than there are sums stands for what follows the last of them. */
  readonly index: number;
  /** Byte offset in the image. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** What the fragment sums say. */
export interface FragmentVerdict {
  /** How many sums the field has. */
  readonly count: number;
  /** Which version's they are; nothing where they are no version's that is known, so that they say nothing. */
  readonly form: FragmentForm | undefined;
  readonly firstBad: BadFragment | undefined;
}

/** A judged media check. */
export interface MediaCheckVerdict {
  readonly result: MediaCheckResult;
  /** Nothing where the field has no fragment sums. */
  readonly fragments: FragmentVerdict | undefined;
}

const FORMS: readonly FragmentForm[] = ['isomd5sum', 'isomd5sum-1.2.4'];
const DIGITS_PER_FRAGMENT = 3;
const FRAGMENT_COUNT = 20;

/** Where the running MD5 has to be read to judge the fragment sums of a field; byte offsets in ascending order. */
export function readingPoints({ fragmentSums }: MediaCheck, coveredBytes: number): number[] {
  const points =
    fragmentSums === undefined ? [] : FORMS.flatMap((form) => fragmentEndsOf(form, coveredBytes));
  return [...new Set(points)].sort((a, b) => a - b);
}

/**
 * Judges a media check by the MD5 of the covered bytes, and by its values where fragments end; pure.
 *
 * `missingBytes` is what the image lacks of its volume. As in checkisomd5, a wrong fragment sum is a failure even where
 * the MD5 is right; sums of another form than isomd5sum's say nothing.
 */
export function judgeMediaCheck(
  field: MediaCheck,
  sums: Pick<RunningMd5Result, 'md5' | 'sums'>,
  { coveredBytes, missingBytes }: { readonly coveredBytes: number; readonly missingBytes: number },
): MediaCheckVerdict {
  const isRight = sums.md5 === field.md5;
  const fragments = judgeFragments(field, sums.sums, { coveredBytes, isRight });
  const isGood = isRight && fragments?.firstBad === undefined;
  return { result: missingBytes > 0 ? 'incomplete' : isGood ? 'pass' : 'fail', fragments };
}

function judgeFragments(
  { fragmentSums, fragmentCount }: MediaCheck,
  running: readonly RunningMd5Value[],
  { coveredBytes, isRight }: { readonly coveredBytes: number; readonly isRight: boolean },
): FragmentVerdict | undefined {
  if (fragmentSums === undefined) {
    return undefined;
  }
  const digits = fragmentSums.toLowerCase();
  const count = Math.floor(digits.length / DIGITS_PER_FRAGMENT);
  const known =
    (fragmentCount ?? FRAGMENT_COUNT) === FRAGMENT_COUNT && /^([0-9a-f]{3})*$/.test(digits) ? FORMS : [];
  const candidates = known
    .map((form) => ({ form, ends: fragmentEndsOf(form, coveredBytes) }))
    .filter(({ ends }) => ends.length === count)
    .map(({ form, ends }) => ({ form, ends, good: goodFragments(digits, ends, running) }))
    .sort((a, b) => b.good - a.good);
  const [best] = candidates;
  if (best === undefined) {
    return { count, form: undefined, firstBad: undefined };
  }
  const isAllGood = best.good === count && isRight;
  return { count, form: best.form, firstBad: isAllGood ? undefined : runAt(best, coveredBytes) };
}

/** How many of the first fragments have the sums of the field. */
function goodFragments(digits: string, ends: readonly number[], running: readonly RunningMd5Value[]): number {
  const found = new Map(running.map(({ end, md5 }) => [end, leadingDigits(md5)]));
  const bad = ends.findIndex((end, i) => {
    const at = i * DIGITS_PER_FRAGMENT;
    return found.get(end) !== digits.slice(at, at + DIGITS_PER_FRAGMENT);
  });
  return bad < 0 ? ends.length : bad;
}

function runAt({ ends, good }: { ends: readonly number[]; good: number }, coveredBytes: number): BadFragment {
  const offset = ends[good - 1] ?? 0;
  return { index: good + 1, offset, length: (ends[good] ?? coveredBytes) - offset };
}
