import type { BootFileFacts } from '../read/boot-file.js';
import type { TreeNode } from '../read/tree-node.js';
import type { Piece } from '../source/pieces-source.js';
import type { Lba } from '../units.js';
import type { SourceName } from './patch.js';

/** Where a boot file's bytes are: in the image's tree already, or in another source, to be brought in. */
export type BootFilePlace =
  | {
      readonly kind: 'tree';
      /** The block that the file starts at. */
      readonly lba: Lba;
      /** The file in its tree. */
      readonly node: TreeNode;
      /** The path of the file. */
      readonly path: string;
      /** The runs of bytes of the image that make up the file, in order. */
      readonly pieces: readonly Piece[];
    }
  | {
      readonly kind: 'source';
      /** The source that has the file. */
      readonly source: SourceName;
      /** Byte offset in the source. */
      readonly offset: number;
      /** What the file is called. */
      readonly name: string;
      /** False where the size of the file is only an upper limit. */
      readonly sizeCertain?: boolean;
    };

/** A boot file of the image's own tree. */
export type PlaceInTree = Extract<BootFilePlace, { kind: 'tree' }>;

/** How much of a boot file the firmware is to load: a count of 512-byte sectors, the whole file, or what suits it. */
export type LoadSize = number | 'full' | 'auto';

/** One boot catalog entry to be made. */
export interface EntryRequest {
  /** Platform ID (El Torito 2.1). */
  readonly platformId: number;
  /** Boot media type (El Torito 2.2). */
  readonly bootMediaType: number;
  /** Segment that the firmware loads to; 0 stands for 0x7c0. */
  readonly loadSegment: number;
  /** How much of the file the firmware loads. */
  readonly loadSize: LoadSize;
  /** Partition type of a hard-disk image; nothing to take it from the image's MBR. */
  readonly systemType: number | undefined;
  /** Where the boot file is. */
  readonly place: BootFilePlace;
  /** What was read of the boot file. */
  readonly file: BootFileFacts;
  /** Whether to write a boot info table: as its rule says, or as the user does. */
  readonly bootInfoTable: 'auto' | 'yes' | 'no';
}

/** What is wanted of the media check that an image carries. */
export type MediaCheckWish = 'keep' | 'add' | 'strip';

/** What an image is to become. */
export interface InjectRequest {
  /** The first is the initial entry; the others go into sections by platform. */
  readonly entries: readonly EntryRequest[];
  /** Identifies the maker in the validation entry; at most 24 characters. */
  readonly idString: string;
  /** A stale catalog file beside the loader may take the new one. */
  readonly reuseCatalog: boolean;
  /** What becomes of an implanted MD5. */
  readonly mediaCheck: MediaCheckWish;
  /** Whether what else the media check's field holds may be lost. */
  readonly force?: boolean | undefined;
  /** What becomes of a boot record that is there already; without it, such an image is refused. */
  readonly onto?: ExistingBoot | undefined;
}

/** `replace`: new entries for old ones, whatever state they are in; `add`: the old ones stay, the new ones join. */
export type ExistingBoot = 'replace' | 'add';
