import { spaceBitmapDescriptor } from '../layout/udf-file.js';
import { TAG_IDENTIFIER, tagChecksumHolds, udfDescriptorTag } from '../layout/udf-tag.js';
import { BLOCK_SIZE, lba, offsetOfLba } from '../units.js';
import type { BlockReader } from './block-reader.js';
import { LIMITS } from './limits.js';
import type { UdfDoubts } from './udf-doubt.js';
import type { BlockRun, UdfPartition } from './udf-volume.js';

const PIECE = 64 * 1024;

/** What every bit of a byte says together. */
const ALL_FREE = 0xff;
const ALL_USED = 0;

/**
 * The blocks of a partition that its space bitmap says are in use, in blocks of the image and in order; nothing where
 * there is no bitmap. A broken one is a doubt.
 */
export async function readUsedRuns(
  reader: BlockReader,
  partition: UdfPartition,
  doubts: UdfDoubts,
): Promise<BlockRun[]> {
  const { spaceBitmap, start, length } = partition;
  if (spaceBitmap === undefined) {
    return [];
  }
  const offset = offsetOfLba(lba(start + spaceBitmap.block));
  const block = await reader.readUpTo(offset, BLOCK_SIZE);
  const isBitmap =
    block.length >= spaceBitmapDescriptor.span &&
    tagChecksumHolds(block) &&
    udfDescriptorTag.decode(block).tagIdentifier === TAG_IDENTIFIER.spaceBitmap;
  const { numberOfBits, numberOfBytes } = isBitmap
    ? spaceBitmapDescriptor.decode(block)
    : { numberOfBits: 0, numberOfBytes: 0 };
  if (numberOfBits < length || numberOfBytes < Math.ceil(numberOfBits / 8)) {
    doubts.add('the space bitmap of the UDF volume does not cover its partition', offset);
    return [];
  }
  const runs = new UsedRuns(start);
  // What the partition has behind the end of the image is nobody's.
  const bits = Math.max(0, Math.min(length, Math.ceil(reader.size / BLOCK_SIZE) - start));
  const bytes = Math.ceil(bits / 8);
  for (let at = 0; at < bytes; at += PIECE) {
    const wanted = Math.min(PIECE, bytes - at);
    const piece = await reader.readUpTo(offset + spaceBitmapDescriptor.span + at, wanted);
    runs.take(piece, at * 8, bits);
    if (runs.result.length > LIMITS.udfBitmapRuns) {
      doubts.add('the space bitmap of the UDF volume has too many runs', offset);
      break;
    }
    if (piece.length < wanted) {
      doubts.add('the space bitmap of the UDF volume lies beyond the end of the image', offset);
      break;
    }
  }
  return runs.result;
}

class UsedRuns {
  readonly result: BlockRun[] = [];

  constructor(private readonly start: number) {}

  take(bytes: Uint8Array, firstBit: number, bits: number): void {
    bytes.forEach((byte, i) => {
      const bit = firstBit + i * 8;
      if (byte === ALL_USED) {
        this.#add(bit, Math.min(8, bits - bit));
      } else if (byte !== ALL_FREE) {
        for (let each = 0; each < 8 && bit + each < bits; each += 1) {
          if ((byte & (1 << each)) === 0) {
            this.#add(bit + each, 1);
          }
        }
      }
    });
  }

  #add(bit: number, count: number): void {
    const start = this.start + bit;
    const last = this.result.at(-1);
    if (last !== undefined && last.start + last.count === start) {
      this.result[this.result.length - 1] = { start: last.start, count: last.count + count };
    } else {
      this.result.push({ start, count });
    }
  }
}
