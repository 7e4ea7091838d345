/** Runs cases one by one in a process of its own, and tells of each on standard output before it starts and when it ends. */
import { writeSync } from 'node:fs';
import { caseAt, caseName, runCase, type CaseId } from './case.js';
import { Find, Tally } from './find.js';

/** What a worker tells, a line of JSON each. */
export type WorkerMessage =
  | { readonly kind: 'start'; readonly name: string }
  | {
      readonly kind: 'end';
      readonly name: string;
      readonly milliseconds: number;
      /** Highest memory of the process so far, in bytes. */
      readonly peak: number;
      /** Outcomes, by attempt and code. */
      readonly outcomes: readonly string[];
      readonly find?: string;
    };

/** Runs these cases. */
export async function runWorker(cases: Iterable<CaseId>): Promise<void> {
  for (const id of cases) {
    const name = caseName(id);
    tell({ kind: 'start', name });
    const tally = new Tally();
    let milliseconds = 0;
    let find: string | undefined;
    try {
      ({ milliseconds } = await runCase(id, tally));
    } catch (error) {
      find = error instanceof Find ? error.message : `fuzzer: ${String((error as Error).stack)}`;
    }
    const peak = process.resourceUsage().maxRSS * 1024;
    const outcomes = [...tally.counts.keys()];
    tell({ kind: 'end', name, milliseconds, peak, outcomes, ...(find === undefined ? {} : { find }) });
  }
}

/** The cases of a run from an index on. */
export function* casesFrom(
  seed: number,
  first: number,
  count: number,
  names: readonly string[],
): Generator<CaseId> {
  for (let index = first; index < first + count; index += 1) {
    yield caseAt(seed, index, names);
  }
}

/** Written at once: of a case that never ends, the name has to be known. */
function tell(message: WorkerMessage): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}
