import { IsoError } from '../errors.js';
import { encodeMediaCheck } from '../layout/media-check.js';
import { mediaCheckCover, mediaCheckSumOf } from '../layout/media-check-sum.js';
import type { RunningMd5Cover } from '../layout/running-md5.js';
import { withMediaCheckField, type MediaCheckPlan } from '../plan/media-check.js';
import type { Patch, PatchList } from '../plan/patch.js';
import type { SeenRange, Step } from '../plan/view.js';
import { checkUnchanged } from '../sink/before.js';
import { applyToCopy } from '../sink/copy.js';
import { digestOverlay, type DigestResult } from '../sink/digest.js';
import { applyInPlace } from '../sink/in-place.js';
import { OverlaySource } from '../sink/overlay.js';
import { stopIfAborted } from '../source/stop.js';
import { applyToStream } from '../sink/stream.js';
import { undoRanges } from '../sink/undo-range.js';
import { checkWritten } from '../sink/written.js';
import type { Source } from '../source/source.js';
import { stoppable } from '../source/stoppable-source.js';
import type { ApplyOptions } from './edit-options.js';
import type { CarriedOut, EditPlan } from './edit-plan.js';
import { noteLeftover, SILENT, tellOfReading } from './logger.js';
import { pathOf } from './open-image.js';
import { refuseOnDevice, type InjectTarget, type StreamTarget } from './target.js';
import { undoPathOf } from './undo.js';

type Done = Omit<CarriedOut, 'mode' | 'dryRun'>;

/** A plan that is being carried out, and how. */
interface Job extends Omit<EditPlan<unknown>, 'report' | 'close' | typeof Symbol.asyncDispose> {
  readonly source: Source;
  readonly options: ApplyOptions;
}

/** Calls a planner until it has seen all it asks for. */
export async function planWithReads<P>(
  source: Source,
  planner: (seen: readonly SeenRange[]) => Step<P>,
): Promise<P> {
  const seen: SeenRange[] = [];
  for (;;) {
    const step = planner(seen);
    if (step.kind === 'plan') {
      return step.plan;
    }
    const reads = step.ranges.map(async ({ offset, length }) => ({
      offset,
      bytes: await source.read(offset, length),
    }));
    seen.push(...(await Promise.all(reads)));
  }
}

/**
 * Writes an edit to a copy, in place or to a stream, and proves the result before it says so; a dry run only computes.
 *
 * On failure the original, or nothing, is left. Errors: those of the sinks and of the check; `ISO_PLAN_GROWTH` and
 * `ISO_USAGE_ARGUMENT` for what cannot be done to a device.
 */
export async function carryOut(plan: EditPlan<unknown>, options: ApplyOptions): Promise<Done> {
  const { list, image } = plan;
  const { source } = image;
  const edit: Job = { ...plan, source, options };
  refuseOnDevice(source, list, options.target);
  loggerOf(edit).debug({ patches: list.patches.length }, 'edit planned');
  tellOfRoom(edit, await undoPathFor(edit));
  stopIfAborted(options.signal);
  if (options.dryRun === true) {
    // The new sum of a media check is part of what would change, and takes the same one read of the image.
    return { list: await listWithSum(edit), output: null, undo: null, sha256: null };
  }
  switch (options.target.kind) {
    case 'copy':
      return toCopy(edit, options.target);
    case 'in-place':
      return inPlace(edit, requirePath(source));
    case 'stream':
      return toStream(edit, options.target);
  }
}

async function toCopy(edit: Job, target: Extract<InjectTarget, { kind: 'copy' }>): Promise<Done> {
  const { options, source, mediaCheck, sources } = edit;
  const runningMd5 = mediaCheck.kind === 'sum' ? coverOf(edit, mediaCheck) : undefined;
  let list = edit.list;
  const then = (result: DigestResult): readonly Patch[] => {
    list = withSum(edit, result);
    return list.patches.filter((patch) => !edit.list.patches.includes(patch));
  };
  await applyToCopy({
    input: source,
    output: target.path,
    list: edit.list,
    sources,
    force: target.force,
    amongMany: options.amongMany,
    digest: runningMd5 && { runningMd5, then },
    verify: async (result) => {
      await prove(edit, result, { list, sameTrees: false, signal: options.signal });
    },
    onLeftover: noteLeftover(options.logger),
    onProgress: options.onProgress,
    signal: options.signal,
  });
  loggerOf(edit).info({ output: target.path, sources: [...sources.keys()] }, 'copy written');
  return { list, output: target.path, undo: null, sha256: null };
}

