/** Images of gigabytes and terabytes that take a few kilobytes on the disk: what is written stands between holes. */
import { open, stat } from 'node:fs/promises';
import type { Test } from 'tap';
import { systemCode } from '../../src/errors.js';
import { BLOCK_SIZE, blocksFor } from '../../src/units.js';
import { file, folder, isolinux, loaderBytes, root, text, type FolderSpec } from '../fixtures/tree.js';
import { writeSparseVolume, zeros, type LayoutStep, type SparseVolume } from '../fixtures/writer.js';
import { uncovered, type ByteRange } from './digest.js';
import { objectsAt, type JsonObject } from './isoboot.js';
import { seededBytes } from './vendor-tree.js';

/** The most blocks that a Volume Space Size can tell: 8 TiB less one block. */
export const MOST_BLOCKS = 2 ** 32 - 1;

/** Blocks behind all else in a huge image: the least that stays at an end. */
export const HUGE_PAD = 16;

const GIB_BLOCKS = 2 ** 30 / BLOCK_SIZE;
/** The longest section that ends with a block. */
const LONGEST_SECTION = 2 ** 32 - BLOCK_SIZE;

/** A huge image by its size, and what is huge in it. */
export interface HugeSpec {
  readonly name: string;
  readonly blocks: number;
  readonly layout: readonly LayoutStep[];
}

/** The loader of every huge image, and a second one. */
export const HUGE_LOADER = loaderBytes();
export const OTHER_LOADER = loaderBytes(7000);
export const OTHER_LOADER_PATH = '/boot/deep/other.bin';
export const LARGE_FILE = '/large.dat';
/** What stands at the start of the large file; the rest is zeros. */
const LARGE_START = seededBytes(77, 3000);
/** The large file's length in bytes: more than one record can tell. */
export const LARGE_LENGTH = 2 ** 32 + 100_000;

/** What lies in every huge image. */
export function hugeTree(): FolderSpec {
  const hole = LARGE_LENGTH - LARGE_START.length;
  const sections = [LONGEST_SECTION, LARGE_LENGTH - LONGEST_SECTION];
  return root(
    isolinux(),
    folder('boot', folder('deep', file('other.bin', OTHER_LOADER))),
    file(LARGE_FILE.slice(1), LARGE_START, { hole, sections }),
    file('readme.txt', text('Read me first.\n')),
  );
}

/** Nothing free behind the descriptors: the root directory stands there and has to move. */
const FULL_FRONT: readonly LayoutStep[] = ['primary directory /', 'primary table*', 'joliet table*'];
/** A free block behind the descriptors. */
const FREE_FRONT: readonly LayoutStep[] = [zeros(1), 'primary table*', 'joliet table*'];

/** A large file in front of all else: byte offsets over 2^32. */
export const FIVE_GIB: HugeSpec = {
  name: '5 GiB',
  blocks: 5 * GIB_BLOCKS,
  layout: [...FREE_FRONT, `file ${LARGE_FILE}`, 'primary*', 'joliet*', 'file /isolinux*', 'file*'],
};

/** Directories on both sides of the loader, none of them near the descriptors but the root. */
export const SIXTY_FOUR_GIB: HugeSpec = {
  name: '64 GiB',
  blocks: 64 * GIB_BLOCKS,
  layout: [
    ...FULL_FRONT,
    10 * GIB_BLOCKS,
    'joliet directory*',
    20 * GIB_BLOCKS,
    'file /isolinux*',
    2 ** 24,
    `file ${LARGE_FILE}`,
    60 * GIB_BLOCKS,
    'primary*',
  ],
};

/** Everything that can lie high does: over 2^31, where a signed number ends, and just below 2^32. */
export const EIGHT_TIB = eightTib(MOST_BLOCKS);

