/** What `npm run bench` may be told. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const MEMORY_FOLDER = '/dev/shm';

/** What the bench was told, and does not do; said in words, without a stack. */
export class Refusal extends Error {}

/** The text of `--help`. */
export const USAGE = `npm run bench -- [options]

  --only NAME     only this case; may be given again
  --rounds N      timed rounds of each case (9)
  --size SIZE     bytes of the large image, such as 64M or 4G (4G)
  --files N       files of the image of many files (200000)
  --images N      images of the batch (1000)
  --dir FOLDER    where the inputs go; memory-backed (${MEMORY_FOLDER}, where there is one)
  --results FILE  where the figures go (bench/results.json)
  --keep          leave the inputs there`;

const OPTIONS = {
  only: { type: 'string', multiple: true },
  rounds: { type: 'string', default: '9' },
  size: { type: 'string', default: '4G' },
  files: { type: 'string', default: '200000' },
  images: { type: 'string', default: '1000' },
  dir: { type: 'string' },
  results: { type: 'string' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/** Of images of less than a megabyte, checkisomd5 fails some that implantisomd5 has just made. */
const LEAST_SIZE = 4 * 1024 ** 2;

const UNITS = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Reads the command line; throws a `Refusal` of what it does not know. */
export function readOptions(argv) {
  const values = parse(argv);
  return {
    only: values.only,
    rounds: wholeNumber('rounds', values.rounds, 1),
    size: bytesOf(values.size),
    files: wholeNumber('files', values.files, 50),
    images: wholeNumber('images', values.images, 1),
    dir: values.dir ?? (existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir()),
    results: values.results ?? fileURLToPath(new URL('results.json', import.meta.url)),
    keep: values.keep,
    help: values.help,
  };
}

function parse(args) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new Refusal(error.message);
  }
}

function wholeNumber(name, text, least) {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(number >= least)) {
    throw new Refusal(`--${name} takes a whole number from ${least} on, not "${text}"`);
  }
  return number;
}

function bytesOf(text) {
  const [, digits, unit] = /^(\d+)([KMG]?)$/.exec(text) ?? [];
  const bytes = Number(digits) * UNITS[unit];
  if (!(bytes >= LEAST_SIZE)) {
    throw new Refusal(`--size takes a size from 4M on, such as 64M or 4G, not "${text}"`);
  }
  return bytes;
}
