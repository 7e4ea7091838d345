import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { IsoError } from '../errors.js';
import { noteLeftover, withFields, type Logger } from '../job/logger.js';
import { outputFailure } from '../sink/failure.js';
import { fingerprintOf } from '../sink/fingerprint.js';
import { removeLeftovers } from '../sink/leftover.js';
import { interrupted } from '../source/stop.js';
import type { Watching } from './command.js';
import { jobsBeside } from './concurrency.js';
import type { JobEvent } from './event.js';
import { EventQueue } from './event-queue.js';
import { sha256Of } from './file-digest.js';
import type { BatchJob } from './job.js';
import { reportJob, type Ending } from './job-report.js';
import type { Outcome } from './outcome.js';
import type { Earlier, EarlierJobs } from './report-file.js';
import { onlyReads } from './settings.js';
import { takeBack, doJob } from './work.js';

/** How a batch is run. */
export interface RunOptions {
  /** Jobs at once; by what limits each of them without it. */
  readonly concurrency?: number | undefined;
  /** Whether the sha256 of every input and output is taken, as a report needs it that is to be gone on with. */
  readonly digests: boolean;
  /** What the report tells that is gone on with. */
  readonly earlier?: EarlierJobs | undefined;
  /** Starts no further job; those under way are finished. */
  readonly drain?: AbortSignal | undefined;
  /** Cancels the jobs under way as well; each leaves its original or nothing. */
  readonly signal?: AbortSignal | undefined;
  readonly logger?: Logger | undefined;
}

/**
 * Runs jobs side by side, started in their order, and tells of each start and end. A job that fails keeps none from
 * running. Errors: none; those of jobs are in their reports.
 */
export async function* runJobs(jobs: readonly BatchJob[], options: RunOptions): AsyncGenerator<JobEvent> {
  const queue = new EventQueue();
  const abandoned = new AbortController();
  const run = { ...options, queue, abandoned: abandoned.signal, folders: new Map<string, Promise<void>>() };
  const all = runAll(jobs, run).finally(() => queue.close());
  try {
    yield* queue;
  } finally {
    // Whoever listens no longer leaves no jobs behind that go on by themselves.
    abandoned.abort();
    queue.close();
    await all;
  }
}

interface Run extends RunOptions {
  readonly queue: EventQueue;
  /** Fires when nobody listens any more. */
  readonly abandoned: AbortSignal;
  /** The folders of outputs that were made ready. */
  readonly folders: Map<string, Promise<void>>;
}

async function runAll(jobs: readonly BatchJob[], options: Run): Promise<void> {
  const { queue, drain, signal, abandoned } = options;
  const running = new Set<Promise<void>>();
  for (const job of jobs) {
    const most = options.concurrency ?? (await jobsBeside(job));
    while (running.size >= most) {
      await Promise.race(running);
    }
    // Whoever is slow to take what is told has no more started for him.
    await queue.room();
    if ([drain, signal, abandoned].some((each) => each?.aborted)) {
      break;
    }
    queue.push({ kind: 'start', job });
    const work = runOne(job, options).finally(() => running.delete(work));
    running.add(work);
  }
  await Promise.all(running);
}

async function runOne(job: BatchJob, options: Run): Promise<void> {
  const { queue, signal, abandoned, logger } = options;
  const started = performance.now();
  // A controller of its own: what listens to the batch's for one job would be kept until the last.
  const stop = new AbortController();
  const onStop = (): void => stop.abort();
  const signals = [signal, abandoned].filter((each) => each !== undefined);
  signals.forEach((each) => each.addEventListener('abort', onStop));
  if (signals.some(({ aborted }) => aborted)) {
    stop.abort();
  }
  let ended: Ended;
  try {
    ended = await endOf(job, options, {
      onProgress: (at) => queue.push({ kind: 'progress', job, ...at }),
      signal: stop.signal,
      logger: logger && withFields(logger, { job: job.index }),
    });
  } catch (error) {
    ended = { outcome: undefined, error: stop.signal.aborted ? interrupted() : error };
  } finally {
    signals.forEach((each) => each.removeEventListener('abort', onStop));
  }
  const { stands = false, ...ending } = ended;
  const report = reportJob(job, { ...ending, seconds: (performance.now() - started) / 1000 });
  queue.push({ kind: 'end', job, report, stands });
}

