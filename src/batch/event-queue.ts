import type { JobEvent } from './event.js';

/** Events that may wait; those who have more wait themselves. */
const MOST_WAITING = 64;

/**
 * Hands events from those who have them to one who waits for them. Of a job's progress only the last word is kept, so
 * that what waits stays little however slowly it is taken.
 */
export class EventQueue {
  readonly #events: JobEvent[] = [];
  #onEvent: () => void = () => undefined;
  #onRoom: () => void = () => undefined;
  #isClosed = false;

  push(event: JobEvent): void {
    const at = event.kind === 'progress' ? this.#events.findIndex((each) => isOlder(each, event)) : -1;
    if (at >= 0) {
      this.#events[at] = event;
      return;
    }
    this.#events.push(event);
    this.#onEvent();
  }

  /** Waits until what there was to tell was told, but for a little; what was closed waits for nothing. */
  async room(): Promise<void> {
    while (this.#events.length >= MOST_WAITING && !this.#isClosed) {
      await new Promise<void>((resolve) => (this.#onRoom = resolve));
    }
  }

  /** Nothing comes any more, or nobody listens. */
  close(): void {
    this.#isClosed = true;
    this.#onEvent();
    this.#onRoom();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<JobEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        this.#onRoom();
        yield event;
      } else if (this.#isClosed) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#onEvent = resolve));
      }
    }
  }
}

function isOlder(waiting: JobEvent, event: JobEvent): boolean {
  return waiting.kind === 'progress' && waiting.job === event.job;
}
