import { asIsoError, reportError, type ErrorReport, type IsoErrorCode } from '../errors.js';
import type { BatchJob } from './job.js';
import type { CommandReport, Outcome, SkipReason, Status } from './outcome.js';
import type { Deed } from './settings.js';

/** The schema of a line of a report. */
export const JOB_SCHEMA = 'isoboot.batch-job/1';

/** One line of a report: how a job ended; documented in docs/json.md. */
export interface BatchJobReport {
  /** `isoboot.batch-job/1`. */
  readonly schema: typeof JOB_SCHEMA;
  /** The job's number, from 1 on. */
  readonly index: number;
  /** What was done. */
  readonly do: Deed;
  /** Absolute path of the image. */
  readonly input: string;
  /** The result that is there now. */
  readonly output: string | null;
  /** As in `isoboot.batch/1`. */
  readonly status: Status;
  /** As in `isoboot.batch/1`. */
  readonly reason: SkipReason | null;
  /** The same for the same image, output and settings. */
  readonly key: string;
  /** Of the image before the job, and of the output behind it; nothing where no digest was taken. */
  readonly inputSha256: string | null;
  /** Of the output; null with `--no-digest`, and without an output. */
  readonly outputSha256: string | null;
  /** How long it took. */
  readonly seconds: number;
  /** As in `isoboot.error/1`, without `mistakes`. */
  readonly error: ErrorReport | null;
  /** The report of the single command. */
  readonly report: CommandReport | null;
}

/** What a job's end is told by, besides the job. */
export interface Ending {
  readonly outcome: Outcome | undefined;
  readonly error: unknown;
  readonly seconds: number;
  readonly inputSha256?: string | undefined;
  readonly outputSha256?: string | undefined;
}

/** The line of a job that has ended. */
export function reportJob(job: BatchJob, ending: Ending): BatchJobReport {
  const { outcome, seconds, inputSha256 = null, outputSha256 = null } = ending;
  const error = outcome === undefined ? reportError(asIsoError(ending.error)) : null;
  const failed: Status = error?.code === 'ISO_INTERRUPTED' ? 'cancelled' : 'failed';
  return {
    schema: JOB_SCHEMA,
    index: job.index,
    do: job.settings.do,
    input: job.input,
    output: outcome?.output ?? null,
    status: outcome?.status ?? failed,
    reason: outcome?.reason ?? null,
    key: job.key,
    inputSha256,
    outputSha256,
    seconds: Math.round(seconds * 1000) / 1000,
    error,
    report: outcome?.report ?? null,
  };
}

/** What a summary keeps of a job: few fields, whatever the size of its report. */
export type JobSummary = Pick<
  BatchJobReport,
  'index' | 'do' | 'input' | 'output' | 'status' | 'reason' | 'seconds'
> & {
  /** What went wrong; nothing where nothing did. */
  readonly code: IsoErrorCode | null;
  /** What is wrong, for people. */

  readonly message: string | null;
};

/** The few fields of a job's end that are kept until the last job has ended. */
export function summarise(report: BatchJobReport): JobSummary {
  const { index, input, output, status, reason, seconds, error } = report;
  const { code = null, message = null } = error ?? {};
  return { index, do: report.do, input, output, status, reason, seconds, code, message };
}
