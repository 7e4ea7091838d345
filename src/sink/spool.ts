import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSource } from '../source/file-source.js';
import type { HeldStream } from '../source/held-stream.js';
import { outputFailure } from './failure.js';
import { HandleStream } from './handle-stream.js';
import { removeLeftovers } from './leftover.js';
import type { OnProgress } from './progress.js';
import { sendAll } from './stream.js';
import { temporaryName } from './temporary-name.js';

/** Where a stream goes that has to be read more than once. */
export interface SpoolRequest {
  readonly input: HeldStream;
  /** The folder of the temporary file; without it, the system's own for such files. */
  readonly folder?: string | undefined;
  /** Is told the path of the file before it is written. */
  readonly onStart?: ((path: string) => void) | undefined;
  /** Is told the path of each temporary file that was removed, left by a run that was killed. */
  readonly onLeftover?: ((path: string) => void) | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A stream that has become a file. */
export interface Spooled {
  /** Goes by the stream's name. */
  readonly source: FileSource;
  /** Closes the file and deletes it. */
  remove(): Promise<void>;
}

/**
 * Writes a stream to a temporary file, up to its end.
 *
 * On failure nothing is left. Errors: `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`, `ISO_SOURCE_IO`, `ISO_SOURCE_EMPTY`.
 */
export async function spool(request: SpoolRequest): Promise<Spooled> {
  const { input, folder = tmpdir(), onStart, onLeftover, onProgress, signal } = request;
  await removeLeftovers(folder, onLeftover);
  const path = temporaryName(join(folder, 'isoboot-standard-input'));
  const remove = (): Promise<void> => rm(path, { force: true });
  let handle: FileHandle | undefined;
  try {
    onStart?.(path);
    // What lies where others may read is not theirs; beside an output it is the user's own.
    handle = await open(path, 'wx', request.folder === undefined ? 0o600 : 0o666);
    const writable = new HandleStream(handle);
    await sendAll(input.all(), Number.POSITIVE_INFINITY, { writable, name: path, onProgress, signal });
    await handle.close();
    handle = undefined;
    const source = await FileSource.open(path, input.name);
    return { source, remove: () => source.close().then(remove) };
  } catch (error) {
    await handle?.close();
    await remove().catch(() => undefined);
    throw outputFailure(path, error);
  }
}
