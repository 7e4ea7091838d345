import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { firstDifference } from '../bytes.js';
import { IsoError, messageOf } from '../errors.js';
import type { UndoHeader } from '../layout/undo-file.js';
import { isDiskFull } from './failure.js';
import { syncFile } from './sync.js';
import { readUpTo, type UndoFile, type UndoRecord } from './undo-reader.js';
import { setSize, writeAt, type Target } from './write.js';

/** An undo file whose header and records are whole. */
export type WholeUndoFile = UndoFile & { readonly header: UndoHeader };

/**
 * Puts the old bytes back without looking at what stands there, syncs, cuts the image to its old size, syncs.
 *
 * May be killed and repeated at any point. Gives the count of bytes put back. Errors: `ISO_OUTPUT_IO`,
 * `ISO_SOURCE_IO` and `ISO_UNDO_BROKEN` when the undo file cannot be read.
 */
export async function restoreImage(target: Target, undo: WholeUndoFile): Promise<number> {
  let bytes = 0;
  await withOldBytes(undo, async (oldBytes) => {
    for (const record of undo.records) {
      await putBack(target, await oldBytes(record), record.offset);
      bytes += record.oldLength;
    }
  });
  await syncFile(target.handle, target.path);
  await setSize(target, undo.header.oldSize);
  await syncFile(target.handle, target.path);
  return bytes;
}

/** No hole of a sparse file is smaller. */
const HOLE_UNIT = 512;

/**
 * A full disk has no room for zeros in the holes of a sparse image. What reads as the old bytes need not be written
 * there; on any other disk they are written unseen, since what the system remembers may not be what the disk has.
 */
async function putBack(target: Target, bytes: Uint8Array, offset: number): Promise<void> {
  try {
    await writeAt(target, bytes, offset);
  } catch (error) {
    if (!isDiskFull(error)) {
      throw error;
    }
    const found = await readUpTo(target.handle, offset, bytes.length).catch(() => new Uint8Array());
    for (let done = 0; done < bytes.length;) {
      const end = Math.min(bytes.length, done + HOLE_UNIT - ((offset + done) % HOLE_UNIT));
      const part = bytes.subarray(done, end);
      if (firstDifference(part, found.subarray(done)) >= 0) {
        await writeAt(target, part, offset + done);
      }
      done = end;
    }
  }
}

/** Old bytes in an undo file: all of a record's, or some. */
type OldBytes = Pick<UndoRecord, 'oldBytesAt' | 'oldLength'>;

/** Opens the undo file for as long as `work` takes, and gives it a function that reads old bytes. */
export async function withOldBytes<T>(
  undo: UndoFile,
  work: (oldBytes: (range: OldBytes) => Promise<Uint8Array>) => Promise<T>,
): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(undo.path, 'r');
  } catch (error) {
    throw new IsoError('ISO_SOURCE_IO', `${undo.path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return await work((record) => readOldBytes(handle, undo.path, record));
  } finally {
    await handle.close();
  }
}

async function readOldBytes(handle: FileHandle, path: string, range: OldBytes): Promise<Uint8Array> {
  const bytes = await readUpTo(handle, range.oldBytesAt, range.oldLength).catch((error: unknown) => {
    throw new IsoError('ISO_SOURCE_IO', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  if (bytes.length < range.oldLength) {
    throw new IsoError('ISO_UNDO_BROKEN', `${path} became shorter`, { offset: range.oldBytesAt });
  }
  return bytes;
}
