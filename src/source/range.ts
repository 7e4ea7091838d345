import { IsoError } from '../errors.js';
import type { Source } from './source.js';

/** Throws `ISO_SOURCE_BOUNDS` unless the range of `length` bytes at `offset` lies inside the source. */
export function checkRange(source: Pick<Source, 'name' | 'size'>, offset: number, length: number): void {
  const inside =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= source.size;
  if (!inside) {
    throw new IsoError(
      'ISO_SOURCE_BOUNDS',
      `bytes ${offset} to ${offset + length} are not inside ${source.name}`,
      {
        offset,
        found: source.size,
        wanted: offset + length,
      },
    );
  }
}
