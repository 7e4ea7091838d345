/** Runs the work of the digest thread in this one, where the system can be made to fail, and where no thread starts. */
import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';
import type { DigestJob, DigestMessage } from '../../src/sink/digest-job.js';
import { runDigestJob } from '../../src/sink/digest-loop.js';
import { IsoError, messageOf } from '../../src/errors.js';

/** Runs `work` without threads. */
export async function withDigestHere<T>(work: () => Promise<T>): Promise<T> {
  const original = replaceWorker(NoThread);
  try {
    return await work();
  } finally {
    replaceWorker(original);
  }
}

/** No thread starts from here on: one takes half a second under the test runner, which loads itself into each. */
export function digestHere(): void {
  replaceWorker(NoThread);
}

function replaceWorker(replacement: unknown): unknown {
  const holder = workerThreads as { Worker: unknown };
  const original = holder.Worker;
  holder.Worker = replacement;
  syncBuiltinESMExports();
  return original;
}

class NoThread extends EventEmitter {
  readonly #over: Promise<void>;

  constructor(_path: URL, { workerData }: { workerData: DigestJob }) {
    super();
    const say = (message: DigestMessage): void => void this.emit('message', message);
    const job = runDigestJob(workerData, (progress) => say({ kind: 'progress', ...progress }));
    this.#over = job.then(
      () => undefined,
      () => undefined,
    );
    // Nobody listens before the constructor is done.
    job.then(
      (result) => say({ kind: 'result', result }),
      (error: unknown) => say({ kind: 'failure', failure: failureOf(error) }),
    );
  }

  /** Like a thread's end it is over only when nothing more is written. */
  terminate(): Promise<void> {
    return this.#over;
  }
}

function failureOf(error: unknown): Extract<DigestMessage, { kind: 'failure' }>['failure'] {
  return error instanceof IsoError
    ? { code: error.code, message: error.message }
    : { code: 'ISO_INTERNAL', message: messageOf(error) };
}
