import { UNDO_RECORD_MAXIMUM } from '../layout/undo-file.js';
import type { PatchList } from '../plan/patch.js';
import type { Source } from '../source/source.js';

/** A range that an edit changes, of which both lengths are in bytes and one may be 0. */
export interface UndoRange {
  readonly offset: number;
  /** Bytes that the original has there. */
  readonly oldLength: number;
  /** Bytes that the edited image has there. */
  readonly newLength: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The ranges that an edit has to record: all that patches cover, and what the image grows or shrinks by.
 *
 * Sorted, without overlaps, none across an end of the image and none longer than 1 MiB. Patches that only
 * touch stay apart, so that an error can say which one is meant.
 */
export function undoRanges({ patches, oldSize, newSize }: PatchList): UndoRange[] {
  const spans: Span[] = patches.map(({ offset, length }) => ({ start: offset, end: offset + length }));
  spans.push({ start: Math.min(oldSize, newSize), end: Math.max(oldSize, newSize) });
  return merged(spans)
    .flatMap((span) => cutAt(span, oldSize))
    .flatMap((span) => cutAt(span, newSize))
    .flatMap(cutToRecords)
    .map(({ start, end }) => ({
      offset: start,
      oldLength: start < oldSize ? end - start : 0,
      newLength: start < newSize ? end - start : 0,
    }));
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  const sorted = spans.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  for (const span of sorted) {
    const last = result.at(-1);
    if (last !== undefined && span.start < last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else {
      result.push(span);
    }
  }
  return result;
}

function cutAt(span: Span, edge: number): Span[] {
  return span.start < edge && edge < span.end
    ? [
        { start: span.start, end: edge },
        { start: edge, end: span.end },
      ]
    : [span];
}

function cutToRecords({ start, end }: Span): Span[] {
  const count = Math.ceil((end - start) / UNDO_RECORD_MAXIMUM);
  return Array.from({ length: count }, (_, index) => {
    const from = start + index * UNDO_RECORD_MAXIMUM;
    return { start: from, end: Math.min(end, from + UNDO_RECORD_MAXIMUM) };
  });
}

/** The bytes of a range on one side of an edit: none, wherever that is, where the image does not reach to. */
export async function readRange(source: Source, offset: number, length: number): Promise<Uint8Array> {
  return length === 0 ? new Uint8Array(0) : source.read(offset, length);
}
