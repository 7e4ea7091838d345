/** What passes between `digest.ts` and its worker: all of it can be cloned from thread to thread. */

import type { IsoErrorCode } from '../errors.js';
import type { RunningMd5Cover, RunningMd5Result } from '../layout/running-md5.js';
import type { SourceName } from '../plan/patch.js';
import type { Layers } from './segment.js';

/** The digests that can be asked for. */
export type DigestAlgorithm = 'md5' | 'sha256' | 'sha512';

/** What was computed; digests in hexadecimal digits. */
export interface DigestResult {
  readonly runningMd5: RunningMd5Result | undefined;
  readonly digests: Readonly<Partial<Record<DigestAlgorithm, string>>>;
}

/** A source that the worker can open by itself, or has in memory. */
export type SourceDescription =
  | { readonly kind: 'path'; readonly path: string; readonly size: number; readonly isDevice: boolean }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** The worker's whole task. */
export interface DigestJob {
  readonly base: SourceDescription;
  readonly layers: Layers;
  readonly sources: readonly (readonly [SourceName, SourceDescription])[];
  readonly runningMd5: RunningMd5Cover | undefined;
  readonly algorithms: readonly DigestAlgorithm[];
  readonly output: DigestOutput | undefined;
}

/** An existing empty file that gets the same bytes. */
export interface DigestOutput {
  readonly path: string;
  /** Whether blocks of zeros are left out. */
  readonly holes: boolean;
  /** Whether the thread waits for each write: it takes less of all cores' time than having others do it meanwhile. */
  readonly inTurn?: boolean | undefined;
}

/** What an `IsoError` is made from again on the other side. */
export interface FailureReport {
  readonly code: IsoErrorCode;
  readonly message: string;
  readonly offset?: number;
  readonly found?: string | number;
  readonly wanted?: string | number;
}

/** What the worker says. */
export type DigestMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'result'; readonly result: DigestResult }
  | { readonly kind: 'failure'; readonly failure: FailureReport };
