import { BLOCK_SIZE } from '../units.js';
import type { TreeNode } from './tree-node.js';

/** What kind of structure refers to a run of blocks. */
export type ClaimKind =
  | 'system area'
  | 'volume descriptor'
  | 'UDF recognition sequence'
  | 'path table'
  | 'directory'
  | 'file'
  | 'continuation area'
  | 'boot catalog'
  | 'boot image'
  | 'hybrid boot image'
  | 'UDF structure'
  | 'UDF file'
  | 'UDF partition'
  | 'HFS structure'
  | 'HFS file'
  | 'HFS volume'
  | 'partition table'
  | 'partition';

/** A run of blocks that some structure refers to. */
export interface Claim {
  /** What lies there. */
  readonly kind: ClaimKind;
  /** First block. */
  readonly start: number;
  /** The block behind the last one. */
  readonly end: number;
  /** The file or directory that it belongs to, where there is one. */
  readonly node: TreeNode | undefined;
}

/** Finds its file when somebody asks for it. */
class OwnedClaim implements Claim {
  constructor(
    readonly kind: ClaimKind,
    readonly start: number,
    readonly end: number,
    private readonly owner: TreeNode | undefined,
    private readonly recordOffset: number | undefined,
  ) {}

  get node(): TreeNode | undefined {
    return this.recordOffset === undefined ? this.owner : this.owner?.childAt(this.recordOffset);
  }
}

/** A run of blocks that nothing refers to; whether they are zero is for the caller to see. */
export interface Gap {
  /** The first block. */
  readonly start: number;
  /** The block behind the last. */
  readonly end: number;
}

/** Beyond it, a byte offset is no safe integer; only the 64-bit numbers of a GPT lead there. */
const MOST_BLOCKS = Math.floor(Number.MAX_SAFE_INTEGER / BLOCK_SIZE);

/** Everything that any structure of the image refers to, by block. */
export class AllocationMap {
  readonly #claims: Claim[] = [];
  readonly #namedByEmpty = new Set<number>();
  #sorted = true;
  /** `#reach[i]`: the highest end among the claims up to and including `i`. */
  #reach: number[] = [];

  /**
   * Notes that a structure refers to `count` blocks from `start`; of those, the ones that an image can have. They belong to
   * `node`, or to the file in it whose record lies at a byte offset of the image.
   */
  claim(kind: ClaimKind, start: number, count: number, node?: TreeNode, recordOffset?: number): void {
    const first = Math.max(0, start);
    const end = Math.min(start + count, MOST_BLOCKS);
    if (end > first) {
      this.#claims.push(new OwnedClaim(kind, first, end, node, recordOffset));
      this.#sorted = false;
    }
  }

  /** Notes that the record of an empty file or a symbolic link names a block, in which it has nothing. */
  nameByEmpty(block: number): void {
    this.#namedByEmpty.add(block);
  }

  /** The highest block from `start` to before `end` that an empty file names; nothing where none does. */
  lastNamedByEmpty(start: number, end: number): number | undefined {
    for (let block = end - 1; block >= start && this.#namedByEmpty.size > 0; block -= 1) {
      if (this.#namedByEmpty.has(block)) {
        return block;
      }
    }
    return undefined;
  }

  /** All claims, by their first block. */
  get claims(): readonly Claim[] {
    this.#sort();
    return this.#claims;
  }

  /** The claims that touch any of the blocks from `start` to before `end`. */
  overlapping(start: number, end: number): Claim[] {
    this.#sort();
    const found: Claim[] = [];
    for (let i = this.#firstFrom(end) - 1; i >= 0 && (this.#reach[i] ?? 0) > start; i -= 1) {
      const claim = this.#claims[i];
      if (claim !== undefined && claim.end > start) {
        found.push(claim);
      }
    }
    return found.reverse();
  }

  /**
   * The run of blocks around some, with all claims that touch those, all that touch these in turn, and so on. In one pass:
   * a hundred thousand claims may each reach into the next one's blocks.
   */
  connected(start: number, end: number): Gap {
    this.#sort();
    const run = { start, end };
    let low = this.#firstFrom(start);
    let high = low;
    for (let last = -1; last !== high - low;) {
      last = high - low;
      for (; low > 0 && (this.#reach[low - 1] ?? 0) > run.start; low -= 1) {
        include(run, this.#claims[low - 1]);
      }
      for (; (this.#claims[high]?.start ?? Infinity) < run.end; high += 1) {
        include(run, this.#claims[high]);
      }
    }
    return run;
  }

  /** Whether nothing refers to any of the blocks from `start` to before `end`. */
  isUnreferenced(start: number, end: number): boolean {
    this.#sort();
    const before = this.#firstFrom(end) - 1;
    return before < 0 || (this.#reach[before] ?? 0) <= start;
  }

  /** The first block of the next claim that starts behind `block`; nothing behind the last. */
  nextStart(block: number): number | undefined {
    this.#sort();
    return this.#claims[this.#firstFrom(block + 1)]?.start;
  }

  /** The different blocks at which claims start, from `start` to before `end`, the lowest ones and no more than `most`. */
  startsBetween(start: number, end: number, most: number): number[] {
    this.#sort();
    const starts: number[] = [];
    for (let i = this.#firstFrom(start); i < this.#claims.length && starts.length < most; i += 1) {
      const at = this.#claims[i]?.start ?? end;
      if (at >= end) {
        break;
      }
      if (at !== starts.at(-1)) {
        starts.push(at);
      }
    }
    return starts;
  }

  /** The runs of unreferenced blocks from `start` to before `end`, in order. */
  *gaps(start: number, end: number): Generator<Gap> {
    this.#sort();
    let free = start;
    for (const claim of this.#claims) {
      if (claim.start >= end) {
        break;
      }
      if (claim.start > free) {
        yield { start: free, end: claim.start };
      }
      free = Math.max(free, claim.end);
    }
    if (free < end) {
      yield { start: free, end };
    }
  }

  /** The block behind the last claimed one before `end`. */
  lastClaimedEnd(end: number): number {
    this.#sort();
    return Math.min(end, this.#reach[this.#firstFrom(end) - 1] ?? 0);
  }

  /** Index of the first claim that starts at `block` or behind it. */
  #firstFrom(block: number): number {
    let low = 0;
    let high = this.#claims.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#claims[middle]?.start ?? 0) < block) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #sort(): void {
    if (this.#sorted) {
      return;
    }
    this.#claims.sort((a, b) => a.start - b.start || a.end - b.end);
    let reach = 0;
    this.#reach = this.#claims.map(({ end }) => (reach = Math.max(reach, end)));
    this.#sorted = true;
  }
}

/** Widens a run by a claim that touches it. */
function include(run: { start: number; end: number }, claim: Claim | undefined): void {
  if (claim !== undefined && claim.end > run.start) {
    run.start = Math.min(run.start, claim.start);
    run.end = Math.max(run.end, claim.end);
  }
}
