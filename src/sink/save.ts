import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import type { Source } from '../source/source.js';
import { HandleStream } from './handle-stream.js';
import { removeLeftovers } from './leftover.js';
import { makeFile, type NewFileRequest } from './new-file.js';
import { applyToStream } from './stream.js';
import { syncFile } from './sync.js';

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
export interface SaveAsRequest extends NewFileRequest {
  /** Is told the path of each temporary file that was removed, left by a run that was killed. */
  readonly onLeftover?: ((path: string) => void) | undefined;
}

/**
 * Saves what is written to a stream, under a temporary name until it is complete; gives what `write` gives.
 *
 * Errors: those of `makeFile`.
 */
export async function saveAs<T>(
  request: SaveAsRequest,
  write: (writable: Writable) => Promise<T>,
): Promise<T> {
  await removeLeftovers(dirname(request.output), request.onLeftover);
  return makeFile(request, async (temporary) => {
    const handle = await open(temporary, 'wx');
    try {
      const written = await write(new HandleStream(handle));
      await syncFile(handle, temporary);
      return written;
    } finally {
      await handle.close();
    }
  });
}
