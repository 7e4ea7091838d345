import type { Claim } from '../read/allocation-map.js';

/** Blocks in a row that differ, and the first byte in them that does. */
export interface DifferentRun {
  readonly start: number;
  /** The block behind the last one. */
  readonly end: number;
  readonly offset: number;
}

/** Counts blocks that differ, and notes which claims they touch; each claim is looked at once. */
export class DifferenceTally {
  readonly touched: Claim[] = [];
  first: DifferentRun | undefined;
  blocks = 0;
  #end = 0;
  readonly #claims: Iterator<Claim, unknown>;
  #next: IteratorResult<Claim, unknown>;

  /** `claims` are sorted by their first block. */
  constructor(claims: Iterable<Claim>) {
    this.#claims = claims[Symbol.iterator]();
    this.#next = this.#claims.next();
  }

  /** Takes the next run; none starts in front of one that was taken before. */
  add(run: DifferentRun): void {
    this.first ??= run;
    this.blocks += Math.max(0, run.end - Math.max(run.start, this.#end));
    this.#end = Math.max(this.#end, run.end);
    for (; this.#next.done !== true && this.#next.value.start < run.end; this.#next = this.#claims.next()) {
      // One that ends in front of this run ends in front of all that follow.
      if (this.#next.value.end > run.start) {
        this.touched.push(this.#next.value);
      }
    }
  }
}
