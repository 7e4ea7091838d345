import { BLOCK_SIZE, blocksFor } from '../units.js';
import { ClaimTable } from './claim-table.js';
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

/** A run of blocks that nothing refers to; whether they are zero is for the caller to see. */
export interface Gap {
  /** The first block. */
  readonly start: number;
  /** The block behind the last. */
  readonly end: number;
}

/** Beyond it, a byte offset is no safe integer; only the 64-bit numbers of a GPT lead there. */
const MOST_COUNTED_BLOCKS = Math.floor(Number.MAX_SAFE_INTEGER / BLOCK_SIZE);

/** Everything that any structure of the image refers to, by block. */
export class AllocationMap {
  readonly #table = new ClaimTable();
  /** The same without rows, once somebody asked for every single claim. */
  #singles: ClaimTable | undefined;
  readonly #namedByEmpty = new Set<number>();

  /**
   * Notes that a structure refers to `count` blocks from `start`; of those, the ones that an image can have. They belong to
   * `node`, or to the file in it whose record lies at a byte offset of the image.
   */
  claim(kind: ClaimKind, start: number, count: number, node?: TreeNode, recordOffset?: number): void {
    const first = Math.max(0, start);
    const end = Math.min(start + count, MOST_COUNTED_BLOCKS);
    if (end > first) {
      this.#table.add(kind, first, end, node, recordOffset);
      if (this.#singles !== this.#table) {
        this.#singles?.add(kind, first, end, node, recordOffset);
      }
    }
  }

  /**
   * Notes what the records of a directory's files refer to, which have a single extent each; gives the highest block behind
   * one of those.
   */
  claimFiles(directory: TreeNode): number {
    this.#singles = undefined;
    let highest = 0;
    let [rowStart, rowEnd, firstRecord, count] = [0, 0, 0, 0];
    const closeRow = (): void => {
      if (count > 0) {
        this.#table.add('file', rowStart, rowEnd, directory, firstRecord, count);
      }
      highest = Math.max(highest, rowEnd);
    };
    directory.eachFile((start, length, recordOffset) => {
      if (length === 0) {
        this.nameByEmpty(start);
        count += count > 0 ? 1 : 0;
        return;
      }
      if (count === 0 || start !== rowEnd) {
        closeRow();
        rowStart = start;
        rowEnd = start;
        firstRecord = recordOffset;
        count = 0;
      }
      rowEnd += blocksFor(length);
      count += 1;
    });
    closeRow();
    return highest;
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
    return [...this.eachClaim()];
  }

  /** All claims, by their first block, one at a time: an image of many files has too many to be kept. */
  *eachClaim(): Generator<Claim> {
    const claims = this.#sorted;
    for (let i = 0; i < claims.length; i += 1) {
      yield claims.at(i);
    }
  }

  /** The claims that touch any of the blocks from `start` to before `end`. */
  overlapping(start: number, end: number): Claim[] {
    return this.#table.touching(start, end);
  }

  /**
   * The run of blocks around some, with all claims that touch those, all that touch these in turn, and so on. In one pass:
   * a hundred thousand claims may each reach into the next one's blocks.
   */
  connected(start: number, end: number): Gap {
    const claims = this.#sorted;
    const run = { start, end };
    let low = claims.firstFrom(start);
    let high = low;
    for (let last = -1; last !== high - low;) {
      last = high - low;
      for (; low > 0 && claims.reachOf(low - 1) > run.start; low -= 1) {
        include(run, claims.startOf(low - 1), claims.endOf(low - 1));
      }
      for (; (claims.startOf(high) ?? Infinity) < run.end; high += 1) {
        include(run, claims.startOf(high), claims.endOf(high));
      }
    }
    return run;
  }

  /** Whether nothing refers to any of the blocks from `start` to before `end`. */
  isUnreferenced(start: number, end: number): boolean {
    const claims = this.#inRows;
    return claims.reachOf(claims.firstFrom(end) - 1) <= start;
  }

  /** The first block of the next claim that starts behind `block`; nothing behind the last. */
  nextStart(block: number): number | undefined {
    const claims = this.#sorted;
    return claims.startOf(claims.firstFrom(block + 1));
  }

  /** The different blocks at which claims start, from `start` to before `end`, the lowest ones and no more than `most`. */
  startsBetween(start: number, end: number, most: number): number[] {
    const claims = this.#sorted;
    const starts: number[] = [];
    for (let i = claims.firstFrom(start); starts.length < most; i += 1) {
      const at = claims.startOf(i) ?? end;
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
    const claims = this.#inRows;
    let free = start;
    for (let i = 0; i < claims.length; i += 1) {
      const claimed = claims.startOf(i) ?? end;
      if (claimed >= end) {
        break;
      }
      if (claimed > free) {
        yield { start: free, end: claimed };
      }
      free = Math.max(free, claims.endOf(i));
    }
    if (free < end) {
      yield { start: free, end };
    }
  }

  /** Whether any claim is of a kind. */
  has(kind: ClaimKind): boolean {
    return this.#table.hasKind(kind);
  }

  /** The block behind the last one that a claim refers to for which `counts` holds; 0 without such a claim. */
  lastEndOf(counts: (claim: Claim) => boolean): number {
    const claims = this.#inRows;
    let last = 0;
    // From the back: most often the first that counts is the one.
    for (let rank = claims.length - 1; claims.reachOf(rank) > last; rank -= 1) {
      for (const claim of claims.endOf(rank) > last ? claims.allAt(rank) : []) {
        last = claim.end > last && counts(claim) ? claim.end : last;
      }
    }
    return last;
  }

  /** The block behind the last claimed one before `end`. */
  lastClaimedEnd(end: number): number {
    const claims = this.#inRows;
    return Math.min(end, claims.reachOf(claims.firstFrom(end) - 1));
  }

  get #inRows(): ClaimTable {
    this.#table.sort();
    return this.#table;
  }

  get #sorted(): ClaimTable {
    this.#singles ??= this.#table.hasRows ? this.#table.withoutRows() : this.#table;
    this.#singles.sort();
    return this.#singles;
  }
}

/** Widens a run by a claim that touches it. */
function include(run: { start: number; end: number }, start = 0, end = 0): void {
  if (end > run.start) {
    run.start = Math.min(run.start, start);
    run.end = Math.max(run.end, end);
  }
}
