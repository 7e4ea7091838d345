import type { BatchJob } from './job.js';
import type { BatchJobReport } from './job-report.js';
import type { BatchReport } from './summary.js';

/** What a batch tells of its jobs as they go. */
export type JobEvent =
  | {
      readonly kind: 'start';
      /** The job that it is about. */
      readonly job: BatchJob;
    }
  /** How far the reading and writing of a job's image has come; in bytes. */
  | {
      readonly kind: 'progress';
      /** The job that it is about. */
      readonly job: BatchJob;
      /** Bytes that are through. */
      readonly done: number;
      /** Bytes that there are. */
      readonly total: number;
    }
  | {
      readonly kind: 'end';
      /** The job that it is about. */
      readonly job: BatchJob;
      /** How the job ended. */
      readonly report: BatchJobReport;
      /** Whether the report that is gone on with has a line on it that still holds. */
      readonly stands: boolean;
    };

/** What a batch tells: first what its jobs are, then how they go, and last what all came to. */
export type BatchEvent =
  | {
      readonly kind: 'jobs';
      /** All jobs, in their order. */
      readonly jobs: readonly BatchJob[];
    }
  | JobEvent
  | {
      readonly kind: 'summary';
      /** What all jobs came to. */
      readonly summary: BatchReport;
    };
