/** Sources that watch, fail or answer in awkward shapes. */
import { IsoError } from '../../src/errors.js';
import { checkRange } from '../../src/source/range.js';
import type { Source } from '../../src/source/source.js';

/** A read that was asked for. */
export interface AskedRange {
  readonly offset: number;
  readonly length: number;
}

/** Bytes in memory; notes every read, and refuses ranges outside as a source has to. */
export class WatchedSource implements Source {
  readonly name = 'watched';
  readonly asked: AskedRange[] = [];

  constructor(protected readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.length;
  }

  /** Bytes in all reads together. */
  get total(): number {
    return this.asked.reduce((sum, { length }) => sum + length, 0);
  }

  /** How many reads touch any byte of a range. */
  timesRead(offset: number, length: number): number {
    return this.asked.filter(
      (range) => range.offset < offset + length && offset < range.offset + range.length,
    ).length;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    this.asked.push({ offset, length });
    return this.bytes.slice(offset, offset + length);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Gathers each answer one byte at a time, late, and hands it out from the middle of a larger buffer. */
export class AwkwardSource extends WatchedSource {
  override async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const buffer = new Uint8Array(length + 10).fill(0xa5);
    for (let i = 0; i < length; i += 1) {
      buffer[i + 3] = this.bytes[offset + i] ?? 0;
    }
    await new Promise((resolve) => setImmediate(resolve));
    return buffer.subarray(3, 3 + length);
  }
}

/** Fails one read, counted from 0, as a bad disc does. */
export class FailingSource extends WatchedSource {
  constructor(
    bytes: Uint8Array,
    private readonly failAt: number,
  ) {
    super(bytes);
  }

  override async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = await super.read(offset, length);
    if (this.asked.length - 1 === this.failAt) {
      throw new IsoError('ISO_SOURCE_IO', 'made to fail', { offset });
    }
    return bytes;
  }
}
