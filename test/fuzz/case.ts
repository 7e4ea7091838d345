/** One case of the fuzzer: an image, changed as its number says, and what comes of it. */
import { Random } from '../kit/random.js';
import { Find, type Tally } from './find.js';
import { mutate } from './mutation.js';
import { builtNames, specimenNamed } from './specimen.js';
import { tryImage } from './trial.js';

/** A case: which image, and the number that all its changes come from. */
export interface CaseId {
  readonly specimen: string;
  readonly number: number;
}

export function caseName({ specimen, number }: CaseId): string {
  return `${specimen}/${number}`;
}

/** The case of a name, as `caseName` gives it. */
export function caseNamed(name: string): CaseId {
  const slash = name.lastIndexOf('/');
  const number = Number(name.slice(slash + 1));
  if (slash < 1 || !Number.isSafeInteger(number)) {
    throw new RangeError(`a case is named IMAGE/NUMBER, not ${name}`);
  }
  return { specimen: name.slice(0, slash), number };
}

/** Cases that share an image: making one takes longer than changing it. */
const CASES_IN_A_ROW = 25;

/** The case at an index of the run with a seed. */
export function caseAt(seed: number, index: number, names: readonly string[]): CaseId {
  const round = randomFor(seed ^ Math.imul(Math.floor(index / CASES_IN_A_ROW) + 1, 0x85eb_ca6b));
  const specimen = names[round.between(0, names.length - 1)] ?? '';
  const number = randomFor(seed ^ Math.imul(index + 1, 0xc2b2_ae35)).between(0, 0x7fff_ffff);
  return { specimen, number };
}

/** The changed image of a case. */
export async function imageOf({ specimen, number }: CaseId): Promise<Uint8Array> {
  const random = randomFor(number);
  const { bytes, structures } = await specimenNamed(specimen);
  const other = async (): Promise<Uint8Array> => {
    const names = builtNames();
    return (await specimenNamed(names[random.between(0, names.length - 1)] ?? specimen)).bytes;
  };
  const mutant = { bytes: bytes.slice(), structures, random, other };
  await mutate(mutant);
  return mutant.bytes;
}

/** What a case takes. */
export interface CaseCost {
  /** Milliseconds of processor time, of all threads. */
  readonly milliseconds: number;
}

const MOST_MILLISECONDS = 2000;

/** Runs a case. Errors: `Find`. */
export async function runCase(id: CaseId, tally: Tally): Promise<CaseCost> {
  const bytes = await imageOf(id);
  const before = process.cpuUsage();
  await tryImage(bytes, randomFor(id.number + 1), tally);
  const { user, system } = process.cpuUsage(before);
  const milliseconds = (user + system) / 1000;
  if (milliseconds > MOST_MILLISECONDS) {
    throw new Find('time', `${Math.round(milliseconds)} ms of processor time`);
  }
  return { milliseconds };
}

/** The first numbers of neighbouring seeds are much alike. */
function randomFor(number: number): Random {
  const random = new Random(number >>> 0);
  for (let i = 0; i < 4; i += 1) {
    random.next();
  }
  return random;
}
