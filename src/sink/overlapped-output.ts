import { closeSync, ftruncateSync, openSync, write, writeSync } from 'node:fs';
import type { IsoError } from '../errors.js';
import type { DigestOutput } from './digest-job.js';
import { outputFailure } from './failure.js';
import { solidRuns } from './hole.js';

/**
 * A file that is written in the background, while the thread hashes: one write under way for each buffer, known
 * by its turn. A failure (`ISO_OUTPUT_IO`) comes up at the next `settled` or `finish`.
 */
export class OverlappedOutput {
  readonly #fd: number;
  readonly #path: string;
  readonly #holes: boolean;
  readonly #inTurn: boolean;
  readonly #writing: Promise<void>[] = [];
  #failure: IsoError | undefined;

  constructor({ path, holes, inTurn = false }: DigestOutput) {
    this.#path = path;
    this.#holes = holes;
    this.#inTurn = inTurn;
    try {
      this.#fd = openSync(path, 'r+');
    } catch (error) {
      throw outputFailure(path, error);
    }
  }

  start(turn: number, bytes: Uint8Array, offset: number): void {
    const runs = this.#holes ? solidRuns(bytes) : [{ at: 0, bytes }];
    this.#writing[turn] = this.#writeRuns(runs, offset).catch((error: unknown) => {
      this.#failure ??= outputFailure(this.#path, error, offset);
    });
  }

  async #writeRuns(runs: readonly { at: number; bytes: Uint8Array }[], offset: number): Promise<void> {
    for (const { at, bytes } of runs) {
      for (let written = 0; written < bytes.length;) {
        const count = await this.#writeSome(bytes.subarray(written), offset + at + written);
        if (count === 0) {
          throw new Error('the system took no bytes');
        }
        written += count;
      }
    }
  }

  #writeSome(bytes: Uint8Array, position: number): Promise<number> | number {
    if (this.#inTurn) {
      return writeSync(this.#fd, bytes, 0, bytes.length, position);
    }
    return new Promise((resolve, reject) => {
      write(this.#fd, bytes, 0, bytes.length, position, (error, count) =>
        error === null ? resolve(count) : reject(error),
      );
    });
  }

  /** Waits until the buffer of that turn may be filled again. */
  async settled(turn: number): Promise<void> {
    await this.#writing[turn];
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  /** Waits for all writes, and gives the file its size: it may end in a hole. */
  async finish(size: number): Promise<void> {
    for (const turn of this.#writing.keys()) {
      await this.settled(turn);
    }
    try {
      ftruncateSync(this.#fd, size);
    } catch (error) {
      throw outputFailure(this.#path, error, size);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#writing);
    closeSync(this.#fd);
  }
}
