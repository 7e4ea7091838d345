import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { IsoError } from '../errors.js';
import type { Patch, PatchList } from '../plan/patch.js';
import { FileSource } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import { checkUnchanged } from './before.js';
import { outputFailure } from './failure.js';
import { OverlaySource, type Sources } from './overlay.js';
import { stopIfAborted } from '../source/stop.js';
import { restoreImage, type WholeUndoFile } from './restore.js';
import { syncGroups, writeOrder } from './segment.js';
import { syncFile, syncFolderOf } from './sync.js';
import { deleteUndoFile } from './undo-chain.js';
import { claimUndoFile, setUndoState, writeUndoFile, type UndoPlace } from './undo-file.js';
import { joinUndoFiles } from './undo-join.js';
import { readUndoFile } from './undo-reader.js';
import { originalView, setSize, writePatch, type Supply, type Target } from './write.js';

/** An edit of an image where it lies. */
export interface InPlaceRequest {
  /** The image; a file, or a device that can be written. */
  readonly path: string;
  readonly list: PatchList;
  readonly sources: Sources;
  /** Where the undo file goes; one that is there already is extended. */
  readonly undo: { readonly path: string } | 'none';
  /** Is shown the edited image when all is written; what it throws has the edit taken back. */
  readonly verify?: ((result: Source) => Promise<unknown>) | undefined;
  /** Called after every sync with what was synced; the image is then as a crash would leave it. */
  readonly checkpoint?: ((what: string) => Promise<void> | void) | undefined;
  /** Cancels; what was written is taken back. Without an undo file it is heeded only before the first write. */
  readonly signal?: AbortSignal | undefined;
}

/** What an edit in place did. */
export interface InPlaceResult {
  readonly patches: number;
  readonly bytesWritten: number;
  /** Path of the undo file that was left; nothing when none was wanted. */
  readonly undoPath: string | undefined;
}

interface Edit extends InPlaceRequest {
  readonly target: Target;
  readonly supply: Supply;
  readonly place: UndoPlace | undefined;
}

/**
 * Applies a patch list to an image where it lies: undo file, then the phases in order with a sync behind each
 * and behind every patch of `descriptors`, then the undo file's state `done`.
 *
 * On failure the old bytes are put back from the undo file; where that fails too it stays, in state
 * `editing`, for `undoEdit`. Errors: `ISO_SOURCE_CHANGED` (nothing was written), `ISO_UNDO_LOCKED`,
 * `ISO_UNDO_INTERRUPTED`, `ISO_UNDO_CHANGED`, `ISO_UNDO_BROKEN`, `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`,
 * `ISO_PLAN_GATE`, those of reading the image and the sources.
 */
export async function applyInPlace(request: InPlaceRequest): Promise<InPlaceResult> {
  stopIfAborted(request.signal);
  const image = await FileSource.open(request.path);
  let handle: FileHandle | undefined;
  try {
    // Before the image is looked at: where an edit was interrupted, that is the news, not that bytes differ.
    const place = request.undo === 'none' ? undefined : await claimUndoFile(request.undo.path, image);
    handle = await openForEditing(request.path);
    await checkUnchanged(image, request.list);
    const supply = { image: await originalView(image, request.list), sources: request.sources };
    return await applyChecked({ ...request, target: { handle, path: request.path }, supply, place }, image);
  } finally {
    await handle?.close();
    await image.close();
  }
}

async function openForEditing(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    throw outputFailure(path, error);
  }
}

async function applyChecked(edit: Edit, image: Source): Promise<InPlaceResult> {
  const { list, sources, place, signal } = edit;
  if (place === undefined) {
    stopIfAborted(signal);
    const result = await writePhases(edit, undefined);
    await verifyEdit(edit);
    return { ...result, undoPath: undefined };
  }
  const edited = new OverlaySource(image, list, sources);
  const release = await writeUndoFile({ place, list, image, edited });
  try {
    const result = await applyUndoably(edit, place);
    await checkpoint(edit, 'undo done');
    return { ...result, undoPath: place.extended?.path ?? place.path };
  } finally {
    release();
  }
}

