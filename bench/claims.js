/** What is claimed of isoboot, as a ratio of two medians of one run, and whether it is so. */
import { median, quartiles } from './statistics.js';

/** Bytes that are promised for up to so many files, and for each one beyond. */
const MEMORY = { bytes: 100e6, files: 50_000, perFile: 500 };

/**
 * Judges a claim by the results of a contest.
 *
 * `minus` names a command whose median is taken off ours: what it takes to start at all. `referenceTimes` is how often
 * the reference would have to be done for the same job. With `atLeast` the ratio is that of the reference to ours.
 */
export function judgeClaim(claim, results, missing) {
  const { atMost, atLeast, ...stated } = claim;
  const { ours, reference, minus, referenceTimes = 1 } = stated;
  const target = atMost !== undefined ? { atMost } : atLeast !== undefined ? { atLeast } : null;
  const notRun = missing.get(reference) ?? missing.get(ours);
  if (notRun !== undefined) {
    return { ...stated, target, notRun };
  }
  const less = minus === undefined ? 0 : results.get(minus).median;
  const our = results.get(ours).seconds.map((seconds) => seconds - less);
  const their = results.get(reference).seconds.map((seconds) => seconds * referenceTimes);
  const ratioOf = (a, b) => (atLeast === undefined ? a / b : b / a);
  const ratio = ratioOf(median(our), median(their));
  return {
    ...stated,
    target,
    oursSeconds: median(our),
    referenceSeconds: median(their),
    ratio,
    ratioQuartiles: quartiles(our.map((seconds, i) => ratioOf(seconds, their[i]))),
    met: isMet(ratio, { atMost, atLeast }),
  };
}

function isMet(ratio, { atMost, atLeast }) {
  if (atMost !== undefined) {
    return ratio <= atMost;
  }
  return atLeast === undefined ? null : ratio >= atLeast;
}

/** Whether a command of isoboot takes no more memory than is promised for an image of so many files. */
export function judgeMemory({ name, files }, { peakBytes }) {
  const atMostBytes = MEMORY.bytes + MEMORY.perFile * Math.max(0, files - MEMORY.files);
  return {
    what: name,
    files,
    peakBytes,
    atMostBytes,
    met: peakBytes === null ? null : peakBytes <= atMostBytes,
  };
}
