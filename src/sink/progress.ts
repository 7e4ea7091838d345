import { interrupted } from '../source/stop.js';

export { interrupted, stopIfAborted } from '../source/stop.js';

/** Is told how many bytes of how many are through; at most some ten times a second. */
export type OnProgress = (progress: {
  /** Bytes that are through. */
  done: number;
  /** Bytes that there are. */

  total: number;
}) => void;

/** The least time between two reports, in milliseconds. */
export const PROGRESS_INTERVAL = 100;

/** Passes reports on, but not more often than every 100 ms, and always the one that says all is done. */
export function paced(onProgress: OnProgress | undefined): OnProgress {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (onProgress !== undefined && (progress.done >= progress.total || now - last >= PROGRESS_INTERVAL)) {
      last = now;
      onProgress(progress);
    }
  };
}

/** What work comes to, or `ISO_INTERRUPTED` as soon as the signal is given; the work itself goes on. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(interrupted());
    signal?.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort));
  });
}
