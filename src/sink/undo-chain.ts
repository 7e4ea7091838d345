import { rm } from 'node:fs/promises';
import { IsoError } from '../errors.js';
import { outputFailure } from './failure.js';
import type { WholeUndoFile } from './restore.js';
import { syncFolderOf } from './sync.js';
import { joinedPathOf, nextPathOf } from './undo-name.js';
import { readUndoFile, type UndoFile } from './undo-reader.js';

/** What of earlier edits is there: the undo file, and beside it that of an edit which was to extend it. */
export interface UndoChain {
  /** Path of the undo file. */
  readonly path: string;
  /** `editing` and `undoing`: the image may be half-written; `incomplete`: it was never touched. */
  readonly status: UndoFile['status'];
  /** What there is to put back, the newest edit first. */
  readonly layers: readonly WholeUndoFile[];
  /** Files that hold nothing which is needed: never finished, or joined with the undo file already. */
  readonly leftovers: readonly UndoFile[];
  /** Whether the process that works with one of these files still runs on this host. */
  readonly ownerAlive: boolean;
  /** Its number, or that of the process that died. */
  readonly pid: number | undefined;
}

/**
 * Reads an undo file and that of an edit which extends it; nothing when there is neither.
 *
 * Errors: `ISO_UNDO_BROKEN`, `ISO_SOURCE_IO`. Source: docs/undo-file.md.
 */
export async function readUndoChain(path: string): Promise<UndoChain | undefined> {
  // The newer one first: it goes away when it has been joined, and is never there without having been seen.
  const next = await readUndoFile(nextPathOf(path));
  const base = await readUndoFile(path);
  const files = [next, base].filter((file) => file !== undefined);
  if (files.length === 0) {
    return undefined;
  }
  const layers = files.filter(isWhole).filter((file) => file !== next || isAhead(file, base));
  const interrupted = layers.some((file) => file === next);
  return {
    path,
    status: interrupted && base?.status !== 'undoing' ? 'editing' : (base?.status ?? 'incomplete'),
    layers,
    leftovers: files.filter((file) => !layers.some((layer) => layer === file)),
    ownerAlive: files.some(({ ownerAlive }) => ownerAlive),
    pid: (files.find(({ ownerAlive }) => ownerAlive) ?? files[0])?.header?.owner.pid,
  };
}

function isWhole(undo: UndoFile): undo is WholeUndoFile {
  return undo.header !== undefined && undo.status !== 'incomplete';
}

/**
 * Whether an edit that extends an undo file is not in it yet. Its own file names the digest that the undo file
 * had before; joining the two gives that another, in the same moment in which the edit is complete.
 */
function isAhead(next: WholeUndoFile, base: UndoFile | undefined): boolean {
  if (base === undefined) {
    return true;
  }
  if (base.header === undefined || base.status === 'incomplete') {
    throw new IsoError('ISO_UNDO_BROKEN', `${base.path} was damaged after it had been written`);
  }
  return Buffer.compare(next.header.extends, base.header.digest) === 0;
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

/** Deletes what is beside an undo file and not needed; `ISO_OUTPUT_IO` when the system fails. */
export async function deleteLeftovers({ path, leftovers }: UndoChain): Promise<void> {
  for (const leftover of leftovers) {
    await deleteUndoFile(leftover.path);
  }
  // It never comes to mean anything, so that the disk need not be waited for.
  const joined = joinedPathOf(path);
  await rm(joined, { force: true }).catch((error: unknown) => {
    throw outputFailure(joined, error);
  });
}
