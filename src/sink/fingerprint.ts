import { statsAt } from '../source/stats.js';

/** What changes when somebody writes to a file, or puts another in its place. */
export function fingerprintOf(path: string): string {
  const stats = statsAt(path);
  return stats === undefined ? 'gone' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}
