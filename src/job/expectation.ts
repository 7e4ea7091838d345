import { IsoError } from '../errors.js';
import { digestOverlay, type DigestAlgorithm } from '../sink/digest.js';
import type { OnProgress } from '../sink/progress.js';
import type { Source } from '../source/source.js';

/** A digest that the input must have. */
export interface Expectation {
  /** How it is computed. */
  readonly algorithm: DigestAlgorithm;
  /** Hexadecimal digits, in lower case. */
  readonly digest: string;
}

const DIGITS: Readonly<Record<DigestAlgorithm, number>> = { md5: 32, sha256: 64, sha512: 128 };

/** Parses `sha256:...`, `sha512:...` or `md5:...`. Errors: `ISO_USAGE_ARGUMENT`. */
export function parseExpectation(text: string): Expectation {
  const [algorithm = '', digest = ''] = text.toLowerCase().split(':');
  const isKnown = (name: string): name is DigestAlgorithm => Object.hasOwn(DIGITS, name);
  if (!isKnown(algorithm) || !/^[0-9a-f]*$/.test(digest) || digest.length !== DIGITS[algorithm]) {
    throw new IsoError(
      'ISO_USAGE_ARGUMENT',
      '--expect takes sha256:, sha512: or md5: and the hexadecimal digits',
      {
        found: text,
        wanted: 'sha256:<64 digits>',
      },
    );
  }
  return { algorithm, digest };
}

/** Reads the whole source once and compares. Errors: `ISO_SOURCE_DIGEST`. */
export async function checkExpectation(
  source: Source,
  expectation: Expectation,
  watching: { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined },
): Promise<void> {
  const { algorithm, digest } = expectation;
  // Named one by one: what the caller watches with may hold much else.
  const { onProgress, signal } = watching;
  const { digests } = await digestOverlay({ base: source, algorithms: [algorithm], onProgress, signal });
  const { [algorithm]: found } = digests;
  if (found !== digest) {
    throw new IsoError(
      'ISO_SOURCE_DIGEST',
      `${source.name} has another ${algorithm} than expected; nothing was written`,
      {
        found: found ?? 'nothing',
        wanted: digest,
      },
    );
  }
}
