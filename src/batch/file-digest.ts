import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { digestFile } from '../sink/digest.js';
import type { Watching } from './command.js';

/** Up to here a thread takes longer to start than the file to hash: 4 MiB take some 10 ms. */
const HASHED_AT_ONCE = 4 * 1024 * 1024;

/** The sha256 of a file, read once; nothing for what is no plain file. Errors: those of reading. */
export async function sha256Of(path: string, { onProgress, signal }: Watching): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() !== true) {
    return undefined;
  }
  if (stats.size <= HASHED_AT_ONCE) {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return (await digestFile(path, ['sha256'], { onProgress, signal })).sha256;
}