interface Ended extends Omit<Ending, 'seconds'> {
  readonly stands?: boolean;
}

async function endOf(job: BatchJob, options: Run, watching: Watching): Promise<Ended> {
  const { earlier, digests, folders } = options;
  await prepareFolder(job, folders, watching.logger);
  const before = earlier?.get(job.key);
  if (before !== undefined && (await isDone(job, before, watching))) {
    return { stands: true, error: undefined, ...standing(job, before) };
  }
  if (earlier !== undefined) {
    await takeBack(job, watching);
  }
  return digests ? workAndDigest(job, watching) : { outcome: await doJob(job, watching), error: undefined };
}

async function workAndDigest(job: BatchJob, watching: Watching): Promise<Ended> {
  const state = fingerprintOf(job.input);
  const before = job.settings.inPlace === true ? await sha256Of(job.input, watching) : undefined;
  const outcome = await doJob(job, watching);
  const [input, output] = await Promise.all([
    before ?? sha256Of(job.input, watching),
    resultDigest(outcome, watching),
  ]);
  // An image that changes under a job is not the one that was converted.
  const isSame = before !== undefined || fingerprintOf(job.input) === state;
  return { outcome, error: undefined, inputSha256: isSame ? input : undefined, outputSha256: output };
}

function resultDigest(
  { output, report }: Outcome,
  watching: Watching,
): Promise<string | undefined> | string | undefined {
  const known = (report as { sha256?: string | null } | null)?.sha256;
  return output === null ? undefined : (known ?? sha256Of(output, watching));
}

/**
 * Whether the report that is gone on with says that the job is done, and it is: the image has the same digest as then,
 * and so has the output. What was answered with no is asked again.
 */
async function isDone(job: BatchJob, earlier: Earlier, watching: Watching): Promise<boolean> {
  const { status, inputSha256, outputSha256 } = earlier;
  if (status !== 'done' && status !== 'skipped') {
    return false;
  }
  const wanted = job.settings.inPlace === true ? (outputSha256 ?? inputSha256) : inputSha256;
  if (wanted === null || (await digestOrNothing(job.input, watching)) !== wanted) {
    return false;
  }
  // Nothing was written for an image that was already as the job would have it, or only looked at.
  return (
    outputSha256 === null ||
    (job.output !== undefined && (await digestOrNothing(job.output, watching)) === outputSha256)
  );
}

/** What a report says of a job that it is right about. */
function standing(job: BatchJob, earlier: Earlier): Pick<Ending, 'outcome' | 'inputSha256' | 'outputSha256'> {
  const { inputSha256, outputSha256 } = earlier;
  const reason = earlier.reason ?? (onlyReads(job.settings) ? 'already-reported' : 'already-converted');
  const output = outputSha256 === null ? null : (job.output ?? null);
  return {
    outcome: { status: 'skipped', reason, output, report: null },
    inputSha256: inputSha256 ?? undefined,
    outputSha256: outputSha256 ?? undefined,
  };
}

/** What cannot be read has no digest, and its job will say why. */
async function digestOrNothing(path: string, watching: Watching): Promise<string | undefined> {
  return sha256Of(path, watching).catch((error: unknown) => {
    if (error instanceof IsoError && error.code === 'ISO_INTERRUPTED') {
      throw error;
    }
    return undefined;
  });
}

/** Makes the folder of an output, and clears it once of what a killed run left there. */
function prepareFolder(
  { output, settings }: BatchJob,
  folders: Map<string, Promise<void>>,
  logger: Logger | undefined,
): Promise<void> {
  if (output === undefined || settings.inPlace === true) {
    return Promise.resolve();
  }
  const folder = dirname(output);
  const known = folders.get(folder);
  const made =
    known ??
    mkdir(folder, { recursive: true }).then(
      () => removeLeftovers(folder, noteLeftover(logger)),
      (error: unknown) => {
        throw outputFailure(folder, error);
      },
    );
  folders.set(folder, made);
  return made;
}
