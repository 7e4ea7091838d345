/**
 * The images that cases work on, made when they are first asked for and removed behind the last case that needs them:
 * they lie in memory.
 *
 * genisoimage makes them: it is what most images that do not boot were made by.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { output } from './program.js';
import { writeData, writeTree } from './trees.js';

const GIB = 1024 ** 3;

/** Where the volume identifier of an image is: the one thing that tells the images of a batch apart. */
const VOLUME_IDENTIFIER = 16 * 2048 + 40;

const SMALL_FILES = 20;
const MEDIUM_FILES = 10_000;

/** Rough room for a file: a page in its tree, its block and its records, and the image beside them. */
const ROOM_A_FILE = 12 * 1024;
/** Rough room for a small image and what is made of it. */
const ROOM_AN_IMAGE = 1024 * 1024;

/** What is made of which tools, how much room it takes with what is made of it, and how it is made. */
const IMAGES = {
  small: {
    needs: ['genisoimage'],
    room: () => ROOM_AN_IMAGE,
    make: (path, options) => makeImage(path, { files: fileCounts(options).small }),
  },
  medium: manyFiles('medium'),
  half: manyFiles('half'),
  crowded: manyFiles('crowded'),
  large: {
    needs: ['genisoimage'],
    room: ({ size }) => 2.1 * size,
    make: (path, { size }) => makeImage(path, { size }),
  },
  checked: {
    needs: ['genisoimage', 'implantisomd5'],
    room: ({ size }) => 2.1 * size,
    make: (path, { size }) => makeChecked(path, size),
  },
  shelf: {
    needs: ['genisoimage'],
    room: ({ images }) => (images + 50) * ROOM_AN_IMAGE,
    make: makeShelf,
  },
  quarters: {
    needs: ['genisoimage', 'implantisomd5'],
    room: ({ size }) => 2.1 * size,
    make: makeQuarters,
  },
};

function manyFiles(name) {
  return {
    needs: ['genisoimage'],
    room: (options) => ROOM_A_FILE * fileCounts(options)[name],
    make: (path, options) => makeImage(path, { files: fileCounts(options)[name] }),
  };
}

/** How many files are in the images, beside the loader and its configuration. */
export function fileCounts({ files }) {
  const data = 4;
  const counts = {
    small: SMALL_FILES,
    medium: Math.min(MEDIUM_FILES, files),
    half: files >> 1,
    crowded: files,
  };
  return { ...counts, large: data, checked: data };
}

/** The tools without which some inputs cannot be made. */
export function toolsFor(names) {
  return names.flatMap((name) => IMAGES[name].needs);
}

/** Bytes that some inputs take, with what is made of them. */
export function roomFor(names, options) {
  return names.reduce((sum, name) => sum + IMAGES[name].room(options), 0);
}

/** The inputs of one run, in a folder. */
export class Inputs {
  constructor(folder, options) {
    this.folder = folder;
    this.options = options;
  }

  /** Where an input is, or would be. */
  pathOf(name) {
    return join(this.folder, `${name}.iso`);
  }

  /** Makes some inputs, unless they are there. */
  make(names) {
    for (const name of names.filter((each) => !existsSync(this.pathOf(each)))) {
      IMAGES[name].make(this.pathOf(name), this.options);
    }
  }

  /** Removes what commands made, and the inputs that are not needed any more; none of them where all are to stay. */
  clear(needed) {
    const names = this.options.keep ? Object.keys(IMAGES) : needed;
    const kept = names.map((name) => basename(this.pathOf(name)));
    for (const name of readdirSync(this.folder).filter((each) => !kept.includes(each))) {
      rmSync(join(this.folder, name), { recursive: true });
    }
  }
}

/** An image with a loader, so many small files, and so many bytes of data. */
function makeImage(path, { files = 0, size = 0 }) {
  const tree = `${path}.tree`;
  const data = `${path}.data`;
  writeTree(tree, files);
  const pieces = size === 0 ? 0 : Math.max(4, Math.ceil(size / GIB));
  if (pieces > 0) {
    writeData(data, Math.ceil(size / pieces));
  }
  // The same file again and again takes a part of the room, and is written again each time.
  const grafts = Array.from({ length: pieces }, (_, i) => `/data${i}.bin=${data}`);
  const names = ['-quiet', '-R', '-J', '-V', 'BENCH', '-no-cache-inodes', '-graft-points'];
  output(['genisoimage', ...names, '-o', path, `/=${tree}`, ...grafts]);
  rmSync(tree, { recursive: true });
  rmSync(data, { force: true });
}

function makeChecked(path, size) {
  makeImage(path, { size });
  output(['implantisomd5', path]);
}

/** A folder of small images. */
function makeShelf(folder, { images }) {
  mkdirSync(folder);
  const model = `${folder}.model`;
  makeImage(model, { files: SMALL_FILES });
  for (let i = 0; i < images; i += 1) {
    writeCopy(model, join(folder, `${i}.iso`), `BENCH_${i}`);
  }
  rmSync(model);
}

/** Four images that are together as large as the large one. */
function makeQuarters(folder, { size }) {
  mkdirSync(folder);
  makeChecked(join(folder, '0.iso'), Math.ceil(size / 4));
  for (const i of [1, 2, 3]) {
    copyFileSync(join(folder, '0.iso'), join(folder, `${i}.iso`));
  }
}

function writeCopy(from, to, volumeId) {
  const bytes = readFileSync(from);
  bytes.write(volumeId.padEnd(32), VOLUME_IDENTIFIER, 'latin1');
  writeFileSync(to, bytes);
}
