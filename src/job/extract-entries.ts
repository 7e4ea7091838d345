import type { ExtractedEntryReport } from './extract-report.js';

const ENTRIES_A_PART = 100;

/** Entries of a report, held as text: as objects they would take several times as much, and be in the way of all else. */
export class HeldEntries implements Iterable<ExtractedEntryReport> {
  readonly #parts: Uint8Array[] = [];
  readonly #encoder = new TextEncoder();
  #last: ExtractedEntryReport[] = [];

  add(entry: ExtractedEntryReport): void {
    if (this.#last.push(entry) >= ENTRIES_A_PART) {
      this.#parts.push(this.#encoder.encode(JSON.stringify(this.#last)));
      this.#last = [];
    }
  }

  *[Symbol.iterator](): Generator<ExtractedEntryReport> {
    const decoder = new TextDecoder();
    for (const part of this.#parts) {
      yield* JSON.parse(decoder.decode(part)) as ExtractedEntryReport[];
    }
    yield* this.#last;
  }
}
