import { createHash } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { IsoError, systemCode } from '../errors.js';
import {
  encodeUndoHeader,
  encodeUndoOwner,
  encodeUndoRecordHead,
  encodeUndoState,
  undoHeader,
  undoRecord,
  UNDO_FIXED_LENGTH,
  UNDO_IDENTITY_LENGTH,
  UNDO_RECORD_COUNT_MAXIMUM,
  type UndoHeader,
  type UndoState,
} from '../layout/undo-file.js';
import type { PatchList } from '../plan/patch.js';
import type { Source } from '../source/source.js';
import { outputFailure } from './failure.js';
import { currentOwner, holdUndoFile, lockedBy } from './owner.js';
import { syncFile, syncFolderOf } from './sync.js';
import { readUndoFile } from './undo-reader.js';
import { readRange, undoRanges, type UndoRange } from './undo-range.js';
import { writeAt, type Target } from './write.js';

export { readUndoFile, type UndoFile, type UndoRecord } from './undo-reader.js';

/** What an undo file is made from. */
export interface UndoContents {
  readonly path: string;
  readonly list: PatchList;
  /** The image before the edit. */
  readonly image: Source;
  /** The image after it. */
  readonly edited: Source;
}

/**
 * Makes sure that no earlier undo file is in the way; one that was never finished is deleted.
 *
 * Errors: `ISO_UNDO_LOCKED` (its owner is at work), `ISO_UNDO_INTERRUPTED` (the owner died), `ISO_UNDO_EXISTS`,
 * `ISO_UNDO_BROKEN`, `ISO_OUTPUT_IO`.
 */
export async function clearUndoFile(path: string): Promise<void> {
  const earlier = await readUndoFile(path);
  if (earlier === undefined) {
    return;
  }
  if (earlier.status === 'done') {
    throw new IsoError('ISO_UNDO_EXISTS', `${path} is the undo file of an earlier edit`);
  }
  if (earlier.ownerAlive) {
    throw lockedBy(path, earlier.header?.owner.pid);
  }
  if (earlier.status !== 'incomplete') {
    throw new IsoError('ISO_UNDO_INTERRUPTED', `${path} says that an edit was interrupted`);
  }
  await deleteUndoFile(path);
}

/**
 * Writes a new undo file in state `editing` and syncs it; its folder is the caller's to sync.
 *
 * The function given back says that this process no longer works with the file. On failure nothing is left
 * of it. Errors: `ISO_UNDO_LOCKED` when another process made one meanwhile,
 * `ISO_OUTPUT_IO`, those of reading the image and the sources.
 */
export async function writeUndoFile(contents: UndoContents): Promise<() => void> {
  const { path } = contents;
  const handle = await createExclusively(path);
  let release: (() => void) | undefined;
  try {
    release = holdUndoFile(path);
    await fillUndoFile({ handle, path }, contents);
    await checkStillThere(handle, path);
    await handle.close();
    return release;
  } catch (error) {
    release?.();
    await handle.close();
    if (!(error instanceof IsoError && error.code === 'ISO_UNDO_LOCKED')) {
      await rm(path, { force: true });
    }
    throw outputFailure(path, error);
  }
}

async function createExclusively(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx+');
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? lockedBy(path, undefined) : outputFailure(path, error);
  }
}

async function fillUndoFile(target: Target, { path, list, image, edited }: UndoContents): Promise<void> {
  const ranges = undoRanges(list);
  if (ranges.length > UNDO_RECORD_COUNT_MAXIMUM) {
    throw new IsoError('ISO_PLAN_GATE', 'the edit has more ranges than an undo file can hold', {
      found: ranges.length,
      wanted: UNDO_RECORD_COUNT_MAXIMUM,
    });
  }
  const header = await headerFor(list, ranges, image);
  // The name of the kind goes to the disk alone and first: whatever a crash leaves is known for an undo file.
  await writeAt(target, encodeUndoHeader(header), 0);
  await syncFile(target.handle, path);
  const digest = await writeRecords(target, header, ranges, image, edited);
  await writeAt(target, encodeUndoHeader({ ...header, digest }), 0);
  await syncFile(target.handle, path);
}

async function headerFor(list: PatchList, ranges: readonly UndoRange[], image: Source): Promise<UndoHeader> {
  const oldBytes = ranges.reduce((sum, { oldLength }) => sum + oldLength, 0);
  const identified = await image.read(0, Math.min(UNDO_IDENTITY_LENGTH, list.oldSize));
  return {
    state: 'editing',
    owner: currentOwner(),
    oldSize: list.oldSize,
    newSize: list.newSize,
    recordCount: ranges.length,
    recordsLength: ranges.length * undoRecord.span + oldBytes,
    identity: createHash('sha256').update(identified).digest(),
    digest: new Uint8Array(32),
  };
}

async function writeRecords(
  target: Target,
  header: UndoHeader,
  ranges: readonly UndoRange[],
  image: Source,
  edited: Source,
): Promise<Uint8Array> {
  const hash = createHash('sha256').update(encodeUndoHeader(header).subarray(0, UNDO_FIXED_LENGTH));
  let at = undoHeader.span;
  for (const range of ranges) {
    const [newBytes, oldBytes] = await Promise.all([
      readRange(edited, range.offset, range.newLength),
      readRange(image, range.offset, range.oldLength),
    ]);
    const newDigest = createHash('sha256').update(newBytes).digest();
    for (const bytes of [encodeUndoRecordHead({ ...range, newDigest }), oldBytes]) {
      hash.update(bytes);
      await writeAt(target, bytes, at);
      at += bytes.length;
    }
  }
  return hash.digest();
}

/**
 * Another process may have taken the file for a crash's leftover while it was half-written, and have put
 * its own in its place; then the image is that one's.
 */
async function checkStillThere(handle: FileHandle, path: string): Promise<void> {
  const ours = await handle.stat({ bigint: true });
  const theirs = await stat(path, { bigint: true }).catch(() => undefined);
  if (theirs?.ino !== ours.ino || theirs.dev !== ours.dev) {
    throw lockedBy(path, undefined);
  }
}

/** Rewrites the state, one byte, and syncs; going to `undoing`, this process becomes the owner. */
export async function setUndoState(path: string, state: UndoState): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r+');
    const target = { handle, path };
    if (state === 'undoing') {
      const owner = encodeUndoOwner(currentOwner());
      await writeAt(target, owner.bytes, owner.offset);
    }
    const change = encodeUndoState(state);
    await writeAt(target, change.bytes, change.offset);
    await syncFile(handle, path);
  } catch (error) {
    throw outputFailure(path, error);
  } finally {
    await handle?.close();
  }
}

/** Deletes an undo file and syncs its folder; `ISO_OUTPUT_IO` when the system fails. */
export async function deleteUndoFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw outputFailure(path, error);
  }
  await syncFolderOf(path);
}
