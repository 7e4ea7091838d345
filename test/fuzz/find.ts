/** What a case came to: codes by what was tried, or something that must never happen. */
import { IsoError } from '../../src/errors.js';

/** Something that must never happen: another exception, a defect that we own up to, a wrong result. */
export class Find extends Error {
  override readonly name = 'Find';

  constructor(
    readonly attempt: string,
    what: unknown,
  ) {
    super(`${attempt}: ${what instanceof Error ? (what.stack ?? what.message) : String(what)}`);
  }
}

/** Codes that say that isoboot itself is wrong: a coded error, and a find all the same. */
const DEFECTS: readonly string[] = ['ISO_INTERNAL', 'ISO_PLAN_GATE', 'ISO_OUTPUT_VERIFY'];

/** How often each attempt ended in what. */
export class Tally {
  readonly counts = new Map<string, number>();

  note(attempt: string, outcome: string): void {
    const key = `${attempt} ${outcome}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** What a piece of work gives, or nothing where it ends in a coded error. Errors: `Find`. */
  async attempt<T>(name: string, work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      this.note(name, 'ok');
      return result;
    } catch (error) {
      if (error instanceof IsoError && !DEFECTS.includes(error.code)) {
        this.note(name, error.code);
        return undefined;
      }
      throw error instanceof Find ? error : new Find(name, error);
    }
  }
}

/** Raises a find unless something holds. */
export function expect(holds: boolean, attempt: string, what: string): asserts holds {
  if (!holds) {
    throw new Find(attempt, what);
  }
}
