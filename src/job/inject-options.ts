import type { MediaCheckWish } from '../plan/request.js';
import type { OnProgress } from '../sink/progress.js';
import type { BootChoice } from './boot-choice.js';
import type { Expectation } from './expectation.js';
import type { Logger } from './logger.js';
import type { InjectTarget } from './target.js';

/** An injection, and where its result goes. */
export interface InjectOptions extends BootChoice {
  /** Path of the image or device. */
  readonly input: string;
  readonly target: InjectTarget;
  /** Identifies the maker in the catalog; at most 24 characters of ASCII. */
  readonly id?: string | undefined;
  readonly reuseCatalog?: boolean | undefined;
  /** Answers with success, and without doing anything, when an equal entry is there already. */
  readonly ensure?: boolean | undefined;
  readonly mediaCheck?: MediaCheckWish | undefined;
  /** A digest that the input must have; checked before anything is written. */
  readonly expect?: Expectation | undefined;
  readonly dryRun?: boolean | undefined;
  /** Told how far the reading and writing of the whole image has come; in bytes. */
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly logger?: Logger | undefined;
  /** Called after every sync of an edit in place; for tests that look at the half-written image. */
  readonly checkpoint?: ((what: string) => Promise<void> | void) | undefined;
}
