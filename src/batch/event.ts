import type { BatchJob } from './job.js';
import type { BatchJobReport } from './job-report.js';

/** What a batch tells as it goes. */
export type BatchEvent =
  | { readonly kind: 'start'; readonly job: BatchJob }
  | { readonly kind: 'progress'; readonly job: BatchJob; readonly done: number; readonly total: number }
  | {
      readonly kind: 'end';
      readonly job: BatchJob;
      readonly report: BatchJobReport;
      /** Whether the report that is gone on with has a line on it that still holds. */
      readonly stands: boolean;
    };

/** Hands events from those who have them to one who waits for them. */
export class EventQueue {
  readonly #events: BatchEvent[] = [];
  #wake: () => void = () => undefined;
  #isClosed = false;

  push(event: BatchEvent): void {
    this.#events.push(event);
    this.#wake();
  }

  /** Nothing comes any more. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<BatchEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        yield event;
      } else if (this.#isClosed) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}
