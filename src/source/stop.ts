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
