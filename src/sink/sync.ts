import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.js';
import { outputFailure } from './failure.js';

/** Windows cannot open a folder at all, and some network and FAT file systems cannot sync one. */
const FOLDER_CANNOT_SYNC = new Set([
  'EACCES',
  'EBADF',
  'EINVAL',
  'EISDIR',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
]);
/** Pipes and some devices have nothing to sync. */
const FILE_CANNOT_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EROFS']);

/** Waits until the medium has what was written; `ISO_OUTPUT_IO` when it reports a failure. */
export async function syncFile(handle: FileHandle, path: string): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    if (!FILE_CANNOT_SYNC.has(systemCode(error) ?? '')) {
      throw outputFailure(path, error);
    }
  }
}

/**
 * Waits until the medium has the names in the folder that holds `path`, where the system can do that;
 * `ISO_OUTPUT_IO` when it reports a failure.
 */
export async function syncFolderOf(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!FOLDER_CANNOT_SYNC.has(systemCode(error) ?? '')) {
      throw outputFailure(folder, error);
    }
  }
}
