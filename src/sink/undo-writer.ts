import { createHash } from 'node:crypto';
import { IsoError } from '../errors.js';
import {
  encodeUndoHeader,
  encodeUndoRecordHead,
  NO_DIGEST,
  undoHeader,
  undoRecord,
  UNDO_FIXED_LENGTH,
  UNDO_RECORD_COUNT_MAXIMUM,
  type UndoHeader,
} from '../layout/undo-file.js';
import { currentOwner } from './owner.js';
import { syncFile } from './sync.js';
import type { UndoRange } from './undo-range.js';
import { writeAt, type Target } from './write.js';

/** What an undo file says at its head, but for what its records and its writer give. */
export type UndoHead = Omit<UndoHeader, 'owner' | 'recordCount' | 'recordsLength' | 'digest'>;

/** A range to record, whose bytes are read when it is its turn. */
export interface RangeToRecord extends UndoRange {
  readonly oldBytes: () => Promise<Uint8Array>;
  readonly newBytes: () => Promise<Uint8Array>;
}

/**
 * Writes a whole undo file into an empty file and syncs it; its folder is the caller's to sync.
 *
 * Errors: `ISO_PLAN_GATE` for more ranges than a file can hold, `ISO_OUTPUT_IO`, those of reading the bytes.
 * Source: docs/undo-file.md.
 */
export async function fillUndoFile(
  target: Target,
  head: UndoHead,
  ranges: readonly RangeToRecord[],
): Promise<void> {
  if (ranges.length > UNDO_RECORD_COUNT_MAXIMUM) {
    throw new IsoError('ISO_PLAN_GATE', 'the edit has more ranges than an undo file can hold', {
      found: ranges.length,
      wanted: UNDO_RECORD_COUNT_MAXIMUM,
    });
  }
  const oldBytes = ranges.reduce((sum, { oldLength }) => sum + oldLength, 0);
  const header: UndoHeader = {
    ...head,
    owner: currentOwner(),
    recordCount: ranges.length,
    recordsLength: ranges.length * undoRecord.span + oldBytes,
    digest: NO_DIGEST,
  };
  // The name of the kind goes to the disk alone and first: whatever a crash leaves is known for an undo file.
  await writeAt(target, encodeUndoHeader(header), 0);
  await syncFile(target.handle, target.path);
  const digest = await writeRecords(target, header, ranges);
  await writeAt(target, encodeUndoHeader({ ...header, digest }), 0);
  await syncFile(target.handle, target.path);
}

async function writeRecords(
  target: Target,
  header: UndoHeader,
  ranges: readonly RangeToRecord[],
): Promise<Uint8Array> {
  const hash = createHash('sha256').update(encodeUndoHeader(header).subarray(0, UNDO_FIXED_LENGTH));
  let at = undoHeader.span;
  for (const range of ranges) {
    const [newBytes, oldBytes] = await Promise.all([range.newBytes(), range.oldBytes()]);
    const newDigest = createHash('sha256').update(newBytes).digest();
    for (const bytes of [encodeUndoRecordHead({ ...range, newDigest }), oldBytes]) {
      hash.update(bytes);
      await writeAt(target, bytes, at);
      at += bytes.length;
    }
  }
  return hash.digest();
}
