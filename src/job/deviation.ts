import { firstDifference, isZero } from '../bytes.js';
import { IsoError } from '../errors.js';
import { paced, type OnProgress } from '../sink/progress.js';
import { stopIfAborted } from '../source/stop.js';
import { CHUNK_LENGTH } from '../sink/write.js';
import { isGone } from '../source/device-failure.js';
import type { Source } from '../source/source.js';
import { BLOCK_SIZE, blocksFor, lbaOfOffset } from '../units.js';

/** Blocks in a row that are not the same in both. */
export interface Deviation {
  /** The first block, and the one behind the last. */
  readonly start: number;
  readonly end: number;
  /** The first byte that is not the same; of an unreadable block its first. */
  readonly offset: number;
  /** The input's blocks cannot be read, each of them a deviation of its own. */
  readonly unreadable: boolean;
  /** The other source has nothing but zeros in an unreadable block. */
  readonly isBlank: boolean;
}

interface Pair {
  readonly offset: number;
  readonly wanted: Uint8Array;
  readonly found: Uint8Array;
  /** Blocks, counted from the start of the sources, that could not be read. */
  readonly unreadable: ReadonlySet<number>;
}

interface Comparison {
  /** Bytes of both that are compared. */
  readonly end: number;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads two sources side by side, 1 MiB at a time and one chunk ahead, and gives where they differ, in order.
 *
 * Errors: `ISO_INTERRUPTED`; those of reading `against`; of reading `input`, but for blocks that cannot be read.
 */
export async function* deviationsOf(
  input: Source,
  against: Source,
  { end, onProgress, signal }: Comparison,
): AsyncGenerator<Deviation, void, void> {
  const report = paced(onProgress);
  const rooms = [0, 1].map(() => [new Uint8Array(CHUNK_LENGTH), new Uint8Array(CHUNK_LENGTH)] as const);
  const readAhead = (offset: number): Promise<Pair> => {
    const room = rooms[(offset / CHUNK_LENGTH) % 2] ?? [];
    const range = { offset, length: Math.max(0, Math.min(CHUNK_LENGTH, end - offset)) };
    const reading = readPair(input, against, range, { room, signal });
    // Nobody waits for this chunk when the one before it fails.
    reading.catch(() => undefined);
    return reading;
  };
  let ahead = readAhead(0);
  for (let offset = 0; offset < end; offset += CHUNK_LENGTH) {
    stopIfAborted(signal);
    const pair = await ahead;
    ahead = readAhead(offset + CHUNK_LENGTH);
    yield* deviationsIn(pair);
    report({ done: offset + pair.wanted.length, total: end });
  }
}

interface Range {
  readonly offset: number;
  readonly length: number;
}

async function readPair(
  input: Source,
  against: Source,
  { offset, length }: Range,
  { room, signal }: { room: readonly Uint8Array[]; signal: AbortSignal | undefined },
): Promise<Pair> {
  const [wanted, { found, unreadable }] = await Promise.all([
    against.read(offset, length, room[0]),
    readWhatCan(input, { offset, length }, { room: room[1], signal }),
  ]);
  return { offset, wanted, found, unreadable };
}

type Readable = Pick<Pair, 'found' | 'unreadable'>;

async function readWhatCan(
  input: Source,
  range: Range,
  { room, signal }: { room: Uint8Array | undefined; signal: AbortSignal | undefined },
): Promise<Readable> {
  try {
    return { found: await input.read(range.offset, range.length, room), unreadable: new Set() };
  } catch (error) {
    refuseGone(error);
    return readByBlocks(input, range, signal);
  }
}

async function readByBlocks(
  input: Source,
  { offset, length }: Range,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const found = new Uint8Array(length);
  const unreadable = new Set<number>();
  for (let at = 0; at < length; at += BLOCK_SIZE) {
    // A drive tries for many seconds to read a bad block.
    stopIfAborted(signal);
    try {
      found.set(await input.read(offset + at, Math.min(BLOCK_SIZE, length - at)), at);
    } catch (error) {
      refuseGone(error);
      unreadable.add(lbaOfOffset(offset + at));
    }
  }
  return { found, unreadable };
}

/** Only a block that cannot be read is an answer. */
function refuseGone(error: unknown): void {
  if (!(error instanceof IsoError) || error.code !== 'ISO_SOURCE_IO' || isGone(error.cause)) {
    throw error;
  }
}

function* deviationsIn({ offset, wanted, found, unreadable }: Pair): Generator<Deviation, void, void> {
  if (unreadable.size === 0 && isSame(wanted, found)) {
    return;
  }
  let run: Deviation | undefined;
  for (let at = 0; at < wanted.length; at += BLOCK_SIZE) {
    const lba = lbaOfOffset(offset + at);
    const isLost = unreadable.has(lba);
    const block = wanted.subarray(at, at + BLOCK_SIZE);
    const other = found.subarray(at, at + BLOCK_SIZE);
    if (isLost || isSame(block, other)) {
      if (run !== undefined) {
        yield run;
        run = undefined;
      }
      if (isLost) {
        yield { ...blockAt(lba, offset + at), unreadable: true, isBlank: isZero(block) };
      }
    } else {
      const first = offset + at + firstDifference(block, other);
      run = { ...(run ?? blockAt(lba, first)), end: lba + 1 };
    }
  }
  if (run !== undefined) {
    yield run;
  }
}

function blockAt(lba: number, offset: number): Deviation {
  return { start: lba, end: lba + 1, offset, unreadable: false, isBlank: false };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** The blocks of `source` from `start` to before `end` that hold nothing but zeros. */
export async function blankBlocks(source: Source, start: number, end: number): Promise<Set<number>> {
  const offset = start * BLOCK_SIZE;
  const bytes = await source.read(offset, Math.max(0, Math.min(end * BLOCK_SIZE, source.size) - offset));
  const blank = new Set<number>();
  for (let at = 0; at < blocksFor(bytes.length); at += 1) {
    if (isZero(bytes.subarray(at * BLOCK_SIZE, (at + 1) * BLOCK_SIZE))) {
      blank.add(start + at);
    }
  }
  return blank;
}
