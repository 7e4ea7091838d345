import { IsoError, type IsoErrorCode } from '../errors.js';

/** One thing that is wrong with a batch, and where in its manifest. */
export interface Mistake {
  /** What kind of mistake it is. */
  readonly code: IsoErrorCode;
  /** What is wrong, for people. */
  readonly message: string;
  /** From 1 on; nothing for what no manifest says. */
  readonly line: number | null;
  /** From 1 on; nothing for what no manifest says. */
  readonly column: number | null;
  /** Such as `jobs[3].output`, counted from 0 on. */
  readonly field: string | null;
}

/** Where in a manifest something stands. */
export type Place = Pick<Mistake, 'line' | 'column' | 'field'>;

/** The place of what no manifest says. */
export const NOWHERE: Place = { line: null, column: null, field: null };

/** A batch that is refused before anything starts; it knows all that is wrong, in the order of the manifest. */
export class BatchRefusal extends IsoError {
  /** All that is wrong, in the order of the manifest. */
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    const sorted = [...mistakes].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    );
    const [first] = sorted;
    const count = sorted.length === 1 ? '' : ` (the first of ${sorted.length} mistakes)`;
    super(first?.code ?? 'ISO_BATCH_MANIFEST', `${first?.message ?? 'the batch is refused'}${count}`);
    this.mistakes = sorted;
  }
}
