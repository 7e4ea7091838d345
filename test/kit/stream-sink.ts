/** A stream that sums up what is written to it. */
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';

/** Takes bytes and forgets them; gives their sha256, in hex. */
export class DigestStream extends Writable {
  readonly #hash = createHash('sha256');

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#hash.update(chunk);
    done();
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}
