/** Looks whether a command did its work, so that none is fast by doing nothing. */
import { copyFileSync, rmSync, statSync } from 'node:fs';
import { isoboot, output } from './program.js';
import { FILE_NAME } from './trees.js';

const MOST_PADDING = 512 * 1024;

/** The SHA-256 of a file, by another program. */
export function sha256(path) {
  return output(['sha256sum', path]).slice(0, 64);
}

/** Throws where something is not so, and else gives back what it says. */
export function prove(holds, what) {
  if (!holds) {
    throw new Error(`not so: ${what}`);
  }
  return what;
}

/** Another program finds a boot record in the image. */
export function proveBootable(path) {
  return prove(/El Torito VD version 1/.test(output(['isoinfo', '-d', '-i', path])), 'isoinfo: El Torito');
}

/** What another program made of an image is bootable, and all of it: programs pad images as they like. */
export function proveRemade(image, made) {
  const less = statSync(image).size - statSync(made).size;
  return [proveBootable(made), prove(less < MOST_PADDING, 'as long as the image')].join('; ');
}

/** Another program finds the MD5 that the image has. */
export function proveMediaCheck(path) {
  output(['checkisomd5', path]);
  return 'checkisomd5: passed';
}

/** What was made of an image as a copy is what an edit in place makes of it, byte for byte. */
export function proveSameInPlace(image, made) {
  // One of the two at a time: they lie in memory.
  const digest = sha256(made);
  rmSync(made);
  copyFileSync(image, made);
  output(isoboot('inject', made, '--in-place', '--no-undo', '--quiet'));
  return prove(digest === sha256(made), 'the same bytes as in place');
}

/** A list names every file. */
export function proveListed(argv, files) {
  const found = new Set(
    output(argv)
      .match(FILE_NAME)
      ?.map((each) => each.toLowerCase()),
  );
  return prove(found.size === files, `lists ${files} files`);
}
