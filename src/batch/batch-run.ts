import { readFile } from 'node:fs/promises';
import { platform as platformHere } from 'node:os';
import { dirname, resolve } from 'node:path';
import { IsoError, messageOf, systemCode } from '../errors.js';
import type { Logger } from '../job/logger.js';
import { interrupted, stopIfAborted } from '../source/stop.js';
import type { BatchEvent } from './event.js';
import type { BatchJob } from './job.js';
import { listJobs } from './job-list.js';
import { summarise, type JobSummary } from './job-report.js';
import { checkManifest, parseManifest, type Manifest } from './manifest.js';
import { readReport, ReportFile } from './report-file.js';
import { runJobs } from './job-run.js';
import type { Defaults, Entry } from './settings.js';
import { reportBatch } from './summary.js';

/** What a manifest says, as docs/batch.md describes it. */
export interface BatchManifest {
  /** The version of this format; may be left out. */
  readonly schema?: 'isoboot.batch-manifest/1' | undefined;
  /** What every job has that does not say otherwise. */
  readonly defaults?: Defaults | undefined;
  /** The jobs, in the order in which they are started. */
  readonly jobs: readonly Entry[];
}

/** What a batch does, and how it is run. */
export interface BatchOptions {
  /** The path of a manifest in YAML or JSON, or what one says. */
  readonly manifest: string | BatchManifest;
  /** The folder that relative paths start from; the manifest's own, or the current one, without it. */
  readonly base?: string | undefined;
  /** Jobs at once; by what limits each of them without it. */
  readonly concurrency?: number | undefined;
  /** A new file that gets a line of JSON as each job ends. */
  readonly report?: string | undefined;
  /** Whether the report may be there, and is overwritten. */
  readonly force?: boolean | undefined;
  /** In place of `report`: that of an earlier run, which is gone on with. One that is not there yet is empty. */
  readonly resume?: string | undefined;
  /** Whether the report has the sha256 of every input and output; true unless it is false. */
  readonly digests?: boolean | undefined;
  /** For whose file system outputs are told apart; the one that this runs on without it. */
  readonly platform?: string | undefined;
  /** Starts no further job; those under way are finished, and the summary is the last that is told. */
  readonly drain?: AbortSignal | undefined;
  /** Cancels the jobs under way as well; each leaves its original or nothing. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of what is done; without one, nothing is said. */
  readonly logger?: Logger | undefined;
}

/**
 * Runs many jobs side by side, started in their order, and tells of each start and end. A job that fails keeps none from
 * running: its error is in its report. Nothing starts before the first event is asked for, and no more does while events
 * wait to be taken; whoever leaves the loop cancels the jobs under way.
 *
 * Errors: a `BatchRefusal` with `ISO_BATCH_MANIFEST`, `ISO_BATCH_NO_IMAGE` or `ISO_BATCH_OUTPUT` before anything starts;
 * `ISO_BATCH_REPORT`, `ISO_OUTPUT_EXISTS` and `ISO_OUTPUT_IO` of reports; `ISO_USAGE_CONFLICT`, `ISO_SOURCE_NOT_FOUND`,
 * `ISO_SOURCE_IO`; `ISO_INTERRUPTED` behind the summary when `signal` is given.
 */
export async function* runBatch(options: BatchOptions): AsyncGenerator<BatchEvent, void, void> {
  const { signal, drain, resume, digests = true, concurrency, logger } = options;
  stopIfAborted(signal);
  const started = performance.now();
  const report = reportPathOf(options);
  const jobs = await jobsOf(options, report);
  const earlier = resume === undefined ? undefined : await readReport(resume);
  stopIfAborted(signal);
  const file = report === undefined ? undefined : await ReportFile.open(report, howToOpen(options));
  const summaries = new Map<number, JobSummary>();
  const run = { concurrency, digests: report !== undefined && digests, earlier, drain, signal, logger };
  try {
    yield { kind: 'jobs', jobs };
    for await (const event of runJobs(jobs, run)) {
      if (event.kind === 'end') {
        summaries.set(event.job.index, summarise(event.report));
        await (event.stands ? undefined : file?.append(event.report));
      }
      yield event;
    }
  } finally {
    await file?.close();
  }
  const isAborted = signal?.aborted === true;
  const seconds = (performance.now() - started) / 1000;
  const how = { report, seconds, interrupted: isAborted || drain?.aborted === true };
  yield { kind: 'summary', summary: reportBatch(jobs.length, [...summaries.values()], how) };
  if (isAborted) {
    throw interrupted();
  }
}

function reportPathOf({ report, resume }: BatchOptions): string | undefined {
  if (report !== undefined && resume !== undefined) {
    throw new IsoError('ISO_USAGE_CONFLICT', 'a report is new, or it is gone on with', {
      found: 'report and resume',
      wanted: 'one of them',
    });
  }
  return report ?? resume;
}

function howToOpen({ resume, force }: BatchOptions): 'new' | 'replace' | 'append' {
  return resume !== undefined ? 'append' : force === true ? 'replace' : 'new';
}

async function jobsOf(
  { manifest, base, platform = platformHere() }: BatchOptions,
  report: string | undefined,
): Promise<BatchJob[]> {
  const isPath = typeof manifest === 'string';
  return listJobs({
    manifest: isPath ? await readManifest(manifest) : await checkManifest(manifest),
    base: resolve(base ?? (isPath ? dirname(manifest) : '.')),
    foldsCase: platform === 'win32' || platform === 'darwin',
    report: report === undefined ? undefined : resolve(report),
  });
}

async function readManifest(path: string): Promise<Manifest> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = systemCode(error) === 'ENOENT' ? 'ISO_SOURCE_NOT_FOUND' : 'ISO_SOURCE_IO';
    throw new IsoError(code, `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  return parseManifest(text);
}
