import { resolve as absolutePath } from 'node:path';
import { IsoError, messageOf } from '../errors.js';
import type { RunningMd5Cover } from '../layout/running-md5.js';
import type { PatchList } from '../plan/patch.js';
import { isRawVolume } from '../source/device-failure.js';
import { FileSource } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import type {
  DigestAlgorithm,
  DigestJob,
  DigestMessage,
  DigestOutput,
  DigestResult,
  SourceDescription,
} from './digest-job.js';
import { digestThread } from './digest-thread.js';
import type { Sources } from './overlay.js';
import type { OnProgress } from './progress.js';
import { interrupted, stopIfAborted } from '../source/stop.js';
import { resolveLayers, type Layers } from './segment.js';

export type { DigestAlgorithm, DigestResult } from './digest-job.js';

/** Bytes that are digested in less time than a thread takes to start, and a batch of them without the memory of as many threads. */
const DIGESTED_HERE = 4 * 1024 * 1024;

interface Watching {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What to digest. */
export interface DigestRequest extends Watching {
  /** The image below; a `FileSource` is opened again by its path, any other source is read into memory. */
  readonly base: Source;
  /** The edit to be laid over; without one, the image as it is. */
  readonly list?: PatchList | undefined;
  readonly sources?: Sources | undefined;
  readonly algorithms?: readonly DigestAlgorithm[] | undefined;
  /** An MD5 that is read on the way, such as `mediaCheckCover` asks for. Alone, nothing behind what it covers is read. */
  readonly runningMd5?: RunningMd5Cover | undefined;
  /** Gets the edited image in the same pass. */
  readonly output?: DigestOutput | undefined;
}

/**
 * Digests an edited image in one pass in a thread of its own, if it is not small, and writes it too when an output is given.
 *
 * Cancelling ends the thread at once; an output is then half-written and the caller's to delete. Errors:
 * `ISO_INTERRUPTED`, `ISO_SOURCE_IO`, `ISO_SOURCE_BOUNDS`, `ISO_SOURCE_CHANGED`, `ISO_OUTPUT_IO`, `ISO_PLAN_GATE`.
 */
export async function digestOverlay(request: DigestRequest): Promise<DigestResult> {
  stopIfAborted(request.signal);
  const { base, list, runningMd5, algorithms, output } = request;
  const size = sizeToRead(request);
  const layers: Layers =
    list === undefined ? { segments: [], oldSize: size, newSize: size } : ownedBytes(resolveLayers(list));
  const job: DigestJob = {
    base: await describe(base),
    layers,
    sources: await describeAll(request.sources ?? new Map(), layers),
    runningMd5,
    algorithms: algorithms ?? [],
    output: output === undefined ? undefined : { ...output, path: absolutePath(output.path) },
  };
  return layers.newSize <= DIGESTED_HERE ? runHere(job, request) : runInWorker(job, request);
}

/** Of an image without an edit, no more is read than something asks for. */
function sizeToRead({ base, runningMd5, algorithms, output }: DigestRequest): number {
  return runningMd5 === undefined || algorithms !== undefined || output !== undefined
    ? base.size
    : Math.min(base.size, Math.max(0, runningMd5.coveredBytes));
}

/** The digests of a file or device, in hexadecimal digits; errors as for `digestOverlay` and `FileSource.open`. */
export async function digestFile(
  path: string,
  algorithms: readonly DigestAlgorithm[],
  watching: Watching = {},
): Promise<DigestResult['digests']> {
  const base = await FileSource.open(path);
  try {
    return (await digestOverlay({ ...watching, base, algorithms })).digests;
  } finally {
    await base.close();
  }
}

/** Cloning a view would take the whole buffer under it along, which may be an image. */
function ownedBytes(layers: Layers): Layers {
  const segments = layers.segments.map((segment) => {
    const { content, skip, length } = segment;
    return content.kind === 'bytes'
      ? {
          ...segment,
          skip: 0,
          content: {
            kind: 'bytes',
            bytes: Uint8Array.from(content.bytes.subarray(skip, skip + length)),
          } as const,
        }
      : segment;
  });
  return { ...layers, segments };
}

async function describeAll(sources: Sources, { segments }: Layers): Promise<DigestJob['sources']> {
  const used = new Set(segments.map(({ content }) => (content.kind === 'source' ? content.source : 'image')));
  const described: (readonly [Parameters<typeof used.has>[0], SourceDescription])[] = [];
  for (const [name, source] of sources) {
    if (name !== 'image' && used.has(name)) {
      described.push([name, await describe(source)]);
    }
  }
  return described;
}

async function describe(source: Source): Promise<SourceDescription> {
  if (!(source instanceof FileSource)) {
    return { kind: 'bytes', bytes: await source.read(0, source.size) };
  }
  const { path, size, isDevice } = source;
  return { kind: 'path', path: isRawVolume(path) ? path : absolutePath(path), size, isDevice };
}

async function runHere(job: DigestJob, { onProgress }: Watching): Promise<DigestResult> {
  const { runDigestJob } = await import('./digest-loop.js');
  return runDigestJob(job, (progress) => onProgress?.(progress));
}

async function runInWorker(job: DigestJob, { onProgress, signal }: Watching): Promise<DigestResult> {
  // Most edits compute no digest, and loading threads takes as long as some of them do.
  const { Worker } = await import('node:worker_threads');
  return new Promise((resolve, reject) => {
    const worker = new Worker(digestThread(), {
      workerData: job,
      execArgv: workerOptions(),
    });
    const onAbort = (): void => finish(() => reject(interrupted()));
    const finish = (settle: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      worker.removeAllListeners();
      worker.on('error', () => undefined);
      // Only when the thread is gone may the caller delete what it wrote.
      void worker.terminate().then(settle, settle);
    };
    signal?.addEventListener('abort', onAbort);
    worker.on('message', (message: DigestMessage) => {
      if (message.kind === 'progress') {
        onProgress?.({ done: message.done, total: message.total });
      } else if (message.kind === 'result') {
        finish(() => resolve(message.result));
      } else {
        const { code, message: text } = message.failure;
        finish(() => reject(new IsoError(code, text, message.failure)));
      }
    });
    worker.on('error', (error) => finish(() => reject(workerFailure(messageOf(error), error))));
    worker.on('exit', (code) => finish(() => reject(workerFailure(`it ended with ${code}`, undefined))));
  });
}

/** The options that this process was started with, but for the one that a thread with a file of its own refuses. */
function workerOptions(): string[] {
  return process.execArgv.filter(
    (option, index, all) => !option.startsWith('--input-type') && all[index - 1] !== '--input-type',
  );
}

function workerFailure(message: string, cause: unknown): IsoError {
  return new IsoError('ISO_INTERNAL', `the digest thread failed: ${message}`, { cause });
}
