import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Source } from '../source/source.js';
import { keepAttributes, PERMISSIONS, refuseExisting, type DiskAttributes } from './extract-place.js';
import { outputFailure } from './failure.js';
import { HandleStream } from './handle-stream.js';
import { takeName } from './name.js';
import type { OnProgress } from './progress.js';
import { applyToStream } from './stream.js';
import { temporaryName } from './temporary-name.js';
import { CHUNK_LENGTH } from './write.js';

/** A file that is to be taken out of an image. */
export interface FileExtraction extends DiskAttributes {
  readonly source: Source;
  readonly path: string;
  /** Whether a file or link of that name may be replaced; a folder never is. */
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Writes a file under a temporary name until it is complete; says whether mode and time could be set.
 *
 * Nothing is synced: what is lost by a power failure is still on the disc. Errors: `ISO_OUTPUT_EXISTS`,
 * `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`, those of reading.
 */
export async function extractFile(extraction: FileExtraction): Promise<boolean> {
  const { source, path, force, signal, onProgress, mode } = extraction;
  const temporary = temporaryName(path);
  let handle: FileHandle | undefined;
  try {
    await refuseExisting(path, force);
    handle = await open(temporary, 'wx', mode === undefined ? 0o666 : mode & PERMISSIONS & 0o700);
    const writable = new HandleStream(handle);
    const recycle = source.size > CHUNK_LENGTH;
    await applyToStream({ source, writable, name: path, recycle, signal, onProgress });
    const kept = await keepAttributes(handle, extraction);
    await handle.close();
    handle = undefined;
    await takeName(temporary, path, force);
    return kept;
  } catch (error) {
    await handle?.close();
    await rm(temporary, { force: true }).catch(() => undefined);
    throw outputFailure(path, error);
  }
}
