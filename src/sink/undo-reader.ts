import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { constants as fsConstants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isZero } from '../bytes.js';
import { IsoError, messageOf, systemCode } from '../errors.js';
import {
  decodeUndoHeader,
  decodeUndoRecordHead,
  startsLikeUndoFile,
  undoHeader,
  undoRecord,
  UNDO_FIXED_LENGTH,
  UNDO_RECORD_COUNT_MAXIMUM,
  type UndoHeader,
  type UndoRecordHead,
  type UndoState,
} from '../layout/undo-file.js';
import { isAlive } from './owner.js';

/** Without it, opening a FIFO of that name would hang; Windows has no such flag. */
const NON_BLOCKING = (fsConstants as { O_NONBLOCK?: number }).O_NONBLOCK ?? 0;

/** A range of the image, and where in the undo file its old bytes are. */
export interface UndoRecord extends UndoRecordHead {
  readonly oldBytesAt: number;
}

/** An undo file as it was found. */
export interface UndoFile {
  readonly path: string;
  /** `incomplete`: it was never finished, so that the edit never touched the image. */
  readonly status: 'incomplete' | UndoState;
  /** Missing when a crash left not even that. */
  readonly header: UndoHeader | undefined;
  /** Sorted by offset; empty when incomplete. */
  readonly records: readonly UndoRecord[];
  /** Whether the process that writes it, or takes the edit back, still runs on this host. */
  readonly ownerAlive: boolean;
}

/**
 * Reads an undo file and checks its digest; nothing when there is none. Old bytes stay where they are.
 *
 * Errors: `ISO_UNDO_BROKEN` when the file is something else or was damaged after it had been finished,
 * `ISO_SOURCE_IO`.
 */
export async function readUndoFile(path: string): Promise<UndoFile | undefined> {
  const handle = await openIfThere(path);
  if (handle === undefined) {
    return undefined;
  }
  try {
    return await readContents(handle, path);
  } catch (error) {
    throw error instanceof IsoError ? error : readFailure(path, error);
  } finally {
    await handle.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, fsConstants.O_RDONLY | NON_BLOCKING);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return undefined;
    }
    throw readFailure(path, error);
  }
}

function readFailure(path: string, error: unknown): IsoError {
  return new IsoError('ISO_SOURCE_IO', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
}

async function readContents(handle: FileHandle, path: string): Promise<UndoFile> {
  const stat = await handle.stat();
  if (!stat.isFile()) {
    throw new IsoError('ISO_UNDO_BROKEN', `${path} is not a file`);
  }
  const { size } = stat;
  const head = await readUpTo(handle, 0, undoHeader.span);
  if (isUnfinishedHeader(head, size)) {
    return { path, status: 'incomplete', header: undefined, records: [], ownerAlive: false };
  }
  if (head.length < undoHeader.span) {
    throw new IsoError('ISO_UNDO_BROKEN', `${path} is not an undo file`, { offset: 0, found: head.length });
  }
  const header = decodeUndoHeader(head);
  const ownerAlive = header.state !== 'done' && isAlive(header.owner, path);
  const records = await readRecords(handle, head, header, size);
  if (records !== undefined) {
    return { path, status: header.state, header, records, ownerAlive };
  }
  if (header.state !== 'editing') {
    throw new IsoError('ISO_UNDO_BROKEN', `${path} was damaged after it had been written`);
  }
  return { path, status: 'incomplete', header, records: [], ownerAlive };
}

/**
 * What a crash leaves when not even the header got to the disk: an empty file, its first bytes, or as many
 * zeros. A longer file that starts with zeros is none of ours: images do, and incomplete files are deleted.
 */
function isUnfinishedHeader(head: Uint8Array, size: number): boolean {
  const cut = head.length < undoHeader.span && startsLikeUndoFile(head);
  return cut || (size <= undoHeader.span && isZero(head));
}

/** The records, or nothing when they are not all there as they were meant to be. */
async function readRecords(
  handle: FileHandle,
  head: Uint8Array,
  header: UndoHeader,
  size: number,
): Promise<UndoRecord[] | undefined> {
  const { recordCount, recordsLength } = header;
  const plausible =
    recordCount <= UNDO_RECORD_COUNT_MAXIMUM && recordCount * undoRecord.span <= recordsLength;
  if (!plausible || size !== undoHeader.span + recordsLength) {
    return undefined;
  }
  const hash = createHash('sha256').update(head.subarray(0, UNDO_FIXED_LENGTH));
  const records: UndoRecord[] = [];
  let at = undoHeader.span;
  for (let index = 0; index < recordCount; index += 1) {
    const record = await readRecord(handle, header, at, hash);
    if (record === undefined) {
      return undefined;
    }
    records.push(record);
    at = record.oldBytesAt + record.oldLength;
  }
  return at === size && hash.digest().equals(header.digest) ? records : undefined;
}

async function readRecord(
  handle: FileHandle,
  header: UndoHeader,
  at: number,
  hash: Hash,
): Promise<UndoRecord | undefined> {
  const bytes = await readUpTo(handle, at, undoRecord.span);
  if (bytes.length < undoRecord.span) {
    return undefined;
  }
  const head = recordHead(bytes, header);
  if (head === undefined) {
    return undefined;
  }
  const oldBytesAt = at + undoRecord.span;
  const oldBytes = await readUpTo(handle, oldBytesAt, head.oldLength);
  hash.update(bytes).update(oldBytes);
  return oldBytes.length === head.oldLength ? { ...head, oldBytesAt } : undefined;
}

/** A head that cannot be is one that never got to the disk: what that means, the header's state decides. */
function recordHead(bytes: Uint8Array, header: UndoHeader): UndoRecordHead | undefined {
  try {
    return decodeUndoRecordHead(bytes, 0, header);
  } catch {
    return undefined;
  }
}

/** Up to `length` bytes; fewer only at the end of the file. */
export async function readUpTo(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) {
      break;
    }
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
