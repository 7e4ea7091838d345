import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { IsoError } from '../errors.js';
import type { Source } from '../source/source.js';
import { outputFailure } from './failure.js';
import { withOldBytes, type WholeUndoFile } from './restore.js';
import { syncFolderOf } from './sync.js';
import { joinedPathOf } from './undo-name.js';
import { readRange, type UndoRange } from './undo-range.js';
import { readUndoFile, type UndoRecord } from './undo-reader.js';
import { fillUndoFile, type RangeToRecord } from './undo-writer.js';

/** A range of two edits taken together, and where its old bytes are: in the first one's file if that has them. */
export interface JoinedRange extends UndoRange {
  readonly from: 'base' | 'next';
  /** Byte offset of the old bytes in that file. */
  readonly oldBytesAt: number;
}

/**
 * Makes one undo file of two: from there on the second edit is complete, and `undo` gives the first original.
 *
 * `image` is the image after both edits. The new file takes the name of the first in one step; before that
 * the second edit counts as interrupted, and afterwards its own file as left over. Errors: `ISO_UNDO_BROKEN`,
 * `ISO_PLAN_GATE`, `ISO_OUTPUT_IO`, those of reading; none once the step is taken. Source: docs/undo-file.md.
 */
export async function joinUndoFiles(base: WholeUndoFile, nextPath: string, image: Source): Promise<void> {
  const next = await readUndoFile(nextPath);
  if (next?.header === undefined || next.status === 'incomplete') {
    throw new IsoError('ISO_UNDO_BROKEN', `${nextPath} is not as it was written`);
  }
  const joined = joinedPathOf(base.path);
  try {
    await writeJoined(joined, base, next as WholeUndoFile, image);
    await rename(joined, base.path);
  } catch (error) {
    await rm(joined, { force: true }).catch(() => undefined);
    throw outputFailure(base.path, error);
  }
  const named = await syncFolderOf(base.path).then(
    () => true,
    () => false,
  );
  if (named) {
    // Where it stays it is known for what it is. Where the folder cannot be synced, it may be needed yet.
    await rm(nextPath, { force: true }).catch(() => undefined);
  }
}

async function writeJoined(
  path: string,
  base: WholeUndoFile,
  next: WholeUndoFile,
  image: Source,
): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'w');
    const target = { handle, path };
    const { newSize } = next.header;
    await withOldBytes(base, (ofBase) =>
      withOldBytes(next, (ofNext) => {
        const bytesOf = { base: ofBase, next: ofNext };
        const ranges = joinRanges(base, next).map((range): RangeToRecord => ({
          ...range,
          oldBytes: () => bytesOf[range.from](range),
          newBytes: () => readRange(image, range.offset, range.newLength),
        }));
        const { oldSize, identity, extends: earlier } = base.header;
        return fillUndoFile(target, { state: 'done', oldSize, newSize, identity, extends: earlier }, ranges);
      }),
    );
  } finally {
    await handle?.close();
  }
}

/**
 * The ranges of two edits, the second made on the result of the first: cut wherever one of them has a border, each
 * with the bytes that it had before both.
 */
export function joinRanges(
  base: Pick<WholeUndoFile, 'records' | 'header'>,
  next: Pick<WholeUndoFile, 'records' | 'header'>,
): JoinedRange[] {
  const { oldSize } = base.header;
  const { newSize } = next.header;
  const all = [...base.records, ...next.records];
  const edges = new Set([oldSize, newSize, ...all.flatMap((each) => [each.offset, endOf(each)])]);
  const sorted = [...edges].sort((a, b) => a - b);
  const inBase = coverOf(base.records);
  const inNext = coverOf(next.records);
  return sorted.slice(0, -1).flatMap((start, index) => {
    const length = (sorted[index + 1] ?? start) - start;
    const [ofBase, ofNext] = [inBase(start), inNext(start)];
    const record = ofBase ?? ofNext;
    const oldLength = start < oldSize ? length : 0;
    const newLength = start < newSize ? length : 0;
    if (record === undefined || oldLength + newLength === 0) {
      return [];
    }
    const oldBytesAt = record.oldBytesAt + (start - record.offset);
    return [
      { offset: start, oldLength, newLength, oldBytesAt, from: ofBase === undefined ? 'next' : 'base' },
    ];
  });
}

function endOf({ offset, oldLength, newLength }: UndoRecord): number {
  return offset + Math.max(oldLength, newLength);
}

/** Finds the record that covers an offset; to be asked in rising order. */
function coverOf(records: readonly UndoRecord[]): (offset: number) => UndoRecord | undefined {
  let index = 0;
  return (offset) => {
    for (let record = records[index]; record !== undefined; record = records[index]) {
      if (endOf(record) > offset) {
        return record.offset <= offset ? record : undefined;
      }
      index += 1;
    }
    return undefined;
  };
}
