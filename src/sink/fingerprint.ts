import { stat } from 'node:fs/promises';

/** What changes when somebody writes to a file, or puts another in its place. */
export async function fingerprintOf(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  return stats === undefined ? 'gone' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}
