/** Temporary files that a run left which was killed. */
import { readdir, unlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { linkStatsAt } from '../source/stats.js';
import { isGone } from './process.js';
import { parseTemporaryName, type TemporaryName } from './temporary-name.js';

/** Is told the path of each file that was removed. */
type OnRemoved = (path: string) => void;

/**
 * Removes from a folder what runs on this host left there that are gone.
 *
 * Never fails: a file that cannot be looked at or removed stays, and another run may be removing the same.
 */
export async function removeLeftovers(folder: string, onRemoved: OnRemoved = () => undefined): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const temporary = parseTemporaryName(name);
    if (temporary === undefined || !isGone(temporary)) {
      continue;
    }
    const path = join(folder, name);
    const stats = plainFileAt(path);
    if (stats !== undefined) {
      await removeReservation(folder, temporary, stats, onRemoved);
      await removeFile(path, onRemoved);
    }
  }
}

/**
 * Where the file system has no links, an output's name is first taken by an empty file, which the temporary one then
 * replaces. A run that was killed in between left both, the empty one last.
 */
async function removeReservation(
  folder: string,
  { output }: TemporaryName,
  temporary: Stats,
  onRemoved: OnRemoved,
): Promise<void> {
  if (output === undefined || temporary.nlink > 1 || temporary.size === 0) {
    return;
  }
  const path = join(folder, output);
  const stats = plainFileAt(path);
  if (stats?.size === 0 && stats.ctimeMs >= temporary.ctimeMs) {
    await removeFile(path, onRemoved);
  }
}

function plainFileAt(path: string): Stats | undefined {
  const stats = linkStatsAt(path);
  return stats?.isFile() === true ? stats : undefined;
}

async function removeFile(path: string, onRemoved: OnRemoved): Promise<void> {
  await unlink(path).then(
    () => onRemoved(path),
    () => undefined,
  );
}
