import type { Claim, ClaimKind } from './allocation-map.js';
import type { TreeNode } from './tree-node.js';

/** Questions that are answered by looking through all claims: to sort them takes about as long. */
const ASKED_UNSORTED = 8;

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
 * sorted when there are questions enough: of many images nobody asks more than one.
 */
export class ClaimTable {
  readonly #kinds: ClaimKind[] = [];
  readonly #owners: (TreeNode | undefined)[] = [];
  // Outside of V8's heap, where it would copy them again and again while they grow.
  #starts = new Float64Array(FIRST_CAPACITY);
  #ends = new Float64Array(FIRST_CAPACITY);
  #recordOffsets = new Float64Array(FIRST_CAPACITY);
  /** Where in the columns the claims are, by their first block. */
  #order: number[] = [];
  /** `#reach[rank]`: the highest end among the claims up to and including this one. */
  #reach: number[] = [];
  #asked = 0;

  /** A claim of `owner`, or of the file in it whose record lies at a byte offset of the image. */
  add(
    kind: ClaimKind,
    start: number,
    end: number,
    owner: TreeNode | undefined,
    recordOffset = NO_RECORD,
  ): void {
    const place = this.#kinds.push(kind) - 1;
    this.#owners.push(owner);
    if (place === this.#starts.length) {
      this.#starts = grown(this.#starts);
      this.#ends = grown(this.#ends);
      this.#recordOffsets = grown(this.#recordOffsets);
    }
    this.#starts[place] = start;
    this.#ends[place] = end;
    this.#recordOffsets[place] = recordOffset;
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

  /** Whether any claim touches the blocks from `start` to before `end`. */
  isTouched(start: number, end: number): boolean {
    const isSorted = this.#order.length === this.length;
    this.#asked += isSorted ? 0 : 1;
    if (!isSorted && this.#asked <= ASKED_UNSORTED) {
      return this.#kinds.some(
        (_, place) => (this.#starts[place] ?? 0) < end && (this.#ends[place] ?? 0) > start,
      );
    }
    this.sort();
    return this.reachOf(this.firstFrom(end) - 1) > start;
  }

  /** A claim, which finds its file when somebody asks. */
  at(rank: number): Claim {
    const place = this.#order[rank] ?? 0;
    return new FoundClaim(
      this.#kinds[place] ?? 'file',
      this.#starts[place] ?? 0,
      this.#ends[place] ?? 0,
      this.#owners[place],
      this.#recordOffsets[place] ?? NO_RECORD,
    );
  }

  /** The rank of the first claim that starts at `block` or behind it. */
  firstFrom(block: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.startOf(middle) ?? 0) < block) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
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
