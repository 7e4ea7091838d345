import { fstatSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { IsoError, systemCode } from '../errors.js';
import {
  encodeUndoOwner,
  encodeUndoState,
  NO_DIGEST,
  UNDO_IDENTITY_LENGTH,
  type UndoState,
} from '../layout/undo-file.js';
import type { PatchList } from '../plan/patch.js';
import type { Source } from '../source/source.js';
import { exactStatsAt } from '../source/stats.js';
import { isReadOnly, outputFailure } from './failure.js';
import { currentOwner, holdUndoFile, lockedBy } from './owner.js';
import type { WholeUndoFile } from './restore.js';
import { syncFile } from './sync.js';
import { deleteLeftovers, readUndoChain } from './undo-chain.js';
import { nextPathOf } from './undo-name.js';
import { checkUndoable } from './undo-check.js';
import { readUndoFile } from './undo-reader.js';
import { readRange, undoRanges } from './undo-range.js';
import { fillUndoFile } from './undo-writer.js';
import { writeAt } from './write.js';

/** Where the undo file of an edit goes. */
export interface UndoPlace {
  readonly path: string;
  /** The undo file of earlier edits, which this one's is joined with in the end. */
  readonly extended: WholeUndoFile | undefined;
}

/** What an undo file is made from. */
export interface UndoContents {
  readonly place: UndoPlace;
  readonly list: PatchList;
  /** The image before the edit. */
  readonly image: Source;
  /** The image after it. */
  readonly edited: Source;
}

/**
 * Finds the place for an edit's undo file; what earlier ones left unfinished or joined already is deleted.
 *
 * Errors: `ISO_UNDO_LOCKED` (an owner is at work), `ISO_UNDO_INTERRUPTED` (the owner died), `ISO_UNDO_CHANGED`
 * (the image is no longer as the earlier edit left it), `ISO_UNDO_BROKEN`, `ISO_OUTPUT_IO`, those of reading.
 */
export async function claimUndoFile(path: string, image: Source): Promise<UndoPlace> {
  const chain = await readUndoChain(path);
  if (chain === undefined) {
    return { path, extended: undefined };
  }
  if (chain.ownerAlive) {
    throw lockedBy(path, chain.pid);
  }
  if (chain.status === 'editing' || chain.status === 'undoing') {
    throw new IsoError('ISO_UNDO_INTERRUPTED', `${path} says that an edit was interrupted`);
  }
  await checkUndoable(image, chain);
  await deleteLeftovers(chain);
  const [extended] = chain.layers;
  return extended === undefined ? { path, extended } : { path: nextPathOf(path), extended };
}

/**
 * Writes a new undo file in state `editing` and syncs it; its folder is the caller's to sync.
 *
 * The function given back says that this process no longer works with the file. On failure nothing is left
 * of it. Errors: `ISO_UNDO_LOCKED` when another process made one meanwhile,
 * `ISO_OUTPUT_IO`, those of reading the image and the sources.
 */
export async function writeUndoFile(contents: UndoContents): Promise<() => void> {
  const { path, extended } = contents.place;
  const handle = await createExclusively(path);
  let release: (() => void) | undefined;
  try {
    release = holdUndoFile(path);
    await checkStillLast(extended);
    await fill(handle, contents);
    checkStillThere(handle, path);
    await handle.close();
    return release;
  } catch (error) {
    release?.();
    await handle.close();
    if (!(error instanceof IsoError && error.code === 'ISO_UNDO_LOCKED')) {
      // What cannot be deleted is known for unfinished; the failure to report is the one that came first.
      await rm(path, { force: true }).catch(() => undefined);
    }
    throw outputFailure(path, error);
  }
}

async function createExclusively(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx+');
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      throw lockedBy(path, undefined);
    }
    if (isReadOnly(error)) {
      const message = `the undo file ${path} cannot be made there; --undo-file names another place`;
      throw new IsoError('ISO_OUTPUT_IO', message, { cause: error });
    }
    throw outputFailure(path, error);
  }
}

/** Another process may have made an edit of its own since the place was found; then this one was planned on less. */
async function checkStillLast(extended: WholeUndoFile | undefined): Promise<void> {
  const now = extended === undefined ? undefined : await readUndoFile(extended.path);
  if (extended !== undefined && !sameDigest(now?.header?.digest, extended.header.digest)) {
    await rm(nextPathOf(extended.path), { force: true });
    throw lockedBy(extended.path, undefined);
  }
}

function sameDigest(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}

async function fill(handle: FileHandle, { place, list, image, edited }: UndoContents): Promise<void> {
  const { path, extended } = place;
  const { oldSize, newSize } = list;
  const identified = await image.read(0, Math.min(UNDO_IDENTITY_LENGTH, oldSize));
  const head = {
    state: 'editing',
    oldSize,
    newSize,
    identity: createHash('sha256').update(identified).digest(),
    extends: extended?.header.digest ?? NO_DIGEST,
  } as const;
  const ranges = undoRanges(list).map((range) => ({
    ...range,
    oldBytes: () => readRange(image, range.offset, range.oldLength),
    newBytes: () => readRange(edited, range.offset, range.newLength),
  }));
  await fillUndoFile({ handle, path }, head, ranges);
}

/**
 * Another process may have taken the file for a crash's leftover while it was half-written, and have put
 * its own in its place; then the image is that one's.
 */
function checkStillThere(handle: FileHandle, path: string): void {
  const ours = fstatSync(handle.fd, { bigint: true });
  const theirs = exactStatsAt(path);
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
