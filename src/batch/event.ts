import type { BatchJob } from './job.js';
import type { BatchJobReport } from './job-report.js';
import type { BatchReport } from './summary.js';

/** What a batch tells of its jobs as they go. */
export type JobEvent =
  | { readonly kind: 'start'; readonly job: BatchJob }
  /** How far the reading and writing of a job's image has come; in bytes. */
  | { readonly kind: 'progress'; readonly job: BatchJob; readonly done: number; readonly total: number }
  | {
      readonly kind: 'end';
      readonly job: BatchJob;
      readonly report: BatchJobReport;
      /** Whether the report that is gone on with has a line on it that still holds. */
      readonly stands: boolean;
    };

/** What a batch tells: first what its jobs are, then how they go, and last what all came to. */
export type BatchEvent =
  | { readonly kind: 'jobs'; readonly jobs: readonly BatchJob[] }
  | JobEvent
  | { readonly kind: 'summary'; readonly summary: BatchReport };
