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
