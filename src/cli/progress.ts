import type { OnProgress } from '../sink/progress.js';
import type { Host } from './host.js';

/** A bar that shows itself only when work goes on for a while. */
export interface Progress {
  readonly onProgress: OnProgress | undefined;
  stop(): void;
}

/** What is over in less needs no bar, and does not wait for one to be loaded. */
const QUIET_FOR = 700;

/** A progress bar on standard error; none when that is no terminal, or when none is wanted. */
export function startProgress(host: Host, wanted: boolean): Progress {
  if (!wanted || host.stderr.isTTY !== true) {
    return { onProgress: undefined, stop: () => undefined };
  }
  const started = performance.now();
  let bar: { update(value: number): void; stop(): void } | undefined;
  let stopped = false;
  let loading = false;
  const onProgress: OnProgress = ({ done, total }) => {
    bar?.update(Math.min(done, total));
    if (bar === undefined && !loading && performance.now() - started > QUIET_FOR) {
      loading = true;
      void import('cli-progress').then(({ default: { SingleBar, Presets } }) => {
        if (!stopped) {
          const made = new SingleBar(
            { stream: process.stderr, clearOnComplete: true },
            Presets.shades_classic,
          );
          made.start(total, done);
          bar = made;
        }
      });
    }
  };
  return {
    onProgress,
    stop: () => {
      stopped = true;
      bar?.stop();
    },
  };
}
