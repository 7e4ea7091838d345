import { realpath } from 'node:fs/promises';
import { IsoError } from '../errors.js';
import { readUndoFile } from '../sink/undo-file.js';
import { undoEdit } from '../sink/undo.js';

/** Where the undo file of an image lies: beside the file itself, wherever links to it may be. */
export async function undoPathOf(image: string): Promise<string> {
  const resolved = await realpath(image).catch(() => image);
  return `${resolved}.isoboot-undo`;
}

/** Refuses an image that an interrupted edit left half-written. Errors: `ISO_UNDO_INTERRUPTED`, `ISO_UNDO_LOCKED`. */
export async function refuseInterrupted(image: string, undo: string | false | undefined): Promise<void> {
  const besides = typeof undo === 'string' ? [undo] : [];
  for (const path of [await undoPathOf(image), ...besides]) {
    await refuseHalfWritten(image, path);
  }
}

async function refuseHalfWritten(image: string, path: string): Promise<void> {
  const file = await readUndoFile(path).catch((error: unknown) => {
    if (error instanceof IsoError && error.code === 'ISO_UNDO_BROKEN') {
      return undefined;
    }
    throw error;
  });
  if (file?.status !== 'editing' && file?.status !== 'undoing') {
    return;
  }
  throw file.ownerAlive
    ? new IsoError('ISO_UNDO_LOCKED', `another isoboot is editing ${image} now`, { found: path })
    : new IsoError(
        'ISO_UNDO_INTERRUPTED',
        `an edit of ${image} was interrupted; run isoboot undo on it first`,
        { found: path },
      );
}

/** The outcome of `undo`; documented in docs/json.md. */
export interface UndoReport {
  readonly schema: 'isoboot.undo/1';
  readonly input: string;
  readonly undo: string;
  /** The state in which the undo file was: `incomplete` means that the image had not been touched. */
  readonly state: string;
  readonly ranges: number;
  readonly bytes: number;
  readonly sizeBefore: number;
  readonly sizeAfter: number;
}

/** Takes back all edits in place of an image. Errors: those of `undoEdit`. */
export async function undo(options: {
  readonly input: string;
  readonly undoFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<UndoReport> {
  const undoPath = options.undoFile ?? (await undoPathOf(options.input));
  const result = await undoEdit({ image: options.input, undoPath, signal: options.signal });
  return { schema: 'isoboot.undo/1', input: options.input, undo: undoPath, ...result };
}