async function applyUndoably(edit: Edit, place: UndoPlace): Promise<Omit<InPlaceResult, 'undoPath'>> {
  try {
    await checkpoint(edit, 'undo file');
    await syncFolderOf(place.path);
    await checkpoint(edit, 'undo folder');
    const result = await writePhases(edit, edit.signal);
    await verifyEdit(edit);
    await finishUndoFile(edit, place);
    return result;
  } catch (error) {
    const failure = outputFailure(edit.path, error);
    throw (await rollBack(edit.target, place.path)) ? failure : halfWritten(edit.path, failure);
  }
}

async function finishUndoFile({ path }: Edit, place: UndoPlace): Promise<void> {
  if (place.extended === undefined) {
    await setUndoState(place.path, 'done');
    return;
  }
  const image = await FileSource.open(path);
  await joinUndoFiles(place.extended, place.path, image).finally(() => image.close());
}

async function verifyEdit({ verify, path }: Edit): Promise<void> {
  if (verify !== undefined) {
    const result = await FileSource.open(path);
    await verify(result).finally(() => result.close());
  }
}

async function writePhases(
  edit: Edit,
  signal: AbortSignal | undefined,
): Promise<Omit<InPlaceResult, 'undoPath'>> {
  const patches = writeOrder(edit.list);
  const { oldSize, newSize } = edit.list;
  const groups = syncGroups(patches);
  // Growth belongs to what is new, as nothing may refer to it before.
  if (newSize > oldSize && groups[0]?.[0]?.phase !== 'new') {
    groups.unshift([]);
  }
  for (const [i, group] of groups.entries()) {
    await writeGroup(edit, group, signal);
    if (i === 0 && newSize > oldSize) {
      await setSize(edit.target, newSize);
    }
    await sync(edit, nameOf(group));
  }
  if (newSize < oldSize) {
    await setSize(edit.target, newSize);
    await sync(edit, 'new size');
  }
  return { patches: patches.length, bytesWritten: patches.reduce((sum, { length }) => sum + length, 0) };
}

async function writeGroup(
  edit: Edit,
  group: readonly Patch[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const patch of group) {
    stopIfAborted(signal);
    await writePatch(edit.target, patch, edit.supply);
  }
}

function nameOf([first]: readonly Patch[]): string {
  return first?.phase === 'descriptors' ? `${first.phase} at ${first.offset}` : (first?.phase ?? 'new');
}

async function sync(edit: Edit, what: string): Promise<void> {
  await syncFile(edit.target.handle, edit.path);
  await checkpoint(edit, what);
}

async function checkpoint(edit: Edit, what: string): Promise<void> {
  await edit.checkpoint?.(what);
}

/** Puts the old bytes back; whether that worked. The failure that made it necessary is the one to report. */
async function rollBack(target: Target, undoPath: string): Promise<boolean> {
  try {
    const undo = await readUndoFile(undoPath);
    if (undo?.header === undefined || undo.status === 'incomplete') {
      return false;
    }
    if (undo.status === 'done') {
      await setUndoState(undoPath, 'undoing');
    }
    await restoreImage(target, undo as WholeUndoFile);
    await deleteUndoFile(undoPath);
    return true;
  } catch {
    return false;
  }
}

function halfWritten(path: string, failure: IsoError): IsoError {
  const message = `${failure.message}; ${path} is half-written: take the edit back with isoboot undo`;
  const { code, offset, found, wanted } = failure;
  return new IsoError(code === 'ISO_INTERRUPTED' ? 'ISO_OUTPUT_IO' : code, message, {
    cause: failure,
    ...(offset === undefined ? {} : { offset }),
    ...(found === undefined ? {} : { found }),
    ...(wanted === undefined ? {} : { wanted }),
  });
}
