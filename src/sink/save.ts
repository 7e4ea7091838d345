import { open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import type { Source } from '../source/source.js';
import { outputFailure } from './failure.js';
import { HandleStream } from './handle-stream.js';
import { removeLeftovers } from './leftover.js';
import { takeName } from './name.js';
import { applyToStream } from './stream.js';
import { syncFile, syncFolderOf } from './sync.js';
import { temporaryName } from './temporary-name.js';

/** A source that is to become a file of its own. */
export interface SaveRequest {
  readonly source: Source;
  /** A path, or a stream that is written and left open. */
  readonly output: string | Writable;
  /** Whether an existing file may be replaced. */
  readonly force: boolean;
  /** Is told the path of each temporary file that was removed, left by a run that was killed. */
  readonly onLeftover?: ((path: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Saves a source whole, under a temporary name until it is complete; gives its sha256 in hexadecimal digits.
 *
 * Errors: `ISO_OUTPUT_EXISTS`, `ISO_OUTPUT_IO`, `ISO_OUTPUT_CLOSED`, those of reading.
 */
export async function saveSource(request: SaveRequest): Promise<string> {
  const { source, output, force, onLeftover, signal } = request;
  if (typeof output !== 'string') {
    const { digest } = await applyToStream({ source, writable: output, hash: 'sha256', signal });
    return digest ?? '';
  }
  await removeLeftovers(dirname(output), onLeftover);
  const temporary = temporaryName(output);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx');
    const writable = new HandleStream(handle);
    const { digest } = await applyToStream({ source, writable, name: output, hash: 'sha256', signal });
    await syncFile(handle, temporary);
    await handle.close();
    handle = undefined;
    await takeName(temporary, output, force);
    await syncFolderOf(output);
    return digest ?? '';
  } catch (error) {
    await handle?.close();
    await rm(temporary, { force: true }).catch(() => undefined);
    throw outputFailure(output, error);
  }
}
