/** The files that images are made of. */
import { createCipheriv } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILES_A_FOLDER = 1000;
const LOADER_LENGTH = 38_912;
const CHUNK = 4 * 1024 * 1024;

/** The name of every file but the loader's, in whatever tree and case. */
export const FILE_NAME = /f\d{7}\.txt/gi;

/** A stream of bytes that are no zeros and the same in every run. */
function noise() {
  const zeros = Buffer.alloc(CHUNK);
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'isoboot'), Buffer.alloc(16));
  return (length) => cipher.update(zeros.subarray(0, length));
}

/** A folder with what a loader needs to be found, and so many small files, a thousand to a folder. */
export function writeTree(folder, files) {
  mkdirSync(join(folder, 'isolinux'), { recursive: true });
  const loader = noise()(LOADER_LENGTH);
  // Where the boot info table goes.
  loader.fill(0, 8, 64);
  writeFileSync(join(folder, 'isolinux', 'isolinux.bin'), loader);
  writeFileSync(join(folder, 'isolinux', 'isolinux.cfg'), 'default linux\n');
  for (let i = 0; i < files; i += 1) {
    const below = join(folder, `d${String(Math.floor(i / FILES_A_FOLDER)).padStart(4, '0')}`);
    if (i % FILES_A_FOLDER === 0) {
      mkdirSync(below);
    }
    writeFileSync(join(below, `f${String(i).padStart(7, '0')}.txt`), `file ${i}\n`);
  }
}

/** A file of so many bytes. */
export function writeData(path, length) {
  const next = noise();
  const handle = openSync(path, 'w');
  for (let left = length; left > 0; left -= CHUNK) {
    writeSync(handle, next(Math.min(left, CHUNK)));
  }
  closeSync(handle);
}
