import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { IsoError } from '../errors.js';
import { UNDO_IDENTITY_LENGTH } from '../layout/undo-file.js';
import { FileSource } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import { outputFailure } from './failure.js';
import { holdUndoFile, lockedBy } from './owner.js';
import { stopIfAborted } from './progress.js';
import { restoreImage, withOldBytes, type WholeUndoFile } from './restore.js';
import { deleteUndoFile, readUndoFile, setUndoState, type UndoFile } from './undo-file.js';
import { readRange } from './undo-range.js';

/** What to take back. */
export interface UndoRequest {
  /** Path of the image. */
  readonly image: string;
  readonly undoPath: string;
  /** Heeded until the first byte is written; from there on the work is finished. */
  readonly signal?: AbortSignal | undefined;
}

/** What was taken back; sizes in bytes. */
export interface UndoResult {
  /** The state in which the undo file was found; `incomplete` means that nothing had been written. */
  readonly state: UndoFile['status'];
  readonly ranges: number;
  readonly bytes: number;
  readonly sizeBefore: number;
  readonly sizeAfter: number;
}

/**
 * Takes back an edit in place, byte for byte, and deletes its undo file; may be killed and repeated anywhere.
 *
 * Errors: `ISO_UNDO_NONE`, `ISO_UNDO_LOCKED` (somebody is at work), `ISO_UNDO_CHANGED` (with the offset of the
 * range that is not as the edit left it), `ISO_UNDO_BROKEN` (damaged, or another image's), `ISO_OUTPUT_IO`,
 * `ISO_INTERRUPTED`, those of opening the image. Source: docs/undo-file.md.
 */
export async function undoEdit({ image, undoPath, signal }: UndoRequest): Promise<UndoResult> {
  const undo = await undoFileAt(undoPath);
  if (undo.ownerAlive) {
    throw lockedBy(undoPath, undo.header?.owner.pid);
  }
  const release = holdUndoFile(undoPath);
  try {
    const source = await FileSource.open(image);
    try {
      stopIfAborted(signal);
      await checkUndoable(source, undo);
    } finally {
      await source.close();
    }
    stopIfAborted(signal);
    return await takeBack(image, source.size, undo);
  } finally {
    release();
  }
}

async function undoFileAt(undoPath: string): Promise<UndoFile> {
  const undo = await readUndoFile(undoPath);
  if (undo === undefined) {
    throw new IsoError('ISO_UNDO_NONE', `there is no undo file ${undoPath}`);
  }
  return undo;
}

function isWhole(undo: UndoFile): undo is WholeUndoFile {
  return undo.header !== undefined && undo.status !== 'incomplete';
}

async function checkUndoable(image: Source, undo: UndoFile): Promise<void> {
  if (!isWhole(undo)) {
    await checkUntouched(image, undo);
  } else if (undo.status === 'done') {
    await checkStillEdited(image, undo);
  } else {
    await checkBelongs(image, undo);
  }
}

/**
 * An undo file that was cut short after the edit had begun looks like one that was never finished. Deleting
 * it would be the end of the original: it must be there still, so far as the header can tell.
 */
async function checkUntouched(image: Source, { path, header }: UndoFile): Promise<void> {
  if (header === undefined) {
    return;
  }
  const sameSize = image.size === header.oldSize;
  const head = sameSize ? await image.read(0, Math.min(UNDO_IDENTITY_LENGTH, image.size)) : undefined;
  if (head === undefined || !sha256(head).equals(header.identity)) {
    throw new IsoError('ISO_UNDO_BROKEN', `${path} is cut short, and ${image.name} is not its original`);
  }
}

async function checkStillEdited(image: Source, { records, header }: WholeUndoFile): Promise<void> {
  if (image.size !== header.newSize) {
    throw new IsoError('ISO_UNDO_CHANGED', `${image.name} has another size than the edit left`, {
      offset: Math.min(image.size, header.newSize),
      found: image.size,
      wanted: header.newSize,
    });
  }
  for (const { offset, newLength, newDigest } of records) {
    if (!sha256(await readRange(image, offset, newLength)).equals(newDigest)) {
      throw new IsoError('ISO_UNDO_CHANGED', `${image.name} was changed after the edit`, { offset });
    }
  }
}

/** All that can be asked of an image in the middle of an edit: a torn sector is neither old nor new. */
async function checkBelongs(image: Source, undo: WholeUndoFile): Promise<void> {
  const { oldSize, newSize, identity } = undo.header;
  if (image.size < Math.min(oldSize, newSize) || image.size > Math.max(oldSize, newSize)) {
    throw new IsoError('ISO_UNDO_BROKEN', `the undo file belongs to an image of another size`, {
      found: image.size,
      wanted: oldSize,
    });
  }
  if (!sha256(await originalHead(image, undo)).equals(identity)) {
    throw new IsoError('ISO_UNDO_BROKEN', `${undo.path} does not belong to ${image.name}`, { offset: 0 });
  }
}

/** The first 64 KiB as they were: what is there now, with the old bytes laid over. */
async function originalHead(image: Source, undo: WholeUndoFile): Promise<Uint8Array> {
  const head = new Uint8Array(Math.min(UNDO_IDENTITY_LENGTH, undo.header.oldSize));
  head.set(await image.read(0, Math.min(head.length, image.size)));
  await withOldBytes(undo, async (oldBytes) => {
    for (const record of undo.records) {
      if (record.offset < head.length) {
        const bytes = await oldBytes(record);
        head.set(bytes.subarray(0, head.length - record.offset), record.offset);
      }
    }
  });
  return head;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

async function takeBack(image: string, sizeBefore: number, undo: UndoFile): Promise<UndoResult> {
  const { path, status, records } = undo;
  let bytes = 0;
  let sizeAfter = sizeBefore;
  if (isWhole(undo)) {
    bytes = await writeBack(image, undo);
    sizeAfter = undo.header.oldSize;
  }
  await deleteUndoFile(path);
  return { state: status, ranges: records.length, bytes, sizeBefore, sizeAfter };
}

async function writeBack(image: string, undo: WholeUndoFile): Promise<number> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(image, 'r+');
    await setUndoState(undo.path, 'undoing');
    return await restoreImage({ handle, path: image }, undo);
  } catch (error) {
    throw outputFailure(image, error);
  } finally {
    await handle?.close();
  }
}
