import { BLOCK_SIZE } from '../units.js';
import { unreadableDevice } from './device-failure.js';

/** As much of a file handle as reading a device takes. */
export interface DeviceHandle {
  read(
    bytes: Uint8Array,
    start: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

/** How much of a device there is to be read. */
export interface DeviceSize {
  /** Bytes up to the end, or up to the run-out. */
  readonly size: number;
  /** Bytes that the device counts behind them, and that cannot be read. */
  readonly unreadableTail: number;
}

/**
 * Blocks at the end of a disc whose loss is no damage by itself. A CD that was written track at once ends in two
 * run-out blocks that every drive counts and none can read, and some drives and systems lose more in front of those:
 * that is why mkisofs ends its images with 150 blocks of padding.
 */
export const LOSABLE_BLOCKS = 150;

/** Behind the end of any device. */
const FAR = 2 ** 40;

/** How far behind a block that cannot be read others are looked for: 2 GiB. */
const LOOK_PAST = 2 ** 20;

/** Bad places that are passed over in looking for the end; a disc with more of them is taken to end there. */
const MOST_BAD_PLACES = 100;

/**
 * Finds the size of a device, of which the system says nothing: the last block is found by doubling and halving.
 *
 * A block that cannot be read is not the end: systems that answer a read behind the end with no bytes (Linux) are taken
 * at their word, and where that fails as well (Windows), readable blocks are looked for behind it. Unreadable blocks at
 * the very end, no more than `LOSABLE_BLOCKS`, are left out.
 *
 * Errors: `ISO_SOURCE_IO` when the first block cannot be read.
 */
export async function probeSize(name: string, handle: DeviceHandle): Promise<DeviceSize> {
  const probe = new Probe(handle);
  const first = await probe.look(0);
  if (first.kind === 'bad') {
    throw unreadableDevice(name, first.error);
  }
  if (first.bytes < BLOCK_SIZE) {
    return { size: first.bytes, unreadableTail: 0 };
  }
  const far = await probe.look(FAR);
  if (far.kind === 'data' && far.bytes > 0) {
    return { size: FAR * BLOCK_SIZE, unreadableTail: 0 };
  }
  return far.kind === 'data' ? endOfKnown(probe) : { size: await endOfUnknown(probe), unreadableTail: 0 };
}

/** The end where the system tells it apart from what cannot be read. */
async function endOfKnown(probe: Probe): Promise<DeviceSize> {
  const last = await lastWhere(0, async (block) => {
    const answer = await probe.look(block);
    return answer.kind === 'bad' || answer.bytes === BLOCK_SIZE;
  });
  const runOut = await runOutBefore(probe, last + 1);
  const rest = await probe.look(last + 1);
  const partial = runOut === 0 && rest.kind === 'data' ? rest.bytes : 0;
  return { size: (last + 1 - runOut) * BLOCK_SIZE + partial, unreadableTail: runOut * BLOCK_SIZE };
}

/** How many blocks in front of the end cannot be read; none where there are too many for a run-out. */
async function runOutBefore(probe: Probe, end: number): Promise<number> {
  for (let count = 0; count <= LOSABLE_BLOCKS && count < end; count += 1) {
    if ((await probe.look(end - 1 - count)).kind === 'data') {
      return count;
    }
  }
  return 0;
}

/** The end in bytes where a read behind it fails like one of a bad block. */
async function endOfUnknown(probe: Probe): Promise<number> {
  const isReadable = async (block: number): Promise<boolean> => {
    const answer = await probe.look(block);
    return answer.kind === 'data' && answer.bytes === BLOCK_SIZE;
  };
  let last = await lastWhere(0, isReadable);
  for (let places = 0; places < MOST_BAD_PLACES; places += 1) {
    const next = await readablePast(last, isReadable);
    if (next === undefined) {
      break;
    }
    last = await lastWhere(next, isReadable);
  }
  return (last + 1) * BLOCK_SIZE;
}

type Question = (block: number) => Promise<boolean>;

async function readablePast(block: number, isReadable: Question): Promise<number | undefined> {
  for (let ahead = 2; ahead <= LOOK_PAST; ahead *= 2) {
    if (await isReadable(block + ahead)) {
      return block + ahead;
    }
  }
  return undefined;
}

/** A block of which it is so, and not of the one behind it; of `from` it is. */
async function lastWhere(from: number, isSo: Question): Promise<number> {
  let low = from;
  let step = 1;
  while (low + step < FAR && (await isSo(low + step))) {
    low += step;
    step *= 2;
  }
  let high = low + step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await isSo(middle)) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

type Answer =
  { readonly kind: 'data'; readonly bytes: number } | { readonly kind: 'bad'; readonly error: unknown };

/** Reads single blocks to see what there is. */
class Probe {
  readonly #block = new Uint8Array(BLOCK_SIZE);

  constructor(private readonly handle: DeviceHandle) {}

  /** How many bytes a block has; none behind the end. */
  async look(block: number): Promise<Answer> {
    let filled = 0;
    try {
      while (filled < BLOCK_SIZE) {
        const position = block * BLOCK_SIZE + filled;
        const { bytesRead } = await this.handle.read(this.#block, filled, BLOCK_SIZE - filled, position);
        if (bytesRead === 0) {
          break;
        }
        filled += bytesRead;
      }
    } catch (error) {
      return { kind: 'bad', error };
    }
    return { kind: 'data', bytes: filled };
  }
}
