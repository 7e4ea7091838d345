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
  #next = 0;

  /** `claims` are sorted by their first block. */
  constructor(private readonly claims: readonly Claim[]) {}

  /** Takes the next run; none starts in front of one that was taken before. */
  add(run: DifferentRun): void {
    this.first ??= run;
    this.blocks += Math.max(0, run.end - Math.max(run.start, this.#end));
    this.#end = Math.max(this.#end, run.end);
    for (; (this.claims[this.#next]?.start ?? run.end) < run.end; this.#next += 1) {
      const claim = this.claims[this.#next];
      // One that ends in front of this run ends in front of all that follow.
      if (claim !== undefined && claim.end > run.start) {
        this.touched.push(claim);
      }
    }
  }
}
