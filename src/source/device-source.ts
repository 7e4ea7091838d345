import { BLOCK_SIZE, roundUpToBlock } from '../units.js';
import { endedEarly, isGone, readFailure } from './device-failure.js';
import { probeSize, type DeviceHandle, type DeviceSize } from './device-size.js';
import { checkRange } from './range.js';
import type { Source } from './source.js';

/** A disc in a drive, read by whole blocks as Windows wants it, and block by block where a larger read fails. */
export class DeviceSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly unreadableTail: number;
  readonly #handle: DeviceHandle;

  private constructor(name: string, handle: DeviceHandle, { size, unreadableTail }: DeviceSize) {
    this.name = name;
    this.size = size;
    this.unreadableTail = unreadableTail;
    this.#handle = handle;
  }

  /** Takes a handle that was opened for reading, and looks how much there is. Errors: those of `probeSize`. */
  static async over(name: string, handle: DeviceHandle): Promise<DeviceSource> {
    return new DeviceSource(name, handle, await probeSize(name, handle));
  }

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const start = offset - (offset % BLOCK_SIZE);
    const end = Math.min(roundUpToBlock(offset + length), this.size);
    if (start === offset && end === offset + length) {
      const bytes = into === undefined ? new Uint8Array(length) : into.subarray(0, length);
      await this.#fill(bytes, start);
      return bytes;
    }
    const blocks = new Uint8Array(length === 0 ? 0 : end - start);
    await this.#fill(blocks, start);
    return blocks.subarray(offset - start, offset - start + length);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /**
   * Fills the bytes from a block on. A read of many blocks fails as a whole for one of them, or for one that the system
   * reads ahead; by single blocks all that is good is had.
   */
  async #fill(bytes: Uint8Array, start: number): Promise<void> {
    let most = bytes.length;
    for (let filled = 0; filled < bytes.length;) {
      const position = start + filled;
      const room = bytes.subarray(filled, filled + most);
      const got = await this.#readSome(room, position).catch((error: unknown) => {
        if (room.length <= BLOCK_SIZE || isGone(error)) {
          throw readFailure(this.name, position, error);
        }
        most = BLOCK_SIZE;
      });
      if (got === 0) {
        throw endedEarly(this.name, position, start + bytes.length);
      }
      filled += got ?? 0;
    }
  }

  async #readSome(room: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(room, 0, room.length, position)).bytesRead;
  }
}
