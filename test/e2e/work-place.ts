/** An image that commands are tried on, and what is known of it before any runs. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readImage } from '../../src/read/image.js';
import { FileSource } from '../../src/source/file-source.js';
import { cli } from '../cli/machine.js';
import { objectsAt, type JsonObject } from '../kit/isoboot.js';
import { promisedBytes } from '../kit/promised-reads.js';

/** An image in a folder of its own, and what is known of it before any command runs. */
export interface Place {
  readonly image: string;
  /** What is extracted of it. */
  readonly wanted: string;
  /** The path of a file in the folder. */
  readonly at: (name: string) => string;
  /** Bytes in it. */
  readonly size: number;
  /** The most bytes that may be read to know it: descriptors, directories, continuation areas, 256 KiB. */
  readonly promised: number;
  /** Bytes of the loader, which has to be read whole before it is made to boot. */
  readonly loader: number;
  /** Bytes that the injection changes. */
  readonly changed: number;
  /** Bytes in the result. */
  readonly newSize: number;
  /** Bytes to be read for its implanted MD5; none without one. */
  readonly summed: number;
}

/** Looks at an image before anything is counted. */
export async function placeOf(image: string, folder: string, wanted = '/'): Promise<Place> {
  const { size } = await stat(image);
  const source = await FileSource.open(image);
  const model = await readImage(source);
  await source.close();
  const { stdout } = await cli(['inject', image, '--dry-run', '--json']);
  const report = JSON.parse(stdout) as JsonObject;
  const sum = (key: string, member: string): number =>
    objectsAt(report, key).reduce((total, each) => total + Number(each[member]), 0);
  return {
    image,
    wanted,
    at: (name) => join(folder, name),
    size,
    promised: promisedBytes(model),
    loader: sum('entries', 'size'),
    changed: sum('changes', 'length'),
    newSize: Number(report['size']),
    summed: model.mediaCheck === undefined ? 0 : model.volumeSize,
  };
}

/** The image as a pipe gives it, 64 KiB at a time. */
export async function asPipe(image: string): Promise<Readable> {
  const bytes = await readFile(image);
  const piece = 64 * 1024;
  const count = Math.ceil(bytes.length / piece);
  return Readable.from(Array.from({ length: count }, (_, i) => bytes.subarray(i * piece, (i + 1) * piece)));
}
