import type { Source } from './source.js';
import { stopIfAborted } from './stop.js';

/** How long reads may follow one another before others get a turn, in milliseconds. */
const TURN = 100;

/**
 * Another source that gives nothing any more once a signal was given: `ISO_INTERRUPTED`. Closing it leaves the other open.
 *
 * Small files are read without waiting for anything, so that a signal would never be noticed; now and then the reader
 * waits here until others had their turn.
 */
class StoppableSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly unreadableTail: number;
  readonly #base: Source;
  readonly #signal: AbortSignal;
  #turn = Date.now();

  constructor(base: Source, signal: AbortSignal) {
    this.name = base.name;
    this.size = base.size;
    this.unreadableTail = base.unreadableTail ?? 0;
    this.#base = base;
    this.#signal = signal;
  }

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    stopIfAborted(this.#signal);
    // Not performance.now(), which takes Node a while to set up; and a clock may be put back.
    if (Math.abs(Date.now() - this.#turn) > TURN) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#turn = Date.now();
      stopIfAborted(this.#signal);
    }
    return this.#base.read(offset, length, into);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A source that can be stopped by a signal; the same one without a signal. */
export function stoppable(source: Source, signal: AbortSignal | undefined): Source {
  return signal === undefined ? source : new StoppableSource(source, signal);
}