/** Only what has a path can be written to. */
function requirePath(source: Source): string {
  const path = pathOf(source);
  if (path === undefined) {
    throw new IsoError('ISO_USAGE_ARGUMENT', `${source.name} is no file, and cannot be edited in place`, {
      wanted: 'a copy or a stream as target',
    });
  }
  return path;
}

async function inPlace(edit: Job, path: string): Promise<Done> {
  const { image, options, sources } = edit;
  const list = await listWithSum(edit);
  const undoPath = await undoPathFor(edit);
  await applyInPlace({
    path,
    list,
    sources,
    undo: undoPath === undefined ? 'none' : { path: undoPath },
    verify: async (result) => {
      // What cannot be taken back is finished.
      const signal = undoPath === undefined ? undefined : options.signal;
      await prove(edit, result, { list, sameTrees: true, signal });
    },
    checkpoint: options.checkpoint,
    signal: options.signal,
  });
  loggerOf(edit).info({ image: path, undo: undoPath }, 'image edited in place');
  return { list, output: image.name, undo: undoPath ?? null, sha256: null };
}

/** Where the undo file of an edit in place goes, where it is to have one. */
async function undoPathFor({ source, options: { target } }: Job): Promise<string | undefined> {
  if (target.kind !== 'in-place' || target.undo === false) {
    return undefined;
  }
  return target.undo ?? undoPathOf(requirePath(source));
}

/** Old bytes that an undo file may need without a word; as many as a disc reads in some ten seconds. */
const SILENT_UNDO_BYTES = 64 * 1024 * 1024;

function tellOfRoom(edit: Job, undoPath: string | undefined): void {
  const bytes = undoRanges(edit.list).reduce((sum, { oldLength }) => sum + oldLength, 0);
  if (undoPath !== undefined && bytes > SILENT_UNDO_BYTES) {
    const size = `${Math.ceil(bytes / 1_048_576)} MiB`;
    loggerOf(edit).warn({ bytes, undo: undoPath }, `${size} of old bytes go to ${undoPath} first`);
  }
}

/** A stream cannot be taken back, so the result is proved before its first byte goes out. */
async function toStream(edit: Job, target: StreamTarget): Promise<Done> {
  const { options, source, sources } = edit;
  await checkUnchanged(source, edit.list);
  const list = await listWithSum(edit);
  const result = new OverlaySource(source, list, sources);
  await verify(edit, stoppable(result, options.signal), false);
  const { digest } = await applyToStream({
    source: result,
    writable: target.stream,
    recycle: target.recycle,
    name: 'standard output',
    hash: target.digest === true ? 'sha256' : undefined,
    onProgress: options.onProgress,
    signal: options.signal,
  });
  return { list, output: '-', undo: null, sha256: digest ?? null };
}

interface Proving {
  readonly list: PatchList;
  readonly sameTrees: boolean;
  readonly signal: AbortSignal | undefined;
}

async function prove(edit: Job, written: Source, { list, sameTrees, signal }: Proving): Promise<void> {
  const result = stoppable(written, signal);
  await checkWritten(result, list, edit.sources);
  await verify(edit, result, sameTrees);
}

async function verify(edit: Job, result: Source, sameTrees: boolean): Promise<void> {
  await edit.check(result, { sameTrees });
  loggerOf(edit).debug({ size: result.size }, 'result read again and found right');
}

/** The plan's list, with the new media check sum in it where there is to be one: that takes one read of the image. */
async function listWithSum(edit: Job): Promise<PatchList> {
  const { mediaCheck, list, source, sources, options } = edit;
  if (mediaCheck.kind !== 'sum') {
    return list;
  }
  const result = await digestOverlay({
    base: source,
    list,
    sources,
    runningMd5: coverOf(edit, mediaCheck),
    onProgress: options.onProgress,
    signal: options.signal,
  });
  return withSum(edit, result);
}

type SumPlan = Extract<MediaCheckPlan, { kind: 'sum' }>;

/** What the new sum takes reading for, which is said before it starts. */
function coverOf({ options }: Job, { coveredBytes, fieldOffset }: SumPlan): RunningMd5Cover {
  tellOfReading(coveredBytes, options.logger);
  return mediaCheckCover(coveredBytes, fieldOffset);
}

function withSum({ list, mediaCheck }: Job, { runningMd5 }: DigestResult): PatchList {
  if (mediaCheck.kind !== 'sum' || runningMd5 === undefined) {
    throw new IsoError('ISO_INTERNAL', 'a media check sum was not computed');
  }
  const sum = mediaCheckSumOf(runningMd5, mediaCheck.coveredBytes);
  return withMediaCheckField(list, mediaCheck, encodeMediaCheck(sum, mediaCheck.rhlIsoStatus));
}

function loggerOf({ options }: Job): typeof SILENT {
  return options.logger ?? SILENT;
}
