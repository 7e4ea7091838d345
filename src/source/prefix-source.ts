import type { HeldStream } from './held-stream.js';
import { checkRange } from './range.js';
import type { Source } from './source.js';

/**
 * The start of a stream as an image of a size that is claimed for it, so that an edit can be planned before the rest has
 * come.
 *
 * What a reader makes of a range that is not there may be a finding and no error, so `isExceeded` says whether one was
 * asked for: then nothing that came of this source holds.
 */
export class PrefixSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly #stream: HeldStream;
  #isExceeded = false;

  constructor(stream: HeldStream, size: number) {
    this.name = stream.name;
    this.size = size;
    this.#stream = stream;
  }

  /** Whether somebody asked for bytes that are not held. */
  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    await this.#stream.hold(offset + length);
    this.#isExceeded ||= !this.#stream.has(offset, length);
    return this.#stream.read(offset, length);
  }

  /** The stream stays open: it belongs to the caller. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
