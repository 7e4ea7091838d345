/** Pipes and devices that an image is written to straight, where whoever is at the other end may never move. */
import { constants as fsConstants, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { orAborted, stopIfAborted } from '../source/stop.js';

/**
 * Opens a pipe or device for writing. That of a pipe waits for a reader.
 *
 * Errors: `ISO_INTERRUPTED`, those of the system as they are.
 */
export async function openSpecialFile(
  path: string,
  stats: Stats,
  signal: AbortSignal | undefined,
): Promise<FileHandle> {
  stopIfAborted(signal);
  // A device is not cut to nothing first.
  const opening = open(path, stats.isBlockDevice() ? 'r+' : 'w');
  try {
    return await orAborted(opening, signal);
  } catch (error) {
    if (stats.isFIFO()) {
      await giveUp(opening, path);
    }
    throw error;
  }
}

/** A reader of our own ends the waiting. */
async function giveUp(opening: Promise<FileHandle>, path: string): Promise<void> {
  const reader = await open(path, fsConstants.O_RDONLY | fsConstants.O_NONBLOCK);
  await opening.then(
    (handle) => handle.close(),
    () => undefined,
  );
  await reader.close();
}

/** Closes it; when the work was cancelled without waiting, since a write that nobody reads is never over. */
export async function closeSpecialFile(handle: FileHandle, signal: AbortSignal | undefined): Promise<void> {
  const closing = handle.close();
  if (signal?.aborted === true) {
    closing.catch(() => undefined);
  } else {
    await closing;
  }
}
