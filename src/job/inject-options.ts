import type { MediaCheckWish } from '../plan/request.js';
import type { BootChoice } from './boot-choice.js';
import type { EditOptions } from './edit-options.js';

/** An injection, and where its result goes. */
export interface InjectOptions extends BootChoice, EditOptions {
  /** Identifies the maker in the catalog; at most 24 characters of ASCII. */
  readonly id?: string | undefined;
  readonly reuseCatalog?: boolean | undefined;
  /** Answers with success, and without doing anything, when an equal entry is there already. */
  readonly ensure?: boolean | undefined;
  readonly mediaCheck?: MediaCheckWish | undefined;
  /** New entries for those that an image has, whatever state they are in. */
  readonly replace?: boolean | undefined;
}
