import { open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSource } from '../source/file-source.js';
import type { HeldStream } from '../source/held-stream.js';
import { outputFailure } from './failure.js';
import { HandleStream } from './handle-stream.js';
import { removeLeftovers } from './leftover.js';
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
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a stream to a temporary file, up to its end; the file goes by the stream's name, and goes when it is closed.
 *
 * On failure nothing is left. Errors: `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`, `ISO_SOURCE_IO`, `ISO_SOURCE_EMPTY`.
 */
export async function spool(request: SpoolRequest): Promise<FileSource> {
  const { input, folder = tmpdir(), onStart, onLeftover, signal } = request;
  await removeLeftovers(folder, onLeftover);
  const path = temporaryName(join(folder, 'isoboot-standard-input'));
  let handle: FileHandle | undefined;
  try {
    onStart?.(path);
    // What lies where others may read is not theirs; beside an output it is the user's own.
    handle = await open(path, 'wx', request.folder === undefined ? 0o600 : 0o666);
    const writable = new HandleStream(handle);
    await sendAll(input.drain(), Number.POSITIVE_INFINITY, { writable, name: path, signal });
    await handle.close();
    handle = undefined;
    return await FileSource.open(path, { name: input.name, isTemporary: true });
  } catch (error) {
    await handle?.close();
    await rm(path, { force: true }).catch(() => undefined);
    throw outputFailure(path, error);
  }
}
