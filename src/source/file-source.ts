import { constants as fsConstants, readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { IsoError, messageOf, systemCode } from '../errors.js';
import { BLOCK_SIZE } from '../units.js';
import { checkRange } from './range.js';
import type { Source } from './source.js';

/**
 * Bytes of a file that are read without a detour over another thread, which for a block or two takes thirty times as
 * long as the reading: a small edit consists of little else. Drives may take seconds, and are never waited for here.
 */
const READ_AT_ONCE = 64 * 1024;

/** A file or a device, read with `pread`; several reads may be under way at once. */
export class FileSource implements Source {
  readonly name: string;
  readonly size: number;
  /** Bytes that the file system holds for it; less than `size` for a sparse file. */
  readonly allocated: number;
  readonly isDevice: boolean;
  readonly #handle: FileHandle;
  #closed = false;

  private constructor(
    name: string,
    handle: FileHandle,
    shape: { size: number; allocated: number; isDevice: boolean },
  ) {
    this.name = name;
    this.#handle = handle;
    this.size = shape.size;
    this.allocated = shape.allocated;
    this.isDevice = shape.isDevice;
  }

  /**
   * Opens a file or device for reading.
   *
   * Errors: `ISO_SOURCE_NOT_FOUND`, `ISO_SOURCE_NOT_A_FILE` (folder, socket, FIFO), `ISO_SOURCE_EMPTY`,
   * `ISO_SOURCE_IO` for whatever else the operating system answers.
   */
  static async open(path: string): Promise<FileSource> {
    const handle = await openForReading(path);
    try {
      const stat = await handle.stat();
      const isDevice = stat.isBlockDevice() || stat.isCharacterDevice();
      if (!stat.isFile() && !isDevice) {
        throw new IsoError('ISO_SOURCE_NOT_A_FILE', `${path} is a folder or a pipe, not an image`, {
          found: stat.isDirectory() ? 'a folder' : 'a pipe or socket',
          wanted: 'a file or a device',
        });
      }
      const size = isDevice ? await probeSize(handle) : stat.size;
      if (size === 0) {
        throw new IsoError('ISO_SOURCE_EMPTY', `${path} is empty`, { found: 0, wanted: 'an image' });
      }
      // `blocks` is counted in 512-byte units on every platform that has it, whatever the file system's own block.
      const allocated = isDevice ? size : allocatedBlocks(stat) * 512;
      return new FileSource(path, handle, { size, allocated, isDevice });
    } catch (error) {
      await handle.close();
      throw error instanceof IsoError ? error : readFailure(path, 0, error);
    }
  }

  /** Whether the file system holds fewer bytes than the file has, so that a copy should leave holes. */
  get isSparse(): boolean {
    return this.allocated < this.size;
  }

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const bytes = into === undefined ? new Uint8Array(length) : into.subarray(0, length);
    let filled = 0;
    while (filled < length) {
      const got = await this.#readSome(bytes, filled, offset + filled);
      if (got === 0) {
        throw new IsoError('ISO_SOURCE_BOUNDS', `${this.name} ended while it was being read`, {
          offset: offset + filled,
          found: offset + filled,
          wanted: offset + length,
        });
      }
      filled += got;
    }
    return bytes;
  }

  async #readSome(bytes: Uint8Array, filled: number, position: number): Promise<number> {
    const wanted = bytes.length - filled;
    try {
      if (wanted <= READ_AT_ONCE && !this.isDevice) {
        return readSync(this.#handle.fd, bytes, filled, wanted, position);
      }
      const { bytesRead } = await this.#handle.read(bytes, filled, wanted, position);
      return bytesRead;
    } catch (error) {
      throw readFailure(this.name, position, error);
    }
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      await this.#handle.close();
    }
  }
}

/** Windows has no such flag, whatever the types say. */
const NON_BLOCKING = (fsConstants as { O_NONBLOCK?: number }).O_NONBLOCK ?? 0;

/** Windows does not count blocks; a file there is taken to have them all. */
function allocatedBlocks(stat: { blocks?: number }): number {
  return stat.blocks ?? Number.POSITIVE_INFINITY;
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    // Without the flag, opening a FIFO that nobody writes to would hang.
    return await open(path, fsConstants.O_RDONLY | NON_BLOCKING);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new IsoError('ISO_SOURCE_NOT_FOUND', `${path} does not exist`, { cause: error });
    }
    if (code === 'ENXIO') {
      throw new IsoError('ISO_SOURCE_NOT_A_FILE', `${path} is a socket, or a device that nothing drives`, {
        cause: error,
      });
    }
    if (code === 'EISDIR') {
      throw new IsoError('ISO_SOURCE_NOT_A_FILE', `${path} is a folder, not an image`, { cause: error });
    }
    if (code === 'ENOMEDIUM') {
      throw new IsoError('ISO_SOURCE_IO', `there is no disc in ${path}`, { cause: error });
    }
    throw readFailure(path, 0, error);
  }
}

function readFailure(path: string, offset: number, error: unknown): IsoError {
  return new IsoError('ISO_SOURCE_IO', `${path} cannot be read: ${messageOf(error)}`, {
    offset,
    cause: error,
  });
}

/**
 * Finds the size of a device, whose `stat` says 0: the last readable block is found by doubling and halving.
 * Reads that end short or fail both count as past the end, since a drive may answer either way.
 */
async function probeSize(handle: FileHandle): Promise<number> {
  const step = BLOCK_SIZE;
  const block = new Uint8Array(step);
  const readable = async (index: number): Promise<number> => {
    try {
      const { bytesRead } = await handle.read(block, 0, step, index * step);
      return bytesRead;
    } catch {
      return 0;
    }
  };
  const first = await readable(0);
  if (first < step) {
    return first;
  }
  let low = 0;
  let high = 1;
  while (high < 2 ** 40 && (await readable(high)) === step) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((await readable(middle)) === step) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + 1) * step + (await readable(low + 1));
}
