/** How much of an image may be read to know it. */
import type { Image } from '../../src/read/image.js';
import { BLOCK_SIZE } from '../../src/units.js';

/** What may be read beside descriptors, directories, continuation areas and the boot file. */
export const ALLOWANCE = 256 * 1024;

/** Where each directory of any tree lies, and its length, in bytes. */
export function directoriesOf({ trees }: Image): Map<number, number> {
  const extents = trees.flatMap(({ directories }) => directories.flatMap((directory) => directory.extents));
  return new Map(extents.map(({ lba, length }) => [lba * BLOCK_SIZE, length]));
}

/** The most bytes that may be read of an image: what it cannot be known without, once, and the allowance. */
export function promisedBytes(image: Image): number {
  const sum = (lengths: Iterable<number>): number =>
    [...lengths].reduce((total, length) => total + length, 0);
  const continuations = new Map(image.trees.flatMap(({ continuationAreas }) => [...continuationAreas]));
  const areas = [...continuations].map(([start, end]) => end - start);
  const bootFiles = new Map((image.boot?.entries ?? []).map(({ loadRba, size }) => [loadRba, size]));
  const descriptors = image.descriptorSet.descriptors.length + image.descriptorSet.recognition.length;
  // UDF's file entries and directories, a block or more each.
  const udf = image.map.claims.filter(({ kind }) => kind === 'UDF structure');
  return (
    (descriptors + sum(areas) + sum(udf.map(({ start, end }) => end - start))) * BLOCK_SIZE +
    sum(directoriesOf(image).values()) +
    sum(bootFiles.values()) +
    ALLOWANCE
  );
}
