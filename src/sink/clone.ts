import { closeSync, constants, fchmodSync, fstatSync, openSync, statSync } from 'node:fs';
import { chmod, copyFile, open, rm, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.js';
import { isFile, type FileSource } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import { SparseSource } from '../source/sparse-source.js';
import { chunksOf } from './chunk.js';
import { outputFailure } from './failure.js';
import { solidRuns } from './hole.js';
import { paced, PROGRESS_INTERVAL, type OnProgress } from './progress.js';
import { orAborted, stopIfAborted } from '../source/stop.js';
import { CHUNK_LENGTH, setSize, writeAt } from './write.js';

/** How the bytes of a copy got there: shared blocks, the system's own copying, or read and written here. */
export type CloneMethod = 'reflink' | 'system' | 'loop';

interface Watching {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether the file system holds fewer bytes than the input has, so that a copy should leave holes. */
export function isSparse(input: Source): input is FileSource {
  return isFile(input) && input.isSparse;
}

/**
 * Whether the system's own copying would do: it fills the holes of a sparse file, and a device is not a file.
 * Those are read and written here.
 */
export function isPlain(input: Source): input is FileSource {
  return isFile(input) && !input.isSparse;
}

/**
 * Makes an empty file with the mode of a new file, less what the input's own mode does not allow, and gives that mode;
 * a file system without modes (FAT) keeps its own. Errors: `ISO_OUTPUT_IO`.
 */
export function createEmpty(path: string, input: Source): number {
  try {
    const descriptor = openSync(path, 'wx');
    try {
      const ordinary = fstatSync(descriptor).mode & 0o777;
      const mode = isFile(input) ? (ordinary & statSync(input.path).mode) | 0o600 : ordinary;
      setMode(descriptor, mode);
      return mode;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw outputFailure(path, error);
  }
}

function setMode(descriptor: number, mode: number): void {
  try {
    fchmodSync(descriptor, mode);
  } catch {
    // Its own will do.
  }
}

/** Pairs of folders between which no blocks can be shared, as far as was tried: of many copies each would try in vain. */
const UNSHARED = new Set<string>();

/** Shares the input's blocks with a new file, at once whatever its size; whether the file system can. */
export async function reflink(input: Source, output: string, mode: number): Promise<boolean> {
  const folders = isFile(input) ? `${dirname(input.path)}\0${dirname(output)}` : undefined;
  if (!isFile(input) || folders === undefined || UNSHARED.has(folders)) {
    return false;
  }
  try {
    await copyFile(input.path, output, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    await chmod(output, mode).catch(() => undefined);
    return true;
  } catch (error) {
    if (CANNOT_COPY.has(systemCode(error) ?? '')) {
      UNSHARED.add(folders);
    }
    // Whatever was in the way, the other roads either go past it or fail with a reason of their own.
    await rm(output, { force: true }).catch(() => undefined);
    return false;
  }
}

/** File systems that cannot copy, or cannot give the copy the input's mode, as the system's copying insists on. */
const CANNOT_COPY = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EXDEV']);

/**
 * Has the system copy a plain file to a new one; progress is what the output has grown to. Gives whether the
 * system could: if not, the output is gone.
 *
 * Errors: `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`; then the output is gone too, though the system may copy on.
 */
export async function copyBySystem(
  input: FileSource,
  output: string,
  mode: number,
  { onProgress, signal }: Watching,
): Promise<boolean> {
  stopIfAborted(signal);
  const copying = copyFile(input.path, output, constants.COPYFILE_EXCL);
  const stopReporting = reportGrowth(output, input.size, onProgress);
  try {
    await orAborted(copying, signal);
  } catch (error) {
    await abandon(copying, output);
    if (CANNOT_COPY.has(systemCode(error) ?? '')) {
      return false;
    }
    throw outputFailure(output, error);
  } finally {
    stopReporting();
  }
  await chmod(output, mode).catch(() => undefined);
  onProgress?.({ done: input.size, total: input.size });
  return true;
}

/** Reports what the output has grown to, until the function given back is called. */
function reportGrowth(output: string, total: number, onProgress: OnProgress | undefined): () => void {
  if (onProgress === undefined) {
    return () => undefined;
  }
  let over = false;
  // Not at once, as other looks are: where the disk is slow, this must not keep a signal from being heard.
  const look = async (): Promise<void> => {
    const size = await stat(output).then(
      (stats) => stats.size,
      () => total,
    );
    if (!over && size < total) {
      onProgress({ done: size, total });
    }
  };
  const timer = setInterval(() => void look(), PROGRESS_INTERVAL);
  return () => {
    over = true;
    clearInterval(timer);
  };
}

/**
 * Deletes the output of a copy that nothing can stop. Where it can be deleted, the copy goes on into a file
 * without a name; where it cannot (Windows), or is not there yet, the end of the copy has to be waited for.
 */
async function abandon(copying: Promise<void>, output: string): Promise<void> {
  try {
    await unlink(output);
    copying.catch(() => undefined);
  } catch {
    await copying.catch(() => undefined);
    await rm(output, { force: true }).catch(() => undefined);
  }
}

/**
 * Reads a file or device and writes it to an existing empty file; where the input is sparse, without blocks of
 * zeros. Errors: `ISO_SOURCE_IO`, `ISO_SOURCE_BOUNDS`, `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`.
 */
export async function copyByLoop(input: Source, output: string, watching: Watching): Promise<void> {
  const report = paced(watching.onProgress);
  const handle = await open(output, 'r+').catch((error: unknown) => {
    throw outputFailure(output, error);
  });
  const target = { handle, path: output };
  const sparse = isSparse(input) ? await SparseSource.over(input, CHUNK_LENGTH) : undefined;
  try {
    for await (const { offset, bytes } of chunksOf(sparse ?? input, watching.signal, true)) {
      for (const run of sparse === undefined ? [{ at: 0, bytes }] : solidRuns(bytes)) {
        await writeAt(target, run.bytes, offset + run.at);
      }
      report({ done: offset + bytes.length, total: input.size });
    }
    await setSize(target, input.size);
  } finally {
    await sparse?.close();
    await handle.close();
  }
}