/** The largest image, or one that is some blocks smaller; its last file ends where the pad starts. */
export function eightTib(blocks: number): HugeSpec {
  return {
    name: '8 TiB',
    blocks,
    layout: [
      ...FREE_FRONT,
      2 ** 31 - 1,
      'primary directory*',
      2 ** 31 + 1000,
      'file /isolinux*',
      2 ** 31 + 2 ** 24,
      `file ${LARGE_FILE}`,
      blocks - 1000,
      'joliet*',
      'primary*',
      blocks - HUGE_PAD - 1 - blocksFor(OTHER_LOADER.length),
      'file /readme.txt',
      `file ${OTHER_LOADER_PATH}`,
    ],
  };
}

/** Writes a huge image to a file of which only what stands in it takes room. */
export async function writeHugeImage(path: string, { blocks, layout }: HugeSpec): Promise<SparseVolume> {
  const volume = writeSparseVolume({
    top: hugeTree(),
    descriptors: ['primary', 'joliet', 'terminator'],
    rockRidge: true,
    layout: [...layout, '*', blocks],
    padBlocks: 0,
  });
  const handle = await open(path, 'wx');
  try {
    // The system refuses a size before anything is written.
    await handle.truncate(volume.blocks * BLOCK_SIZE);
    for (const { block, bytes } of volume.runs) {
      await handle.write(bytes, 0, bytes.length, block * BLOCK_SIZE);
    }
  } finally {
    await handle.close();
  }
  return volume;
}

/** File systems that cannot have such a file, or not with holes. */
const TOO_LARGE = new Set(['EFBIG', 'ENOSPC', 'EINVAL']);

/**
 * Writes a huge image, or says why the test cannot go on: skipped where the file system has no room for such a file, and
 * a failure under `ISOBOOT_REQUIRE_TOOLS=1`.
 */
export async function makeHugeImage(
  t: Test,
  path: string,
  spec: HugeSpec,
): Promise<SparseVolume | undefined> {
  try {
    return await writeHugeImage(path, spec);
  } catch (error) {
    if (!TOO_LARGE.has(systemCode(error) ?? '')) {
      throw error;
    }
    const reason = `this file system has no files of ${spec.name} with holes (${systemCode(error)})`;
    if (process.env['ISOBOOT_REQUIRE_TOOLS'] === '1') {
      t.fail(reason);
    } else {
      t.pass(reason, { skip: reason });
    }
    return undefined;
  }
}

/** Where an edit's report says that bytes change. */
export function rangesOf(report: JsonObject): ByteRange[] {
  return objectsAt(report, 'changes').map(({ offset, length }) => ({
    offset: Number(offset),
    length: Number(length),
  }));
}

/** The bytes of a file in some ranges, one behind the other. */
export async function readRanges(path: string, ranges: readonly ByteRange[]): Promise<Buffer> {
  const handle = await open(path);
  try {
    const parts = ranges.map(async ({ offset, length }) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    });
    return Buffer.concat(await Promise.all(parts));
  } finally {
    await handle.close();
  }
}

/**
 * Checks that a file is the image that was written, outside some ranges that changed, and as long: in every run that
 * was written, and in what else is to be looked at. Nobody reads the terabytes in between.
 */
export async function checkAsWritten(
  t: Test,
  path: string,
  volume: SparseVolume,
  changed: readonly ByteRange[],
  others: readonly ByteRange[] = [],
): Promise<void> {
  const runs = volume.runs.map(({ block, bytes }) => ({ offset: block * BLOCK_SIZE, length: bytes.length }));
  const looked = uncovered([...runs, ...others], changed);
  const found = await readRanges(path, looked);
  t.ok(found.equals(Buffer.concat(looked.map((range) => writtenIn(volume, range)))), 'all else is as it was');
  t.equal((await stat(path)).size, volume.blocks * BLOCK_SIZE, 'and as long');
}

/** What was written in a range; zeros between the runs. */
function writtenIn({ runs }: SparseVolume, { offset, length }: ByteRange): Buffer {
  const bytes = Buffer.alloc(length);
  for (const run of runs) {
    const at = run.block * BLOCK_SIZE - offset;
    const part = run.bytes.subarray(Math.max(0, -at), Math.max(0, length - at));
    bytes.set(part, Math.min(length, Math.max(0, at)));
  }
  return bytes;
}
