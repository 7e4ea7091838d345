/** Which of several operations that nothing keeps in order may be there while others are not. */
import { Random } from './random.js';

/** How many combinations to try. */
export interface CombinationEffort {
  /** Every combination of up to so many operations. */
  readonly exhaustive: number;
  /** Of more than that, so many are tried as the only one, as the only one that is missing, and as the last one. */
  readonly alone: number;
  /** And so many random combinations, which are the same each time. */
  readonly samples: number;
}

/** Some operations, in their order. */
export interface Combination<T> {
  readonly name: string;
  readonly kept: readonly T[];
}

/** Combinations of operations. */
export function* combinations<T>(all: readonly T[], effort: CombinationEffort): Generator<Combination<T>> {
  const count = all.length;
  if (count <= effort.exhaustive) {
    for (let mask = 0; mask < 2 ** count; mask += 1) {
      const kept = all.filter((_, i) => (mask & (1 << i)) !== 0);
      yield { name: `combination ${mask} of ${count} operations`, kept };
    }
    return;
  }
  yield { name: `none of ${count} operations`, kept: [] };
  for (const i of spread(count, effort.alone)) {
    yield { name: `only ${i} of ${count} operations`, kept: all.slice(i, i + 1) };
    yield { name: `all but ${i} of ${count} operations`, kept: all.filter((_, other) => other !== i) };
    yield { name: `the first ${i + 1} of ${count} operations`, kept: all.slice(0, i + 1) };
  }
  const random = new Random(count);
  for (let i = 0; i < effort.samples; i += 1) {
    const share = random.next();
    yield { name: `sample ${i} of ${count} operations`, kept: all.filter(() => random.chance(share)) };
  }
}

/** Up to `most` of the numbers from 0 to below `count`, the first and the last among them. */
export function spread(count: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(count / most));
  const numbers = Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
  return numbers.at(-1) === count - 1 ? numbers : [...numbers, count - 1];
}
