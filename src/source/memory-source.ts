import { checkRange } from './range.js';
import type { Source } from './source.js';

/** An image that is in memory already: tests, small boot files, a browser's upload. */
export class MemorySource implements Source {
  readonly #bytes: Uint8Array;
  readonly name: string;

  constructor(bytes: Uint8Array, name = 'memory') {
    this.#bytes = bytes;
    this.name = name;
  }

  get size(): number {
    return this.#bytes.length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    return this.#bytes.slice(offset, offset + length);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
