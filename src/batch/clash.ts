import { LOCAL_ENTRY } from '../job/added-entry.js';
import type { BatchJob } from './job.js';
import type { Mistake } from './mistake.js';
import type { PathIdentity } from './path-identity.js';

/** Every file that a job reads. */
export function filesRead({ input, settings }: Pick<BatchJob, 'input' | 'settings'>): string[] {
  return [input, ...filesBrought(settings)];
}

/** The local files that a job brings along, as its settings name them. */
export function filesBrought({ bootFile, donor, add = [] }: BatchJob['settings']): string[] {
  const added = add.flatMap((text) => (text.startsWith(LOCAL_ENTRY) ? [text.slice(LOCAL_ENTRY.length)] : []));
  return [bootFile, donor, ...added].filter((path) => path !== undefined);
}

/** Outputs that are another job's output, or what another job reads: whichever ran first would spoil the other. */
export async function findClashes(
  jobs: readonly BatchJob[],
  identity: PathIdentity,
  report: string | undefined,
): Promise<Mistake[]> {
  const readers = new Map<string, BatchJob[]>();
  for (const job of jobs) {
    for (const path of filesRead(job)) {
      const key = await identity.of(path);
      readers.set(key, [...(readers.get(key) ?? []), job]);
    }
  }
  const writers = new Map<string, BatchJob>();
  const reportKey = report === undefined ? undefined : await identity.of(report);
  const mistakes: Mistake[] = [];
  for (const job of jobs) {
    const key = job.output === undefined ? undefined : await identity.of(job.output);
    const why = key === undefined ? undefined : clashOf(job, key, { readers, writers, reportKey });
    if (why !== undefined) {
      mistakes.push({ code: 'ISO_BATCH_OUTPUT', message: `${job.output ?? ''} ${why}`, ...job.place });
    }
    if (key !== undefined && !writers.has(key)) {
      writers.set(key, job);
    }
  }
  if (reportKey !== undefined && readers.has(reportKey)) {
    mistakes.push({
      code: 'ISO_BATCH_OUTPUT',
      message: `${report ?? ''} is to be the report, and a job reads it`,
      line: null,
      column: null,
      field: null,
    });
  }
  return mistakes;
}

function clashOf(
  job: BatchJob,
  key: string,
  known: {
    readonly readers: ReadonlyMap<string, readonly BatchJob[]>;
    readonly writers: ReadonlyMap<string, BatchJob>;
    readonly reportKey: string | undefined;
  },
): string | undefined {
  const writer = known.writers.get(key);
  if (writer !== undefined) {
    return `is the output of job ${writer.index}${lineText(writer)} as well`;
  }
  const reader = known.readers.get(key)?.find((other) => other !== job);
  if (reader !== undefined) {
    return `is read by job ${reader.index}${lineText(reader)}`;
  }
  const isItself = known.readers.get(key)?.includes(job) === true && job.settings.inPlace !== true;
  if (isItself) {
    return 'is what the job itself reads; inPlace edits an image where it is';
  }
  return key === known.reportKey ? 'is where the report goes' : undefined;
}

function lineText({ place }: BatchJob): string {
  return place.line === null ? '' : ` (line ${place.line})`;
}
