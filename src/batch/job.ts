import { createHash } from 'node:crypto';
import type { Place } from './mistake.js';
import type { Deed, Settings } from './settings.js';

/** One job of a batch: one image, and what is done with it. */
export interface BatchJob {
  /** From 1 on, in the order of the manifest. */
  readonly index: number;
  /** Absolute path of the image. */
  readonly input: string;
  /** The result; the image itself for an edit in place, nothing for a job that only reads. */
  readonly output: string | undefined;
  /** What the job is told. */
  readonly settings: Settings & {
    /** What is done with the image. */
    readonly do: Deed;
  };
  /** The same for the same image, result and settings. */
  readonly key: string;
  /** Where the manifest tells of it. */
  readonly place: Place;
}

/** What tells a job of one run from any other, as 64 hexadecimal digits; `files` are those that it brings along. */
export function jobKey(job: Omit<BatchJob, 'key' | 'index' | 'place'>, files: readonly string[]): string {
  const { input, output, settings } = job;
  const sorted = Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([input, output ?? null, sorted, files]);
  return createHash('sha256').update(text).digest('hex');
}
