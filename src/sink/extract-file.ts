import { open, rm, type FileHandle } from 'node:fs/promises';
import { stopIfAborted } from '../source/stop.js';
import type { Source } from '../source/source.js';
import { keepAttributes, PERMISSIONS, refuseExisting, type DiskAttributes } from './extract-place.js';
import { outputFailure } from './failure.js';
import { HandleStream } from './handle-stream.js';
import { takeName } from './name.js';
import type { OnProgress } from './progress.js';
import { applyToStream } from './stream.js';
import { SmallFile } from './small-file.js';
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

/** Bytes up to which a file is written without detours over other threads, which take many times as long as the writing. */
const WRITTEN_AT_ONCE = 64 * 1024;

/**
 * Writes a file under a temporary name until it is complete; says whether mode and time could be set.
 *
 * Nothing is synced: what is lost by a power failure is still on the disc. Errors: `ISO_OUTPUT_EXISTS`,
 * `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`, those of reading.
 */
export async function extractFile(extraction: FileExtraction): Promise<boolean> {
  return extraction.source.size <= WRITTEN_AT_ONCE
    ? extractSmallFile(extraction)
    : extractLargeFile(extraction);
}

async function extractLargeFile(extraction: FileExtraction): Promise<boolean> {
  const { source, path, force, signal, onProgress, mode } = extraction;
  const temporary = temporaryName(path);
  let handle: FileHandle | undefined;
  try {
    refuseExisting(path, force);
    handle = await open(temporary, 'wx', firstMode(mode));
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

/** No large buffers, streams and handles either: for tens of thousands of files they pile up before they are collected. */
async function extractSmallFile(extraction: FileExtraction): Promise<boolean> {
  const { source, path, force, signal, onProgress, mode } = extraction;
  const { size } = source;
  stopIfAborted(signal);
  const file = new SmallFile(path);
  try {
    refuseExisting(path, force);
    file.create(firstMode(mode));
    if (size > 0) {
      file.write(await source.read(0, size));
      onProgress?.({ done: size, total: size });
    }
    const kept = file.keepAttributes(extraction);
    await file.takeName(force);
    return kept;
  } catch (error) {
    file.remove();
    throw outputFailure(path, error);
  }
}

/** Nobody else gets to see what is in a file before it has its own mode. */
function firstMode(mode: number | undefined): number {
  return mode === undefined ? 0o666 : mode & PERMISSIONS & 0o700;
}
