import { isZero } from '../bytes.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, lba, offsetOfLba, type Lba } from '../units.js';
import type { BlockRun } from './move.js';
import type { View } from './view.js';

/** Blocks at the end of a volume that neither the media check covers nor a drive reads for sure. */
export const RUN_OUT_BLOCKS = 15;

/** Zero blocks that stay at the end when something is put into the pad: a drive reads ahead over the end. */
const PAD_THAT_STAYS = 128;

/** The largest thing that is put between others; larger ones are appended, so that little has to be looked at. */
const LARGEST_RUN = 128;

/** How many blocks may be looked at in the search. */
const LOOK_LIMIT = 128;

const UNREAD: readonly string[] = ['ISO_TREE_RECORD', 'ISO_TREE_LOOP', 'ISO_TREE_SYSTEM_USE'];

/** Whether every record of every tree could be read: else a block may belong to a file that nobody knows of. */
export function isWhollyKnown({ findings }: Image): boolean {
  return !findings.some(({ code }) => UNREAD.includes(code));
}

/** Finds room for new blocks between what the image refers to. */
export class FreeSpace {
  readonly #taken: BlockRun[] = [];
  /** Blocks whose contents move away in the same plan, and that nothing points at once the pointers are written. */
  #freed: BlockRun = { start: 0, end: 0 };
  #looks = 0;
  /** Where records could not be read, blocks of zeros may belong to a file that nobody knows of. */
  readonly #isWhollyKnown: boolean;

  /** `first` is the lowest block that may be given out. */
  constructor(
    private readonly image: Image,
    private readonly view: View,
    private readonly first: number,
  ) {
    this.#isWhollyKnown = isWhollyKnown(image);
  }

  /**
   * The lowest run of `count` free blocks: unreferenced, all zero, clear of the run-out, from `floor` on and in front of
   * `bound`; nothing if there is none.
   */
  take(count: number, bound = Infinity, floor = 0): Lba | undefined {
    if (count > LARGEST_RUN || !this.#isWhollyKnown) {
      return undefined;
    }
    const volumeBlocks = this.image.volumeSize / BLOCK_SIZE;
    const end = Math.min(volumeBlocks, Math.floor(this.image.size / BLOCK_SIZE));
    for (const gap of this.image.map.gaps(Math.max(this.first, floor), Math.min(end, bound))) {
      // The last gap is the pad, of which a part has to stay.
      const keep = gap.end === end ? Math.max(PAD_THAT_STAYS - (volumeBlocks - end), RUN_OUT_BLOCKS) : 0;
      const limit = Math.min(gap.end - keep, volumeBlocks - RUN_OUT_BLOCKS, bound);
      const start = this.#runIn(gap.start, limit, count);
      if (start !== undefined) {
        this.#taken.push({ start, end: start + count });
        return lba(start);
      }
    }
    return undefined;
  }

  /** Whether a block inside the volume is free to be given out. */
  isFree(block: number): boolean {
    return (
      this.#isWhollyKnown &&
      offsetOfLba(lba(block + 1)) <= this.image.size &&
      this.image.map.isUnreferenced(block, block + 1) &&
      !this.#taken.some(({ start, end }) => block >= start && block < end) &&
      isZero(this.view.read(offsetOfLba(lba(block)), BLOCK_SIZE))
    );
  }

  /** Keeps the free blocks of a run from being given out. */
  reserve(run: BlockRun): void {
    this.#taken.push(run);
  }

  /** Hands in blocks that become free when the pointers to what moves are written. */
  free(run: BlockRun): void {
    this.#freed = run;
  }

  /** A run of `count` blocks among those that become free; what goes there is written behind the pointers. */
  takeFreed(count: number): Lba | undefined {
    const { start, end } = this.#freed;
    const limit = Math.min(end, this.image.volumeSize / BLOCK_SIZE - RUN_OUT_BLOCKS);
    if (start + count > limit) {
      return undefined;
    }
    this.#freed = { start: start + count, end };
    return lba(start);
  }

  #runIn(from: number, limit: number, count: number): number | undefined {
    let start = from;
    while (start + count <= limit && this.#looks < LOOK_LIMIT) {
      const clash = this.#taken.find((run) => run.start < start + count && run.end > start);
      if (clash !== undefined) {
        start = clash.end;
        continue;
      }
      // libarchive takes a record that names the block of a directory above it for a loop, an empty file's as well.
      const named = this.image.map.lastNamedByEmpty(start, start + count);
      if (named !== undefined) {
        start = named + 1;
        continue;
      }
      this.#looks += count;
      const bytes = this.view.read(offsetOfLba(lba(start)), count * BLOCK_SIZE);
      const used = bytes.findLastIndex((byte) => byte !== 0);
      if (used < 0) {
        return start;
      }
      start += Math.floor(used / BLOCK_SIZE) + 1;
    }
    return undefined;
  }
}
