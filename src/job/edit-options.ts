import type { Readable } from 'node:stream';
import type { OnProgress } from '../sink/progress.js';
import type { Source } from '../source/source.js';
import type { Expectation } from './expectation.js';
import type { Logger } from './logger.js';
import type { InjectTarget } from './target.js';

/** Where the result of a plan goes, and what watches over it. */
export interface ApplyOptions {
  /** Where the result goes. */
  readonly target: InjectTarget;
  /** A digest that the input must have; checked before anything is written. */
  readonly expect?: Expectation | undefined;
  /** Whether to write nothing, and only say what would be written. */
  readonly dryRun?: boolean | undefined;
  /** Told how far the reading and writing of the whole image has come; in bytes. */
  readonly onProgress?: OnProgress | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of what is done; without one, nothing is said. */
  readonly logger?: Logger | undefined;
  /**
   * Whether this is one of many edits: others keep the other cores busy, and whoever runs them has removed what killed
   * runs left in the folders of outputs.
   */
  readonly amongMany?: boolean | undefined;
  /** Called after every sync of an edit in place; for tests that look at the half-written image. */
  readonly checkpoint?: ((what: string) => Promise<void> | void) | undefined;
}

/** What every edit is told: the image, and where its result goes. */
export interface EditOptions extends ApplyOptions {
  /** Path of the image or device, or any other source of its bytes, which stays open; or a stream of them, taken once. */
  readonly input: string | Source | Readable;
  /** Whether what stands in the media check's field may be lost where the edit writes it anew or blanks it. */
  readonly force?: boolean | undefined;
}
