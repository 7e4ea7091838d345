import { rm } from 'node:fs/promises';
import { FileSource } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import { stopIfAborted } from '../source/stop.js';
import { outputFailure } from './failure.js';
import { takeName } from './name.js';
import { syncFolderOf } from './sync.js';
import { temporaryName } from './temporary-name.js';

/** A file that is to be there as a whole, or not at all. */
export interface NewFileRequest {
  readonly output: string;
  /** Whether an existing file may be replaced. */
  readonly force: boolean;
  /** Is shown the finished file before it takes its name; what it throws keeps that from happening. */
  readonly verify?: ((result: Source) => Promise<unknown>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Has a file made under a temporary name beside the output, and synced, and then gives it its own; gives what `make` gives.
 *
 * On failure nothing is left. Errors: `ISO_OUTPUT_EXISTS`, `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`, those of `make` and of
 * `verify`.
 */
export async function makeFile<T>(
  { output, force, verify, signal }: NewFileRequest,
  make: (temporary: string) => Promise<T>,
): Promise<T> {
  const temporary = temporaryName(output);
  try {
    const made = await make(temporary);
    if (verify !== undefined) {
      const result = await FileSource.open(temporary);
      await verify(result).finally(() => result.close());
    }
    stopIfAborted(signal);
    await takeName(temporary, output, force);
    await syncFolderOf(output);
    return made;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw outputFailure(output, error);
  }
}
