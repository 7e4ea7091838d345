import type { JobSummary } from './job-report.js';
import type { Status } from './outcome.js';

/** The outcome of `batch`; documented in docs/json.md. */
export interface BatchReport {
  readonly schema: 'isoboot.batch/1';
  /** How many jobs ended in which way. */
  readonly counts: Readonly<Record<Status | 'notStarted', number>>;
  /** Whether a signal asked to stop. */
  readonly interrupted: boolean;
  /** How long it took. */
  readonly seconds: number;
  /** Path of the report with a line a job. */
  readonly report: string | null;
  /** In the order of the manifest. */
  readonly jobs: readonly JobSummary[];
}

/** The outcome of a batch of so many jobs. */
export function reportBatch(
  total: number,
  summaries: readonly JobSummary[],
  how: { readonly report: string | undefined; readonly seconds: number; readonly interrupted: boolean },
): BatchReport {
  const count = (wanted: Status): number => summaries.filter(({ status }) => status === wanted).length;
  return {
    schema: 'isoboot.batch/1',
    counts: {
      done: count('done'),
      skipped: count('skipped'),
      negative: count('negative'),
      failed: count('failed'),
      cancelled: count('cancelled'),
      notStarted: total - summaries.length,
    },
    interrupted: how.interrupted,
    seconds: Math.round(how.seconds * 1000) / 1000,
    report: how.report ?? null,
    jobs: [...summaries].sort((a, b) => a.index - b.index),
  };
}
