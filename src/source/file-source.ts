import { constants as fsConstants, fstatSync, readSync, type Stats } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { IsoError } from '../errors.js';
import { endedEarly, isRawVolume, openFailure, readFailure } from './device-failure.js';
import { DeviceSource } from './device-source.js';
import { checkRange } from './range.js';
import type { Source } from './source.js';
import { statsAt } from './stats.js';

/**
 * Bytes of a file that are read without a detour over another thread, which for a block or two takes thirty times as
 * long as the reading: a small edit consists of little else, and a directory of a thousand files is no more. Drives may take seconds, and are never waited for here.
 */
const READ_AT_ONCE = 192 * 1024;

/** How a file is opened. */
export interface OpenOptions {
  /** What errors and reports call it; its path without it. */
  readonly name?: string | undefined;
  /** Whether it goes when it is closed. */
  readonly isTemporary?: boolean | undefined;
}

interface Opened {
  readonly path: string;
  readonly name: string;
  readonly isTemporary: boolean;
}

/** A file or a device, read with `pread`; several reads may be under way at once. */
export class FileSource implements Source {
  readonly name: string;
  /** Where it lies; its name as well, unless it was given another. */
  readonly path: string;
  readonly size: number;
  /** Bytes that the file system holds for it; less than `size` for a sparse file. */
  readonly allocated: number;
  readonly #isTemporary: boolean;
  readonly #handle: FileHandle;
  /** Reads in place of the handle where that is a device's. */
  readonly #device: DeviceSource | undefined;
  #closed = false;

  private constructor(
    { path, name, isTemporary }: Opened,
    handle: FileHandle,
    shape: { size: number; allocated: number; device?: DeviceSource },
  ) {
    this.path = path;
    this.name = name;
    this.#isTemporary = isTemporary;
    this.#handle = handle;
    this.size = shape.size;
    this.allocated = shape.allocated;
    this.#device = shape.device;
  }

  /**
   * Opens a file or device for reading.
   *
   * Errors: `ISO_SOURCE_NOT_FOUND`, `ISO_SOURCE_NOT_A_FILE` (folder, socket, FIFO), `ISO_SOURCE_EMPTY`,
   * `ISO_SOURCE_IO` for whatever else the operating system answers: no disc, no permission.
   */
  static async open(
    path: string,
    { name = path, isTemporary = false }: OpenOptions = {},
  ): Promise<FileSource> {
    // Without the flag, opening a FIFO that nobody writes to would hang.
    let handle = await openForReading(path, NON_BLOCKING);
    try {
      const stats = isRawVolume(path) ? undefined : fstatSync(handle.fd);
      if (stats?.isBlockDevice() === true) {
        // With it, a drive without a disc would open, too.
        await handle.close();
        handle = await openForReading(path, 0);
      }
      return await FileSource.#over({ path, name, isTemporary }, handle, stats);
    } catch (error) {
      await handle.close();
      throw error instanceof IsoError ? error : readFailure(path, 0, error);
    }
  }

  static async #over(options: Opened, handle: FileHandle, stats: Stats | undefined): Promise<FileSource> {
    const { path, name } = options;
    if (stats === undefined || stats.isBlockDevice() || stats.isCharacterDevice()) {
      const device = await DeviceSource.over(path, handle);
      refuseEmpty(device.size, `there is nothing in ${name}: no disc, or an empty one`);
      return new FileSource(options, handle, { size: device.size, allocated: device.size, device });
    }
    if (!stats.isFile()) {
      throw new IsoError('ISO_SOURCE_NOT_A_FILE', `${name} is a folder or a pipe, not an image`, {
        found: stats.isDirectory() ? 'a folder' : 'a pipe or socket',
        wanted: 'a file or a device',
      });
    }
    refuseEmpty(stats.size, `${name} is empty`);
    // `blocks` is counted in 512-byte units on every platform that has it, whatever the file system's own block.
    return new FileSource(options, handle, { size: stats.size, allocated: allocatedBlocks(stats) * 512 });
  }

  /** Whether it is a drive or another device. */
  get isDevice(): boolean {
    return this.#device !== undefined;
  }

  /** Bytes that a device counts behind `size`, and that cannot be read. */
  get unreadableTail(): number {
    return this.#device?.unreadableTail ?? 0;
  }

  /** Whether the file system holds fewer bytes than the file has, so that a copy should leave holes. */
  get isSparse(): boolean {
    return this.allocated < this.size;
  }

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    if (this.#device !== undefined) {
      return this.#device.read(offset, length, into);
    }
    checkRange(this, offset, length);
    const bytes = into === undefined ? new Uint8Array(length) : into.subarray(0, length);
    let filled = 0;
    while (filled < length) {
      const got = await this.#readSome(bytes, filled, offset + filled);
      if (got === 0) {
        throw endedEarly(this.name, offset + filled, offset + length);
      }
      filled += got;
    }
    return bytes;
  }

  async #readSome(bytes: Uint8Array, filled: number, position: number): Promise<number> {
    const wanted = bytes.length - filled;
    try {
      if (wanted <= READ_AT_ONCE) {
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
      if (this.#isTemporary) {
        await rm(this.path, { force: true });
      }
    }
  }
}

/** Whether a source is a drive or another device, whose size stays as it is. */
export function isDevice(source: Source): boolean {
  return source instanceof FileSource && source.isDevice;
}

/** Whether a source is a file on a file system, and no device or bytes from elsewhere. */
export function isFile(source: Source): source is FileSource {
  return source instanceof FileSource && !source.isDevice;
}

/** Windows has no such flag, whatever the types say. */
const NON_BLOCKING = (fsConstants as { O_NONBLOCK?: number }).O_NONBLOCK ?? 0;

/** Windows does not count blocks; a file there is taken to have them all. */
function allocatedBlocks(stat: { blocks?: number }): number {
  return stat.blocks ?? Number.POSITIVE_INFINITY;
}

async function openForReading(path: string, flag: number): Promise<FileHandle> {
  try {
    return await open(path, fsConstants.O_RDONLY | flag);
  } catch (error) {
    const stats = statsAt(path);
    const isDevice = stats?.isBlockDevice() === true || stats?.isCharacterDevice() === true;
    throw openFailure(path, error, isDevice);
  }
}

function refuseEmpty(size: number, message: string): void {
  if (size === 0) {
    throw new IsoError('ISO_SOURCE_EMPTY', message, { found: 0, wanted: 'an image' });
  }
}
