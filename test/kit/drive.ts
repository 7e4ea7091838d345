/** A drive with a disc in it that is as bad as a test wants it: what the system would answer, without the system. */
import type { DeviceHandle } from '../../src/source/device-size.js';

const BLOCK = 2048;

/** What is wrong with the disc, and how the system tells. */
export interface DriveOptions {
  /** Blocks that cannot be read. */
  readonly bad?: (block: number) => boolean;
  /** Blocks behind the disc's own bytes that the drive counts, and that cannot be read. */
  readonly runOut?: number;
  /** Fails behind the end, as Windows does; else there are no bytes, as on Linux. */
  readonly failsPastEnd?: boolean;
  /** Refuses what is not whole blocks, as Windows does for a whole drive. */
  readonly wholeBlocks?: boolean;
  /** Most bytes that one read gives. */
  readonly most?: number;
  /** Every read fails with this. */
  readonly failure?: Error;
}

/** A failure as Node throws it. */
export function systemError(code: string, errno: number): Error {
  return Object.assign(new Error(`${code}: made to fail, read`), { code, errno });
}

/** What Node makes of a drive without a disc on Linux: it has no name for that. */
export const NO_DISC = systemError('Unknown system error -123', -123);

/** A read that was asked for. */
export interface DriveRead {
  readonly position: number;
  readonly length: number;
}

/** A handle on the drive; notes every read. */
export class Drive implements DeviceHandle {
  readonly reads: DriveRead[] = [];
  closed = 0;

  constructor(
    private readonly disc: Uint8Array,
    private readonly options: DriveOptions = {},
  ) {}

  async read(
    bytes: Uint8Array,
    start: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }> {
    const { failure, wholeBlocks, failsPastEnd, most = length, runOut = 0 } = this.options;
    this.reads.push({ position, length });
    if (failure !== undefined) {
      throw failure;
    }
    if (wholeBlocks === true && (position % BLOCK !== 0 || length % BLOCK !== 0)) {
      throw systemError('EINVAL', -4071);
    }
    const end = this.disc.length + runOut * BLOCK;
    const wanted = Math.min(length, Math.max(0, end - position), most);
    if (failsPastEnd === true && position + length > end) {
      throw systemError('UNKNOWN', -4094);
    }
    if (this.#isBad(position, wanted)) {
      throw systemError('EIO', -5);
    }
    bytes.set(this.disc.subarray(position, position + wanted), start);
    return { bytesRead: wanted };
  }

  #isBad(position: number, length: number): boolean {
    for (let block = Math.floor(position / BLOCK); block * BLOCK < position + length; block += 1) {
      if (block * BLOCK >= this.disc.length || this.options.bad?.(block) === true) {
        return true;
      }
    }
    return false;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}
