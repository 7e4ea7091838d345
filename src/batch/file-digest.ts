import { digestFile } from '../sink/digest.js';
import { statsAt } from '../source/stats.js';
import type { Watching } from './command.js';

/** The sha256 of a file, read once; nothing for what is no plain file or is empty. Errors: those of reading. */
export async function sha256Of(path: string, watching: Watching): Promise<string | undefined> {
  const stats = statsAt(path);
  const isThere = stats?.isFile() === true && stats.size > 0;
  return isThere ? (await digestFile(path, ['sha256'], watching)).sha256 : undefined;
}
