/** What the planner has seen of the image. It asks by throwing; the caller reads and plans again. */

import { lbaOfOffset } from '../units.js';

/** A range of bytes of the image. */
export interface Range {
  /** Byte offset in the image. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** Bytes of the image that the caller has read for the planner. */
export interface SeenRange {
  /** Byte offset in the image. */
  readonly offset: number;
  /** What stands there. */
  readonly bytes: Uint8Array;
}

/** A finished plan, or what has to be read before the next call of its planner. */
export type Step<P> =
  { readonly kind: 'plan'; readonly plan: P } | { readonly kind: 'needs'; readonly ranges: readonly Range[] };

/** Raised inside the planner, and caught at its door, when it needs to see more. */
export class UnseenRanges extends Error {
  constructor(readonly ranges: readonly Range[]) {
    super('the planner needs to see more of the image');
  }
}

/** The seen parts of an image; pure, since it never reads. */
export class View {
  /** The seen ranges by every block that they touch: plans that move a directory look at thousands. */
  readonly #byBlock = new Map<number, SeenRange[]>();

  constructor(seen: readonly SeenRange[]) {
    for (const range of seen) {
      const last = lbaOfOffset(range.offset + range.bytes.length - 1);
      for (let block: number = lbaOfOffset(range.offset); block <= last; block += 1) {
        const others = this.#byBlock.get(block);
        if (others === undefined) {
          this.#byBlock.set(block, [range]);
        } else {
          others.push(range);
        }
      }
    }
  }

  /** The bytes of each range; asks for all that are missing at once. */
  readAll(ranges: readonly Range[]): Uint8Array[] {
    const found = ranges.map((range) => this.#find(range));
    const missing = ranges.filter((_, i) => found[i] === undefined);
    if (missing.length > 0) {
      throw new UnseenRanges(joinedByBlock(missing));
    }
    return found.filter((bytes) => bytes !== undefined);
  }

  /** The bytes of one range. */
  read(offset: number, length: number): Uint8Array {
    return this.readAll([{ offset, length }])[0] ?? new Uint8Array(0);
  }

  #find({ offset, length }: Range): Uint8Array | undefined {
    if (length === 0) {
      return new Uint8Array(0);
    }
    for (const range of this.#byBlock.get(lbaOfOffset(offset)) ?? []) {
      const at = offset - range.offset;
      if (at >= 0 && at + length <= range.bytes.length) {
        return range.bytes.subarray(at, at + length);
      }
    }
    return undefined;
  }
}

/** Ranges in order, those as one that lie in the same block: a directory's two pointers, or the fields of a descriptor. */
function joinedByBlock(ranges: readonly Range[]): Range[] {
  const joined: { offset: number; length: number }[] = [];
  for (const { offset, length } of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = joined.at(-1);
    if (last !== undefined && lbaOfOffset(offset) <= lbaOfOffset(last.offset + last.length - 1)) {
      last.length = Math.max(last.length, offset + length - last.offset);
    } else {
      joined.push({ offset, length });
    }
  }
  return joined;
}

/** Runs a planner on what has been seen; where it needs more, that is the outcome. */
export function stepOf<P>(seen: readonly SeenRange[], planner: (view: View) => P): Step<P> {
  try {
    return { kind: 'plan', plan: planner(new View(seen)) };
  } catch (error) {
    if (error instanceof UnseenRanges) {
      return { kind: 'needs', ranges: error.ranges };
    }
    throw error;
  }
}
