import { createHash } from 'node:crypto';
import { RunningMd5, type CopyableHash } from '../layout/running-md5.js';
import type { DigestJob, DigestResult } from './digest-job.js';
import { OverlappedOutput } from './overlapped-output.js';
import { paced, type OnProgress } from './progress.js';
import { SyncOverlay } from './sync-overlay.js';

/**
 * Buffers in turn, so that the system writes some while the next is read and hashed. Four of 256 KiB came out
 * fastest on 1 GiB in memory: 1.36 s, against 1.27 s for the MD5 alone and 1.9 s with plain writes in between.
 */
const BUFFER_LENGTH = 262_144;
const BUFFER_COUNT = 4;

/**
 * Reads an edited image from start to end, digests it, and writes it to the output if there is one.
 *
 * Reads are synchronous: this runs in a thread of its own, or on a small image. Errors: `ISO_SOURCE_IO`, `ISO_SOURCE_BOUNDS` when
 * a file became shorter, `ISO_OUTPUT_IO`.
 */
export async function runDigestJob(job: DigestJob, onProgress: OnProgress): Promise<DigestResult> {
  const overlay = new SyncOverlay(job);
  let output: OverlappedOutput | undefined;
  try {
    output = job.output === undefined ? undefined : new OverlappedOutput(job.output);
    return await runLoop(job, overlay, output, paced(onProgress));
  } finally {
    await output?.close();
    overlay.close();
  }
}

async function runLoop(
  job: DigestJob,
  overlay: SyncOverlay,
  output: OverlappedOutput | undefined,
  report: OnProgress,
): Promise<DigestResult> {
  const digester = new Digester(job);
  const total = job.layers.newSize;
  const length = Math.min(BUFFER_LENGTH, total);
  const count = output === undefined ? 1 : BUFFER_COUNT;
  const buffers = Array.from({ length: count }, () => new Uint8Array(length));
  for (let offset = 0; offset < total; offset += BUFFER_LENGTH) {
    const turn = (offset / BUFFER_LENGTH) % count;
    await output?.settled(turn);
    const bytes = (buffers[turn] ?? new Uint8Array(length)).subarray(0, total - offset);
    overlay.fill(bytes, offset);
    output?.start(turn, bytes, offset);
    digester.update(bytes, offset);
    report({ done: offset + bytes.length, total });
  }
  await output?.finish(total);
  return digester.finish();
}

/** The sums that a job asks for, fed together. */
class Digester {
  readonly #running: RunningMd5 | undefined;
  readonly #hashes: readonly (readonly [string, ReturnType<typeof createHash>])[];

  constructor({ runningMd5, algorithms }: DigestJob) {
    this.#running = runningMd5 && new RunningMd5(newMd5, runningMd5);
    this.#hashes = algorithms.map((algorithm) => [algorithm, createHash(algorithm)]);
  }

  update(bytes: Uint8Array, offset: number): void {
    this.#running?.update(bytes, offset);
    this.#hashes.forEach(([, hash]) => hash.update(bytes));
  }

  finish(): DigestResult {
    const digests = Object.fromEntries(this.#hashes.map(([name, hash]) => [name, hash.digest('hex')]));
    return { runningMd5: this.#running?.finish(), digests };
  }
}

function newMd5(): CopyableHash {
  return createHash('md5');
}
