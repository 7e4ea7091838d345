import { blocksFor } from '../units.js';
import type { Claim, ClaimKind } from './allocation-map.js';
import { firstNotBelow } from './search.js';
import type { TreeNode } from './tree-node.js';

const FIRST_CAPACITY = 1024;

const NO_RECORD = -1;

/** An object of a class is a fifth of one with a function of its own, and all claims of an image may be looked at. */
class FoundClaim implements Claim {
  constructor(
    readonly kind: ClaimKind,
    readonly start: number,
    readonly end: number,
    private readonly owner: TreeNode | undefined,
    private readonly recordOffset: number,
  ) {}

  get node(): TreeNode | undefined {
    return this.recordOffset === NO_RECORD ? this.owner : this.owner?.childAt(this.recordOffset);
  }
}

/**
 * Claims by their first block, then by their end, then as they came. A column a field, as there may be millions of them, and
 * sorted when somebody asks.
 *
 * Files of a directory whose blocks follow upon one another, as most do, are held as one row: few questions are about each
 * of them.
 */
export class ClaimTable {
  readonly #kinds: ClaimKind[] = [];
  readonly #owners: (TreeNode | undefined)[] = [];
  // Outside of V8's heap, where it would copy them again and again while they grow.
  #starts = new Float64Array(FIRST_CAPACITY);
  #ends = new Float64Array(FIRST_CAPACITY);
  #recordOffsets = new Float64Array(FIRST_CAPACITY);
  /** Of a row, how many records it is of; 1 for a single claim. */
  #counts = new Float64Array(FIRST_CAPACITY);
  #hasRows = false;
  /** Where in the columns the claims are, by their first block. */
  #order: number[] = [];
  /** `#reach[rank]`: the highest end among the claims up to and including this one. */
  #reach: number[] = [];

  /**
   * A claim of `owner`, or of the file in it whose record lies at a byte offset of the image; or a row of the files of `count`
   * records from there on.
   */
  add(
    kind: ClaimKind,
    start: number,
    end: number,
    owner: TreeNode | undefined,
    recordOffset = NO_RECORD,
    count = 1,
  ): void {
    const place = this.#kinds.push(kind) - 1;
    this.#owners.push(owner);
    if (place === this.#starts.length) {
      this.#starts = grown(this.#starts);
      this.#ends = grown(this.#ends);
      this.#recordOffsets = grown(this.#recordOffsets);
      this.#counts = grown(this.#counts);
    }
    this.#starts[place] = start;
    this.#ends[place] = end;
    this.#recordOffsets[place] = recordOffset;
    this.#counts[place] = count;
    this.#hasRows ||= count > 1;
  }

  /** How many claims there are. */
  get length(): number {
    return this.#kinds.length;
  }

  /** The first block of a claim; nothing behind the last. */
  startOf(rank: number): number | undefined {
    const place = this.#order[rank];
    return place === undefined ? undefined : this.#starts[place];
  }

  /** The block behind the last one of a claim. */
  endOf(rank: number): number {
    return this.#ends[this.#order[rank] ?? 0] ?? 0;
  }

  /** The highest end among the claims up to and including this one; 0 in front of the first. */
  reachOf(rank: number): number {
    return this.#reach[rank] ?? 0;
  }

  /** Whether any claim is of a kind. */
  hasKind(kind: ClaimKind): boolean {
    return this.#kinds.includes(kind);
  }

  /** Whether some claims are held as rows. */
  get hasRows(): boolean {
    return this.#hasRows;
  }

  /** A claim, which finds its file when somebody asks. */
  at(rank: number): Claim {
    return this.#single(this.#order[rank] ?? 0);
  }

  /** A claim, or all of a row. */
  allAt(rank: number): Claim[] {
    return this.#claimsOf(this.#order[rank] ?? 0);
  }

  /** The claims that touch the blocks from `start` to before `end`, those of a row one by one. */
  touching(start: number, end: number): Claim[] {
    this.sort();
    const found: (readonly [place: number, claim: Claim])[] = [];
    for (let rank = this.firstFrom(end) - 1; rank >= 0 && this.reachOf(rank) > start; rank -= 1) {
      const place = this.#order[rank] ?? 0;
      // One by one: the arguments of a call would not hold a long row.
      for (const claim of this.endOf(rank) > start ? this.allAt(rank) : []) {
        if (claim.start < end && claim.end > start) {
          found.push([place, claim]);
        }
      }
    }
    return found
      .sort(([i, a], [j, b]) => a.start - b.start || a.end - b.end || i - j)
      .map(([, claim]) => claim);
  }

  /** The same claims, and none in rows. */
  withoutRows(): ClaimTable {
    const table = new ClaimTable();
    for (let place = 0; place < this.length; place += 1) {
      const owner = this.#owners[place];
      if (this.#counts[place] === 1) {
        table.add(
          this.#kinds[place] ?? 'file',
          this.#starts[place] ?? 0,
          this.#ends[place] ?? 0,
          owner,
          this.#recordOffsets[place],
        );
      } else {
        this.#eachInRow(place, (start, end, recordOffset) =>
          table.add('file', start, end, owner, recordOffset),
        );
      }
    }
    return table;
  }

  #claimsOf(place: number): Claim[] {
    if (this.#counts[place] === 1) {
      return [this.#single(place)];
    }
    const claims: Claim[] = [];
    const owner = this.#owners[place];
    this.#eachInRow(place, (start, end, recordOffset) => {
      claims.push(new FoundClaim('file', start, end, owner, recordOffset));
    });
    return claims;
  }

  #single(place: number): Claim {
    return new FoundClaim(
      this.#kinds[place] ?? 'file',
      this.#starts[place] ?? 0,
      this.#ends[place] ?? 0,
      this.#owners[place],
      this.#recordOffsets[place] ?? NO_RECORD,
    );
  }

  #eachInRow(place: number, visit: (start: number, end: number, recordOffset: number) => void): void {
    this.#owners[place]?.eachFile(
      (start, length, recordOffset) => {
        if (length > 0) {
          visit(start, start + blocksFor(length), recordOffset);
        }
      },
      this.#recordOffsets[place],
      this.#counts[place],
    );
  }

  /** The rank of the first claim that starts at `block` or behind it. */
  firstFrom(block: number): number {
    return firstNotBelow(this.length, (rank) => this.startOf(rank) ?? 0, block);
  }

  /** Gives each claim its rank. */
  sort(): void {
    if (this.#order.length === this.length) {
      return;
    }
    for (let place = this.#order.length; place < this.length; place += 1) {
      this.#order.push(place);
    }
    const starts = this.#starts;
    const ends = this.#ends;
    // What comes from a tree is in order, mostly, of which this sort makes use.
    this.#order.sort(
      (a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || (ends[a] ?? 0) - (ends[b] ?? 0) || a - b,
    );
    let reach = 0;
    this.#reach = this.#order.map((place) => (reach = Math.max(reach, ends[place] ?? 0)));
  }
}

function grown(column: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * column.length);
  larger.set(column);
  return larger;
}
