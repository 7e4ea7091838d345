import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT, IsoError } from '../errors.js';
import type { UndoChain } from '../sink/undo-chain.js';
import { hasUndoFile } from '../sink/undo-name.js';

/** Where the undo file of an image lies: beside the file itself, wherever links to it may be. */
export async function undoPathOf(image: string): Promise<string> {
  const resolved = await realpath(image).catch(() => image);
  return `${resolved}.isoboot-undo`;
}

/** What earlier edits in place left beside an image; documented in docs/json.md. */
export interface UndoStateReport {
  /** Path of the undo file. */
  readonly path: string;
  /** `editing` and `undoing`: the image may be half-written; `incomplete`: the edit never touched it. */
  readonly state: UndoChain['status'];
  /** Whether the process that edits, or takes back, is at work now. */
  readonly inProgress: boolean;
}

async function stateAt(path: string): Promise<UndoStateReport | undefined> {
  // Few images have one, and what reads it takes longer to load than a small image to read.
  if (!hasUndoFile(path)) {
    return undefined;
  }
  try {
    const { readUndoChain } = await import('../sink/undo-chain.js');
    const chain = await readUndoChain(path);
    return chain === undefined ? undefined : { path, state: chain.status, inProgress: chain.ownerAlive };
  } catch (error) {
    // Whatever it is, it does not say that an edit was interrupted; an edit that wants its place says more.
    if (error instanceof IsoError && error.code === 'ISO_UNDO_BROKEN') {
      return undefined;
    }
    throw error;
  }
}

/** Whether an undo file says that the image may be half-written. */
function isInterrupted(undo: UndoStateReport | undefined): undo is UndoStateReport {
  return undo?.state === 'editing' || undo?.state === 'undoing';
}

/** The error of an image that is half-written: `ISO_UNDO_LOCKED` while somebody is at it, else `ISO_UNDO_INTERRUPTED`. */
function halfWritten(image: string, { path, inProgress }: UndoStateReport, cause?: unknown): IsoError {
  return inProgress
    ? new IsoError('ISO_UNDO_LOCKED', `another isoboot is editing ${image} now`, { found: path, cause })
    : new IsoError(
        'ISO_UNDO_INTERRUPTED',
        `an edit of ${image} was interrupted; run isoboot undo on it first`,
        {
          found: path,
          cause,
        },
      );
}

/**
 * Refuses an image that an interrupted edit left half-written, and an edit in place that would leave an undo file beside
 * the image behind: it could put back only some of what was changed since.
 *
 * `edit` is where an edit in place has its undo file. Errors: `ISO_UNDO_INTERRUPTED`, `ISO_UNDO_LOCKED`,
 * `ISO_UNDO_EXISTS`.
 */
export async function refuseInterrupted(
  image: string,
  edit?: { readonly undo?: string | false | undefined },
): Promise<void> {
  const usual = await undoPathOf(image);
  const named = typeof edit?.undo === 'string' ? resolve(edit.undo) : usual;
  const [earlier, other] = await Promise.all([stateAt(usual), named === usual ? undefined : stateAt(named)]);
  const interrupted = [earlier, other].find(isInterrupted);
  if (interrupted !== undefined) {
    throw halfWritten(image, interrupted);
  }
  const leavesBehind = edit !== undefined && (edit.undo === false || named !== usual);
  if (leavesBehind && earlier?.state === 'done') {
    throw new IsoError(
      'ISO_UNDO_EXISTS',
      `${usual} can take back an earlier edit, but not this one; leave out --no-undo and --undo-file and it is ` +
        'extended, or delete it and there is no way back',
      { found: usual },
    );
  }
}

/** What edits in place left beside an image; an undo file that cannot be read is no reason not to read the image. */
export async function undoStateOf(image: string): Promise<UndoStateReport | undefined> {
  return stateAt(await undoPathOf(image)).catch(() => undefined);
}

/**
 * Reads an image for a job that writes nothing to it, and says what an interrupted edit may have done to it: as a warning,
 * or in place of an error that the image is unreadable.
 *
 * Errors: those of `work`; `ISO_UNDO_INTERRUPTED`, `ISO_UNDO_LOCKED`.
 */
export async function readingEdited<T>(
  image: string,
  work: (warnings: readonly string[], undo: UndoStateReport | undefined) => Promise<T>,
): Promise<T> {
  const undo = await undoStateOf(image);
  if (!isInterrupted(undo)) {
    return work([], undo);
  }
  try {
    const { code, message } = halfWritten(image, undo);
    return await work([`${message} [${code}]`], undo);
  } catch (error) {
    throw error instanceof IsoError && error.exitCode === EXIT.damaged
      ? halfWritten(image, undo, error)
      : error;
  }
}

/** The outcome of `undo`; documented in docs/json.md. */
export interface UndoReport {
  readonly schema: 'isoboot.undo/1';
  /** The image, as it was named. */
  readonly input: string;
  /** Path of the undo file, which is gone now. */
  readonly undo: string;
  /** The state in which the undo file was: `incomplete` means that the image had not been touched. */
  readonly state: string;
  /** Ranges that were put back. */
  readonly ranges: number;
  /** Bytes that were put back. */
  readonly bytes: number;
  /** Bytes in the image before. */
  readonly sizeBefore: number;
  /** Bytes in the image now. */
  readonly sizeAfter: number;
}

/** Takes back all edits in place of an image. Errors: those of `undoEdit`. */
export async function undo(options: {
  /** Path of the image. */
  readonly input: string;
  /** Path of the undo file; the one beside the image without it. */
  readonly undoFile?: string | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
}): Promise<UndoReport> {
  const undoPath = options.undoFile ?? (await undoPathOf(options.input));
  const { undoEdit } = await import('../sink/undo.js');
  const result = await undoEdit({ image: options.input, undoPath, signal: options.signal });
  return { schema: 'isoboot.undo/1', input: options.input, undo: undoPath, ...result };
}
