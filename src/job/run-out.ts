import type { AllocationMap } from '../read/allocation-map.js';
import { LOSABLE_BLOCKS } from '../source/device-size.js';

/** Blocks of a disc in a row that cannot be read. */
export interface LostBlocks {
  /** The first of them. */
  readonly lba: number;
  /** How many they are. */
  readonly blocks: number;
}

/** Most runs of unreadable blocks that are listed. */
const MOST_LISTED = 20;

/**
 * Blocks that a disc has lost, told apart by whether that matters.
 *
 * It does not where burned discs lose blocks as a rule, at their end, and where nothing was: among the last 150 blocks
 * of the volume, if nothing in the image refers to a block and it has only zeros there.
 */
export class RunOut {
  readonly listed: LostBlocks[] = [];
  /** Blocks that cannot be read. */
  unreadable = 0;
  /** Blocks, unreadable or missing, whose loss does not matter. */
  passedOver = 0;
  /** The first block of the volume that may be lost. */
  readonly start: number;
  #end = -1;

  constructor(
    private readonly map: AllocationMap,
    volumeBlocks: number,
  ) {
    this.start = Math.max(0, volumeBlocks - LOSABLE_BLOCKS);
  }

  /** Notes a block that cannot be read. */
  noteUnreadable(block: number): void {
    this.unreadable += 1;
    const last = this.listed.at(-1);
    if (last !== undefined && this.#end === block) {
      this.listed[this.listed.length - 1] = { ...last, blocks: last.blocks + 1 };
      this.#end = block + 1;
    } else if (this.listed.length < MOST_LISTED) {
      this.listed.push({ lba: block, blocks: 1 });
      this.#end = block + 1;
    }
  }

  /** Whether the loss of a block may be passed over, and if so counts it. */
  passOver(block: number, isBlank: boolean): boolean {
    const isHarmless = isBlank && block >= this.start && this.map.isUnreferenced(block, block + 1);
    this.passedOver += isHarmless ? 1 : 0;
    return isHarmless;
  }
}
