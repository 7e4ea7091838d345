import type { MediaCheckWish } from '../plan/request.js';
import type { BootChoice } from './boot-choice.js';
import type { EditOptions } from './edit-options.js';

/** How an image is to become bootable. */
export interface InjectChoice extends BootChoice {
  /** Identifies the maker in the catalog; at most 24 characters of ASCII. */
  readonly id?: string | undefined;
  /** Whether a stale catalog file beside the loader takes the new one; true unless it is false. */
  readonly reuseCatalog?: boolean | undefined;
  /** Answers with success, and without doing anything, when an equal entry is there already. */
  readonly ensure?: boolean | undefined;
  /** What becomes of an implanted MD5; it is kept true without a word. */
  readonly mediaCheck?: MediaCheckWish | undefined;
  /** New entries for those that an image has, whatever state they are in. */
  readonly replace?: boolean | undefined;
  /** Whether what stands in the media check's field may be lost where the edit writes it anew or blanks it. */
  readonly force?: boolean | undefined;
}

/** An injection, and where its result goes. */
export interface InjectOptions extends InjectChoice, EditOptions {}
