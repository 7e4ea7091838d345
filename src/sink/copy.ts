import { open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { unlinkSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { IsoError } from '../errors.js';
import type { RunningMd5Cover } from '../layout/running-md5.js';
import type { Patch, PatchList } from '../plan/patch.js';
import { FileSource, isFile } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import { linkStatsAt, statsAt } from '../source/stats.js';
import { checkUnchanged } from './before.js';
import {
  copyByLoop,
  copyBySystem,
  createEmpty,
  isPlain,
  isSparse,
  reflink,
  type CloneMethod,
} from './clone.js';
import type { DigestOutput } from './digest-job.js';
import { digestOverlay, type DigestAlgorithm, type DigestResult } from './digest.js';
import { fingerprintOf } from './fingerprint.js';
import { outputFailure } from './failure.js';
import { HandleStream } from './handle-stream.js';
import { removeLeftovers } from './leftover.js';
import { outputExists } from './name.js';
import { makeFile } from './new-file.js';
import { OverlaySource, type Sources } from './overlay.js';
import type { OnProgress } from './progress.js';
import { stopIfAborted } from '../source/stop.js';
import { writeOrder } from './segment.js';
import { closeSpecialFile, openSpecialFile } from './special-file.js';
import { applyToStream } from './stream.js';
import { syncFile } from './sync.js';
import { setSize, writePatch } from './write.js';

/** What is computed while the copy is made. */
export interface CopyDigest {
  /** An MD5 that is read on the way. */
  readonly runningMd5?: RunningMd5Cover | undefined;
  /** Digests of the image with `list` applied, before the patches that `then` gives. */
  readonly algorithms?: readonly DigestAlgorithm[] | undefined;
  /** Gives the patches that needed the sums first: the media check field itself. Not to change the size. */
  readonly then?: ((result: DigestResult) => readonly Patch[]) | undefined;
}

/** An edited copy of an image. */
export interface CopyRequest {
  /** A file, device or other source that stays open if it was given so, or a path. */
  readonly input: Source | string;
  /** A path; a pipe or device there is written straight. */
  readonly output: string;
  readonly list: PatchList;
  readonly sources: Sources;
  /** Whether an existing output may be replaced. */
  readonly force: boolean;
  readonly digest?: CopyDigest | undefined;
  /** Whether others keep the other cores busy, and no killed run has left anything in the folder. */
  readonly amongMany?: boolean | undefined;
  /** Is shown the finished copy before it takes its name; what it throws keeps that from happening. */
  readonly verify?: ((result: Source) => Promise<unknown>) | undefined;
  /** Is told the path of each temporary file that was removed, left by a run that was killed. */
  readonly onLeftover?: ((path: string) => void) | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was made. */
export interface CopyResult {
  /** The path that was written: with `force`, where a link at the output led. */
  readonly output: string;
  /** Its size in bytes. */
  readonly size: number;
  readonly method: CloneMethod | 'stream';
  readonly digests: DigestResult | undefined;
}

interface Job extends Omit<CopyRequest, 'input'> {
  readonly input: Source;
}

/**
 * Writes an edited copy: under a temporary name beside the output, synced, and then under its own.
 *
 * On failure nothing is left. Errors: `ISO_OUTPUT_EXISTS`, `ISO_OUTPUT_IO`, `ISO_OUTPUT_CLOSED` (a pipe),
 * `ISO_SOURCE_CHANGED`, `ISO_INTERRUPTED`, `ISO_PLAN_GATE`, those of reading the input and the sources.
 */
export async function applyToCopy(request: CopyRequest): Promise<CopyResult> {
  stopIfAborted(request.signal);
  const { input } = request;
  const source = typeof input === 'string' ? await FileSource.open(input) : input;
  try {
    const job = { ...request, input: source };
    await checkUnchanged(source, job.list);
    const existing = statsAt(job.output);
    if (existing !== undefined && isStream(existing)) {
      return await copyToStream(job, existing);
    }
    if (existing?.isDirectory() === true && job.force) {
      throw new IsoError('ISO_OUTPUT_IO', `${job.output} is a folder; name a file in it`);
    }
    return await copyToFile({ ...job, output: await outputPath(job) });
  } finally {
    if (typeof input === 'string') {
      await source.close();
    }
  }
}

function isStream(stats: Stats): boolean {
  return stats.isFIFO() || stats.isCharacterDevice() || stats.isBlockDevice();
}

/** The path to write; asked for before the copy, which may take minutes, and again when it takes its name. */
async function outputPath({ output, force, amongMany, onLeftover }: Job): Promise<string> {
  // With `force` a link stays, and what it leads to is replaced.
  const path = force ? await realpath(output).catch(() => output) : output;
  if (amongMany !== true) {
    await removeLeftovers(dirname(path), onLeftover);
  }
  const taken = force ? undefined : linkStatsAt(path);
  if (taken !== undefined) {
    throw outputExists(path, taken.isDirectory());
  }
  return path;
}

async function copyToFile(job: Job): Promise<CopyResult> {
  const { method, digests } = await makeFile(job, async (temporary) => {
    const before = fingerprint(job.input);
    const filled = await fill(job, temporary);
    if (fingerprint(job.input) !== before) {
      throw new IsoError('ISO_SOURCE_CHANGED', `${job.input.name} changed while it was copied`);
    }
    return filled;
  });
  return { output: job.output, size: job.list.newSize, method, digests };
}

/** Only a file has a fingerprint. */
function fingerprint(input: Source): string {
  return isFile(input) ? fingerprintOf(input.path) : '';
}

type Filled = Pick<CopyResult, 'digests'> & { readonly method: CloneMethod };

async function fill(job: Job, temporary: string): Promise<Filled> {
  const mode = createEmpty(temporary, job.input);
  // The system's copying wants to make the file itself: macOS shares blocks only with a new one.
  unlinkSync(temporary);
  if (await reflink(job.input, temporary, mode)) {
    const digests = await digestOf(job);
    return finish(job, temporary, { method: 'reflink', digests });
  }
  const isHashedAmongMany = job.digest !== undefined && job.amongMany === true;
  if (isPlain(job.input) && !isHashedAmongMany) {
    const filled = await fillPlain(job, job.input, { temporary, mode });
    if (filled !== undefined) {
      return filled;
    }
  }
  createEmpty(temporary, job.input);
  return fillByLoop(job, temporary);
}

/**
 * The system copies and a thread hashes, each reading the input by itself: on files in memory that takes 1.00
 * times the MD5 alone, and one loop that does both 1.07 to 1.2 times; but the loop takes less of both cores' time, which
 * counts where they are shared. On slow disks the two keep abreast, so that the second finds in memory what the first
 * has read. Nothing where the system cannot copy this file.
 */
async function fillPlain(
  job: Job,
  input: FileSource,
  { temporary, mode }: { temporary: string; mode: number },
): Promise<Filled | undefined> {
  const onProgress = job.digest === undefined ? job.onProgress : undefined;
  const [copied, digests] = await together(
    job.signal,
    (signal) => copyBySystem(input, temporary, mode, { signal, onProgress }),
    (signal) => digestOf({ ...job, signal }),
  );
  return copied ? finish(job, temporary, { method: 'system', digests }) : undefined;
}

/** Does two things at once; when one fails the other is cancelled and waited for, and the first failure thrown. */
async function together<A, B>(
  signal: AbortSignal | undefined,
  one: (signal: AbortSignal) => Promise<A>,
  other: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const stop = new AbortController();
  const either = AbortSignal.any(signal === undefined ? [stop.signal] : [signal, stop.signal]);
  const failures: unknown[] = [];
  const noting = (error: unknown): never => {
    failures.push(error);
    stop.abort();
    throw error;
  };
  const both = [one(either).catch(noting), other(either).catch(noting)] as const;
  await Promise.allSettled(both);
  if (failures.length > 0) {
    throw failures[0];
  }
  return Promise.all(both);
}

async function digestOf(job: Job, output?: DigestOutput): Promise<DigestResult | undefined> {
  if (job.digest === undefined) {
    return undefined;
  }
  const { input: base, list, sources, digest, onProgress, signal } = job;
  return digestOverlay({ base, list, sources, ...digest, output, onProgress, signal });
}

/** A device must not be read in two places at once, and a sparse file's holes are ours to keep: one pass does both. */
async function fillByLoop(job: Job, temporary: string): Promise<Filled> {
  const method = 'loop';
  if (job.digest === undefined) {
    await copyByLoop(job.input, temporary, job);
    return finish(job, temporary, { method, digests: undefined });
  }
  const digests = await digestOf(job, {
    path: temporary,
    holes: isSparse(job.input),
    inTurn: job.amongMany,
  });
  // That pass wrote the edited image already; what is left is what had to wait for the sums.
  const done = { ...job, list: { ...job.list, patches: [] } };
  return finish(done, temporary, { method, digests });
}

/** Writes the patches over the copied bytes, and waits until the medium has them. */
async function finish(job: Job, temporary: string, filled: Filled): Promise<Filled> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'r+');
    const target = { handle, path: temporary };
    await setSize(target, job.list.newSize);
    for (const patch of writeOrder(withDigests(job, filled.digests))) {
      stopIfAborted(job.signal);
      await writePatch(target, patch, { image: job.input, sources: job.sources });
    }
    await syncFile(handle, temporary);
    return filled;
  } catch (error) {
    throw outputFailure(temporary, error);
  } finally {
    await handle?.close();
  }
}

function withDigests({ list, digest }: Job, digests: DigestResult | undefined): PatchList {
  const more = digests === undefined ? [] : (digest?.then?.(digests) ?? []);
  return { ...list, patches: [...list.patches, ...more] };
}

async function copyToStream(job: Job, stats: Stats): Promise<CopyResult> {
  const digests = await digestOf({ ...job, onProgress: undefined });
  const source = new OverlaySource(job.input, withDigests(job, digests), job.sources);
  await job.verify?.(source);
  const { output: name, onProgress, signal } = job;
  let handle: FileHandle | undefined;
  try {
    handle = await openSpecialFile(name, stats, signal);
    const writable = new HandleStream(handle);
    const { bytes } = await applyToStream({ source, writable, name, onProgress, signal });
    await syncFile(handle, job.output);
    return { output: job.output, size: bytes, method: 'stream', digests };
  } catch (error) {
    throw outputFailure(job.output, error);
  } finally {
    if (handle !== undefined) {
      await closeSpecialFile(handle, signal);
    }
  }
}
