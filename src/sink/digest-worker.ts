/** The thread that reads an edited image once, digests it and, when asked, writes it: `digest.ts` starts it. */

import { parentPort, workerData } from 'node:worker_threads';
import { IsoError, messageOf } from '../errors.js';
import type { DigestJob, DigestMessage, FailureReport } from './digest-job.js';
import { runDigestJob } from './digest-loop.js';

function say(message: DigestMessage): void {
  parentPort?.postMessage(message);
}

function reportOf(error: unknown): FailureReport {
  if (!(error instanceof IsoError)) {
    return { code: 'ISO_INTERNAL', message: messageOf(error) };
  }
  const { code, message, offset, found, wanted } = error;
  return {
    code,
    message,
    ...(offset === undefined ? {} : { offset }),
    ...(found === undefined ? {} : { found }),
    ...(wanted === undefined ? {} : { wanted }),
  };
}

try {
  const result = await runDigestJob(workerData as DigestJob, (progress) =>
    say({ kind: 'progress', ...progress }),
  );
  say({ kind: 'result', result });
} catch (error) {
  say({ kind: 'failure', failure: reportOf(error) });
}
