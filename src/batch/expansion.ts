import { readdir } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { statsAt } from '../source/stats.js';

/** The images that one line of a batch names. */
export interface Expansion {
  /** Absolute paths, in order. */
  readonly paths: readonly string[];
  /** Whether the images were found in a folder or by a glob, rather than named. */
  readonly found: boolean;
}

/**
 * The images that a path, a folder or a glob stands for, sorted; what exists under a name with glob characters in it is
 * itself. A path that leads nowhere is left for its job to fail with; a folder or glob may stand for none.
 */
export async function expandInput(input: string, base: string): Promise<Expansion> {
  const path = resolve(base, input);
  const stats = statsAt(path);
  if (stats?.isDirectory() === true) {
    const names = (await readdir(path)).filter((name) => /^[^.].*\.iso$/i.test(name));
    return { paths: names.map((name) => join(path, name)).sort(byText), found: true };
  }
  if (stats !== undefined || !/[*?[\]{}!()]/.test(input)) {
    return { paths: [path], found: false };
  }
  const { glob } = await import('tinyglobby');
  const pattern = sep === '\\' ? input.replaceAll('\\', '/') : input;
  const matches = await glob(pattern, { cwd: base, absolute: true, expandDirectories: false });
  return { paths: matches.map((match) => resolve(match)).sort(byText), found: true };
}

/** By code units: the same everywhere, whatever the locale. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
