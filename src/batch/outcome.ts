import type { ExtractBootReport } from '../job/extract-boot.js';
import type { MediaCheckEditReport } from '../job/media-check-edit.js';
import type { MediaCheckReport } from '../job/media-check.js';
import type { RemoveBootReport } from '../job/remove-boot.js';
import type { InjectReport, InspectReport } from '../job/report.js';

/** The report of a single command that a job may be. */
export type CommandReport =
  | InjectReport
  | RemoveBootReport
  | ExtractBootReport
  | InspectReport
  | MediaCheckReport
  | MediaCheckEditReport;

/** Why nothing had to be done; documented in docs/json.md. */
export const SKIP_REASONS = [
  'already-bootable',
  'already-converted',
  'already-reported',
  'not-bootable',
  'has-media-check',
  'no-media-check',
] as const;

/** Why nothing had to be done. */
export type SkipReason = (typeof SKIP_REASONS)[number];

/** How a job ended: `negative` is an answer, such as that a media check fails. */
export const STATUSES = ['done', 'skipped', 'negative', 'failed', 'cancelled'] as const;

/** How a job ended. */
export type Status = (typeof STATUSES)[number];

/** What a job came to that did not fail. */
export interface Outcome {
  readonly status: 'done' | 'skipped' | 'negative';
  readonly reason: SkipReason | null;
  /** The result that is there now. */
  readonly output: string | null;
  /** The report of the single command. */
  readonly report: CommandReport | null;
}
