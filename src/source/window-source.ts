import { checkRange } from './range.js';
import type { Source } from './source.js';

/** A range of another source, as a source of its own; closing it leaves the other open. */
export class WindowSource implements Source {
  constructor(
    private readonly base: Source,
    private readonly start: number,
    readonly size: number,
    readonly name: string = base.name,
  ) {}

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    checkRange(this, offset, length);
    return this.base.read(this.start + offset, length, into);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
