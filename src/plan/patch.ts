/** The patch list: the one form that an edit takes between planning and writing. */

/**
 * When a patch may be written. A sync stands between two phases, and behind every patch of `descriptors`. The first
 * two may come in rounds: what moves in a later one may go where something lay that moved in an earlier one.
 *
 * - `new`: lands where nothing refers to it yet (catalog, appended boot file, copies, growth), and the boot info table
 * - `pointers`: fields of structures that stay in use where they stand (volume size, media check, what moved)
 * - `descriptors`: descriptors moving up, one block each, the highest first; or down, the lowest first
 * - `boot-record`: the Boot Record at logical block 17, last of all
 * - `blank`: zeros over what nothing refers to any more, once a boot record is gone
 */
export type Phase = 'new' | 'pointers' | 'descriptors' | 'boot-record' | 'blank';

/** The phases in the order in which they are written; the list itself says where a new round starts. */
export const PHASES: readonly Phase[] = ['new', 'pointers', 'descriptors', 'boot-record', 'blank'];

/** The name of a source that a patch takes bytes from. */
export type SourceName = 'image' | 'boot-file' | 'donor' | 'efi-file';

/** What a patch writes: bytes at hand, or a range of a named source, so that a large boot file costs no memory. */
export type PatchContent =
  | {
      readonly kind: 'bytes';
      /** The bytes themselves. */
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'source';
      /** The source that has the bytes. */
      readonly source: SourceName;
      /** Byte offset in the source. */
      readonly offset: number;
      /** Bytes. */
      readonly length: number;
    }
  | {
      readonly kind: 'zeros';
      /** Bytes. */
      readonly length: number;
    };

/** What stands in the image where a patch goes, as far as the plan relies on it; `unread` is for much that is blanked. */
export type PatchBefore =
  | {
      readonly kind: 'bytes';
      /** The bytes that stand there. */
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'beyond-end' }
  | { readonly kind: 'unread' };

/** One write. */
export interface Patch {
  /** Byte offset in the image. */
  readonly offset: number;
  /** Length in bytes; equals the length of `content`. */
  readonly length: number;
  /** When it is written. */
  readonly phase: Phase;
  /** What it is for, in a few words for a person. */
  readonly why: string;
  /** What is written. */
  readonly content: PatchContent;
  /** The bytes in the image before any patch of the list; a patch across the old end is split in two. */
  readonly before: PatchBefore;
}

/** An edit: patches in the order in which they are written, and the size of the image before and after. */
export interface PatchList {
  /** The writes, in their order. */
  readonly patches: readonly Patch[];
  /** Bytes in the image before. */
  readonly oldSize: number;
  /** Bytes in the image afterwards. */
  readonly newSize: number;
}
