/** Folders and links in the output, and what is there already: nothing is ever reached through a link. */
import { constants as fsConstants, lstatSync, type Stats } from 'node:fs';
import { lutimes, mkdir, open, symlink, unlink, type FileHandle } from 'node:fs/promises';
import { systemCode } from '../errors.js';
import { outputFailure } from './failure.js';
import { outputExists } from './name.js';

/** The bits of a mode that are taken over: what a disc says of set-user-ID is not to be trusted. */
export const PERMISSIONS = 0o777;

/** What a file or folder is to be like; what is not known is left to the system. */
export interface DiskAttributes {
  readonly mode: number | undefined;
  /** In milliseconds since 1970. */
  readonly modifiedAt: number | undefined;
}

/** Windows has neither flag, whatever the types say. */
const { O_NOFOLLOW = 0, O_DIRECTORY = 0 } = fsConstants as { O_NOFOLLOW?: number; O_DIRECTORY?: number };

/** What a system says that has no links, keeps them from this user, or cannot have one that leads there. */
const LINK_IMPOSSIBLE = new Set([
  'EINVAL',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
  'UNKNOWN',
]);

/** Refuses to write where something is. Errors: `ISO_OUTPUT_EXISTS`, unless it is no folder and may be replaced. */
export function refuseExisting(path: string, force: boolean): void {
  const there = statOf(path);
  if (there !== undefined && (!force || there.isDirectory())) {
    throw outputExists(path);
  }
}

/**
 * Makes a folder, or takes the real one that is there; says whether it was made.
 *
 * `isPrivate`: nobody else gets to see it before it has its own mode. Errors: `ISO_OUTPUT_EXISTS` when something else
 * is there that may not be replaced, a link among it; `ISO_OUTPUT_IO`.
 */
export async function makeFolder(path: string, force: boolean, isPrivate: boolean): Promise<boolean> {
  const there = statOf(path);
  if (there?.isDirectory() === true) {
    return false;
  }
  await removeExisting(path, there, force);
  try {
    await mkdir(path, isPrivate ? 0o700 : 0o777);
    return true;
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? outputExists(path) : outputFailure(path, error);
  }
}

/** Gives a folder its mode and time once nothing more is put into it; says whether they could be set. */
export async function finishFolder(path: string, attributes: DiskAttributes): Promise<boolean> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, fsConstants.O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    return await keepAttributes(handle, attributes);
  } catch {
    // Windows opens no folders this way, and has neither modes nor much use for their times.
    return false;
  } finally {
    await handle?.close();
  }
}

/**
 * Makes a symbolic link; says whether the system has such links.
 *
 * Errors: `ISO_OUTPUT_EXISTS`, `ISO_OUTPUT_IO`.
 */
export async function makeLink(
  target: string,
  path: string,
  force: boolean,
  modifiedAt: number | undefined,
): Promise<boolean> {
  await removeExisting(path, statOf(path), force);
  try {
    await symlink(target, path);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (LINK_IMPOSSIBLE.has(code)) {
      return false;
    }
    throw code === 'EEXIST' ? outputExists(path) : outputFailure(path, error);
  }
  if (modifiedAt !== undefined) {
    // Few programs look at a link's own time, and few file systems fail to keep it.
    await lutimes(path, modifiedAt / 1000, modifiedAt / 1000).catch(() => undefined);
  }
  return true;
}

/** Sets mode and time of something open; says whether the file system took them. */
export async function keepAttributes(
  handle: FileHandle,
  { mode, modifiedAt }: DiskAttributes,
): Promise<boolean> {
  try {
    if (modifiedAt !== undefined) {
      await handle.utimes(modifiedAt / 1000, modifiedAt / 1000);
    }
    if (mode !== undefined) {
      await handle.chmod(mode & PERMISSIONS);
    }
    return true;
  } catch {
    return false;
  }
}

async function removeExisting(path: string, there: Stats | undefined, force: boolean): Promise<void> {
  if (there === undefined) {
    return;
  }
  if (!force || there.isDirectory()) {
    throw outputExists(path);
  }
  await unlink(path).catch((error: unknown) => {
    throw outputFailure(path, error);
  });
}

/** What is at a path, links not followed; nothing where nothing is. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw outputFailure(path, error);
  }
}
