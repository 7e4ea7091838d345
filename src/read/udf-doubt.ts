import type { Findings } from './finding.js';

/** Doubts that are told one by one; a hundred more would say no more. */
const TOLD = 8;

/** Notes what of a UDF volume is broken or not understood: with one such thing, it is not known as a whole. */
export class UdfDoubts {
  #count = 0;

  constructor(private readonly findings: Findings) {}

  get any(): boolean {
    return this.#count > 0;
  }

  add(message: string, offset: number): void {
    this.#count += 1;
    if (this.#count <= TOLD) {
      this.findings.add('warning', 'ISO_UDF_STRUCTURE', message, { offset });
    }
  }
}
