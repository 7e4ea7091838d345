/** Work that is told to stop. */
import { IsoError } from '../errors.js';

/** The error of work that was cancelled. */
export function interrupted(): IsoError {
  return new IsoError('ISO_INTERRUPTED', 'the work was cancelled');
}

/** Throws `ISO_INTERRUPTED` once the signal was given. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw interrupted();
  }
}

/** What work comes to, or `ISO_INTERRUPTED` as soon as the signal is given; the work itself goes on. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(interrupted());
    signal?.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort));
  });
}
