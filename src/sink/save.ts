import { open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { FileSource } from '../source/file-source.js';
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
  const { source, output, signal } = request;
  if (typeof output !== 'string') {
    const { digest } = await applyToStream({ source, writable: output, hash: 'sha256', signal });
    return digest ?? '';
  }
  const { digest } = await saveAs({ ...request, output }, (writable) =>
    applyToStream({ source, writable, name: output, hash: 'sha256', signal }),
  );
  return digest ?? '';
}

/** A file that is written from its start to its end. */
export interface SaveAsRequest extends Pick<SaveRequest, 'force' | 'onLeftover'> {
  readonly output: string;
  /** Is shown the finished file before it takes its name; what it throws keeps that from happening. */
  readonly verify?: ((result: Source) => Promise<unknown>) | undefined;
}

/**
 * Saves what is written to a stream, under a temporary name until it is complete; gives what `write` gives.
 *
 * On failure nothing is left. Errors: `ISO_OUTPUT_EXISTS`, `ISO_OUTPUT_IO`, those of `write` and of `verify`.
 */
export async function saveAs<T>(
  { output, force, onLeftover, verify }: SaveAsRequest,
  write: (writable: Writable) => Promise<T>,
): Promise<T> {
  await removeLeftovers(dirname(output), onLeftover);
  const temporary = temporaryName(output);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx');
    const written = await write(new HandleStream(handle));
    await syncFile(handle, temporary);
    await handle.close();
    handle = undefined;
    if (verify !== undefined) {
      const result = await FileSource.open(temporary);
      await verify(result).finally(() => result.close());
    }
    await takeName(temporary, output, force);
    await syncFolderOf(output);
    return written;
  } catch (error) {
    await handle?.close();
    await rm(temporary, { force: true }).catch(() => undefined);
    throw outputFailure(output, error);
  }
}
