/** A file tree that takes writers to their limits: deep, long and odd names, edge sizes, a link. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededBytes } from './vendor-tree.js';

/** Deeper than the eight levels of ISO 9660, so that some writers move directories. */
const DEEP = 'a/b/c/d/e/f/g/h/i';
const SIZES: readonly number[] = [0, 1, 2047, 2048, 2049, 70_000];
const LONG_NAMES = 40;

/** What a writer can take. */
export interface OddTreeOptions {
  /** Directories below the eighth level, which some writers refuse without Rock Ridge. */
  readonly deep: boolean;
  /** Names over 64 characters, which strict writers refuse for Joliet; default true. */
  readonly longNames?: boolean;
}

/** Makes the tree. */
export async function makeOddTree(folder: string, options: OddTreeOptions): Promise<void> {
  await mkdir(join(folder, 'names'), { recursive: true });
  await mkdir(join(folder, 'empty folder'));
  for (const [i, size] of SIZES.entries()) {
    await writeFile(join(folder, `size-${size}.bin`), seededBytes(i + 1, size));
  }
  for (let i = 0; i < LONG_NAMES; i += 1) {
    const number = String(i).padStart(3, '0');
    const name =
      options.longNames === false
        ? `a name too long for ISO 9660 ${number}.data`
        : `a name that is far too long for one record, and for ISO 9660 ${number}.data`;
    await writeFile(join(folder, 'names', name), seededBytes(i, i * 97));
  }
  if (options.longNames !== false) {
    await writeFile(join(folder, 'names', `${'long'.repeat(50)}.txt`), 'a name that goes on elsewhere');
  }
  await writeFile(join(folder, 'names', 'Grüße.txt'), 'beyond ASCII');
  await writeFile(join(folder, 'names', 'no-extension'), 'x');
  await symlink('names/Grüße.txt', join(folder, 'link'));
  if (options.deep) {
    await mkdir(join(folder, DEEP), { recursive: true });
    await writeFile(join(folder, DEEP, 'deep.txt'), 'deep');
  }
}
