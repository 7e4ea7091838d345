import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';

/**
 * A stream onto an open pipe or device, from where it stands; the handle stays the caller's.
 *
 * Node's own stream of a handle keeps it from ever being closed once a write failed (20.20, `autoClose: false`).
 */
export class HandleStream extends Writable {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    super();
    this.#handle = handle;
  }

  override _write(
    chunk: Uint8Array,
    _encoding: BufferEncoding,
    callback: (error?: Error | null) => void,
  ): void {
    this.#writeAll(chunk).then(
      () => callback(),
      (error: unknown) => callback(error as Error),
    );
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, null);
      if (bytesWritten === 0) {
        throw new Error('the system took no bytes');
      }
      written += bytesWritten;
    }
  }
}
