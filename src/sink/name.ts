import { link, open, rename, rm, unlink } from 'node:fs/promises';
import { IsoError, systemCode } from '../errors.js';
import { outputFailure } from './failure.js';

/** The error of an output that is there already; a folder is never overwritten. */
export function outputExists(output: string, isFolder = false): IsoError {
  const advice = isFolder ? 'is a folder; name a file in it' : 'exists; --force overwrites it';
  return new IsoError('ISO_OUTPUT_EXISTS', `${output} ${advice}`);
}

/**
 * Gives a finished file its name, over an existing one only with `force`.
 *
 * Without `force` the name is taken by a hard link, which never overwrites; where links are not to be had, by
 * creating the output exclusively and renaming over that. Errors: `ISO_OUTPUT_EXISTS`, `ISO_OUTPUT_IO`.
 */
export async function takeName(temporary: string, output: string, force: boolean): Promise<void> {
  try {
    if (force) {
      await rename(temporary, output);
    } else if (await linked(temporary, output)) {
      await unlink(temporary);
    } else {
      await renameToReserved(temporary, output);
    }
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? outputExists(output) : outputFailure(output, error);
  }
}

/**
 * Whether the output could be made a link. FAT, exFAT, some network and FUSE file systems have none, and say
 * so with many different codes: whatever is not "it exists" leads to the other road, which fails by itself
 * where the trouble is another.
 */
async function linked(temporary: string, output: string): Promise<boolean> {
  try {
    await link(temporary, output);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      throw error;
    }
    return false;
  }
}

async function renameToReserved(temporary: string, output: string): Promise<void> {
  await (await open(output, 'wx')).close();
  try {
    await rename(temporary, output);
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}
