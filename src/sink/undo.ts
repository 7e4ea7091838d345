import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { IsoError } from '../errors.js';
import { FileSource } from '../source/file-source.js';
import { outputFailure } from './failure.js';
import { holdUndoFile, lockedBy } from './owner.js';
import { stopIfAborted } from '../source/stop.js';
import { restoreImage, type WholeUndoFile } from './restore.js';
import { deleteLeftovers, deleteUndoFile, readUndoChain, type UndoChain } from './undo-chain.js';
import { checkUndoable } from './undo-check.js';
import { setUndoState } from './undo-file.js';
import type { UndoFile } from './undo-reader.js';

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
 * Takes back all edits in place, byte for byte, and deletes their undo file; may be killed and repeated anywhere.
 *
 * Errors: `ISO_UNDO_NONE`, `ISO_UNDO_LOCKED` (somebody is at work), `ISO_UNDO_CHANGED` (with the offset of the
 * range that is not as the edit left it), `ISO_UNDO_BROKEN` (damaged, or another image's), `ISO_OUTPUT_IO`,
 * `ISO_INTERRUPTED`, those of opening the image. Source: docs/undo-file.md.
 */
export async function undoEdit({ image, undoPath, signal }: UndoRequest): Promise<UndoResult> {
  const chain = await chainAt(undoPath);
  if (chain.ownerAlive) {
    throw lockedBy(undoPath, chain.pid);
  }
  const release = holdUndoFile(undoPath);
  try {
    const source = await FileSource.open(image);
    try {
      stopIfAborted(signal);
      await checkUndoable(source, chain);
    } finally {
      await source.close();
    }
    stopIfAborted(signal);
    return await takeBack(image, source.size, chain);
  } finally {
    release();
  }
}

async function chainAt(undoPath: string): Promise<UndoChain> {
  const chain = await readUndoChain(undoPath);
  if (chain === undefined) {
    throw new IsoError('ISO_UNDO_NONE', `there is no undo file ${undoPath}`);
  }
  return chain;
}

async function takeBack(image: string, sizeBefore: number, chain: UndoChain): Promise<UndoResult> {
  const { layers, status: state } = chain;
  await deleteLeftovers(chain);
  const bytes = layers.length === 0 ? 0 : await writeBack(image, layers);
  const ranges = layers.reduce((sum, { records }) => sum + records.length, 0);
  return { state, ranges, bytes, sizeBefore, sizeAfter: layers.at(-1)?.header.oldSize ?? sizeBefore };
}

/** Puts back the newest edit first. The oldest undo file's state says so from the start: it is the last to go. */
async function writeBack(image: string, layers: readonly WholeUndoFile[]): Promise<number> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(image, 'r+');
    let bytes = 0;
    await setUndoState(layers.at(-1)?.path ?? '', 'undoing');
    for (const layer of layers) {
      bytes += await restoreImage({ handle, path: image }, layer);
      await deleteUndoFile(layer.path);
    }
    return bytes;
  } catch (error) {
    throw outputFailure(image, error);
  } finally {
    await handle?.close();
  }
}
