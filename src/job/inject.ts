import { findDisagreements } from '../check/agreement.js';
import { checkInjection } from '../check/injection.js';
import { IsoError } from '../errors.js';
import { encodeMediaCheck } from '../layout/media-check.js';
import { planInject, type InjectionPlan } from '../plan/inject.js';
import { withMediaCheckField } from '../plan/media-check.js';
import type { Patch, PatchList, SourceName } from '../plan/patch.js';
import { requireEditable, requireNotBootable } from '../plan/precondition.js';
import type { InjectRequest } from '../plan/request.js';
import type { SeenRange } from '../plan/view.js';
import { readImage, type Image } from '../read/image.js';
import { applyToCopy } from '../sink/copy.js';
import { digestOverlay, type DigestResult } from '../sink/digest.js';
import { applyInPlace } from '../sink/in-place.js';
import { OverlaySource } from '../sink/overlay.js';
import { stopIfAborted } from '../sink/progress.js';
import { applyToStream } from '../sink/stream.js';
import { checkWritten } from '../sink/written.js';
import { FileSource } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import { chooseBoot, type ChosenBoot } from './boot-choice.js';
import type { InjectOptions } from './inject-options.js';
import { isAlreadyDone, reportAlreadyDone } from './ensure.js';
import { checkExpectation } from './expectation.js';
import { reportInjection } from './inject-report.js';
import { SILENT, type Logger } from './logger.js';
import { refuseOnDevice, refuseSameFile, type InjectTarget, type StreamTarget } from './target.js';
import type { InjectReport } from './report.js';
import { refuseInterrupted, undoPathOf } from './undo.js';

/** Everything that one injection works with. */
interface Job {
  readonly options: InjectOptions;
  readonly logger: Logger;
  readonly source: FileSource;
  readonly image: Image;
  readonly chosen: ChosenBoot;
  readonly plan: InjectionPlan;
  /** How many structures of the image contradicted each other before. */
  readonly disagreements: number;
}

/**
 * Makes an image bootable and proves the result before it says so.
 *
 * On failure the original, or nothing, is left. Errors: those of `chooseBoot`, `planInject` and the sinks;
 * `ISO_SOURCE_DIGEST`, `ISO_USAGE_SAME_FILE`, `ISO_OUTPUT_VERIFY`, `ISO_UNDO_INTERRUPTED`.
 */
export async function inject(options: InjectOptions): Promise<InjectReport> {
  const logger = options.logger ?? SILENT;
  const { input, target } = options;
  const source = await FileSource.open(input);
  let chosen: ChosenBoot | undefined;
  try {
    if (target.kind === 'copy') {
      await refuseSameFile(input, target.path);
    }
    await refuseInterrupted(input, target.kind === 'in-place' ? target.undo : undefined);
    if (options.expect !== undefined) {
      await checkExpectation(input, options.expect, options);
    }
    const image = await readImage(source);
    logger.debug(
      { size: image.size, trees: image.trees.length, findings: image.findings.length },
      'image read',
    );
    requireEditable(image);
    if (options.ensure !== true) {
      requireNotBootable(image);
    }
    chosen = await chooseBoot(image, source, options);
    if (options.ensure === true && isAlreadyDone(image, chosen)) {
      return reportAlreadyDone(image, options);
    }
    const plan = await planWithReads(image, source, requestFor(chosen, options));
    refuseOnDevice(source, plan, target);
    logger.debug({ patches: plan.list.patches.length, catalog: plan.catalog.lba }, 'edit planned');
    stopIfAborted(options.signal);
    // Looked at before anything is written: an edit in place leaves no other image to hold the result against.
    const disagreements = plan.moves.length === 0 ? 0 : (await findDisagreements(source, image)).length;
    return await carryOut({ options, logger, source, image, chosen, plan, disagreements });
  } finally {
    await source.close();
    await Promise.all([...(chosen?.sources.values() ?? [])].map((each) => each.close()));
  }
}

function requestFor(chosen: ChosenBoot, options: InjectOptions): InjectRequest {
  return {
    entries: chosen.entries,
    idString: options.id ?? chosen.idString,
    reuseCatalog: options.reuseCatalog ?? true,
    mediaCheck: options.mediaCheck ?? 'keep',
  };
}

/** Calls the planner until it has seen all it asks for. */
export async function planWithReads(
  image: Image,
  source: Source,
  request: InjectRequest,
): Promise<InjectionPlan> {
  const seen: SeenRange[] = [];
  for (;;) {
    const step = planInject(image, request, seen);
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

async function carryOut(job: Job): Promise<InjectReport> {
  const { options } = job;
  if (options.dryRun === true) {
    // The new sum of a media check is part of what would change, and takes the same one read of the image.
    return report(job, await listWithSum(job), { output: null, undo: null, sha256: null });
  }
  switch (options.target.kind) {
    case 'copy':
      return injectCopy(job, options.target);
    case 'in-place':
      return injectInPlace(job, options.target);
    case 'stream':
      return injectStream(job, options.target);
  }
}

function report(
  { options, image, plan }: Job,
  list: PatchList,
  outcome: { output: string | null; undo: string | null; sha256: string | null },
): InjectReport {
  const { input, target, dryRun } = options;
  return reportInjection(image, plan, list, {
    input,
    mode: target.kind,
    dryRun: dryRun === true,
    warnings: [],
    ...outcome,
  });
}

async function injectCopy(job: Job, target: Extract<InjectTarget, { kind: 'copy' }>): Promise<InjectReport> {
  const { options, source, plan, chosen } = job;
  let list = plan.list;
  const { mediaCheck } = plan;
  const then = (result: DigestResult): readonly Patch[] => {
    list = withSum(plan, result);
    return list.patches.filter((patch) => !plan.list.patches.includes(patch));
  };
  await applyToCopy({
    input: source,
    output: target.path,
    list: plan.list,
    sources: sourcesOf(job),
    force: target.force,
    digest: mediaCheck.kind === 'sum' ? { mediaCheck, then } : undefined,
    verify: async (result) => {
      await checkWritten(result, list, sourcesOf(job));
      await verify(job, result);
    },
    onProgress: options.onProgress,
    signal: options.signal,
  });
  job.logger.info({ output: target.path, sources: [...chosen.sources.keys()] }, 'copy written');
  return report(job, list, { output: target.path, undo: null, sha256: null });
}

async function injectInPlace(
  job: Job,
  target: Extract<InjectTarget, { kind: 'in-place' }>,
): Promise<InjectReport> {
  const { options, plan } = job;
  const list = await listWithSum(job);
  const undoPath = target.undo === false ? undefined : (target.undo ?? (await undoPathOf(options.input)));
  await applyInPlace({
    path: options.input,
    list,
    sources: sourcesOf(job),
    undo: undoPath === undefined ? 'none' : { path: undoPath },
    verify: async (result) => {
      await checkWritten(result, list, sourcesOf(job));
      await verify(job, result, { sameTrees: plan.moves.length === 0 });
    },
    checkpoint: options.checkpoint,
    signal: options.signal,
  });
  job.logger.info({ image: options.input, undo: undoPath }, 'image edited in place');
  return report(job, list, { output: options.input, undo: undoPath ?? null, sha256: null });
}

/** A stream cannot be taken back, so the result is proved before its first byte goes out. */
async function injectStream(job: Job, target: StreamTarget): Promise<InjectReport> {
  const { options, source } = job;
  const list = await listWithSum(job);
  const result = new OverlaySource(source, list, sourcesOf(job));
  await verify(job, result);
  const { digest } = await applyToStream({
    source: result,
    writable: target.stream,
    recycle: target.recycle,
    name: 'standard output',
    hash: target.digest === true ? 'sha256' : undefined,
    onProgress: options.onProgress,
    signal: options.signal,
  });
  return report(job, list, { output: '-', undo: null, sha256: digest ?? null });
}

async function verify(
  { image, plan, disagreements, logger }: Job,
  result: Source,
  { sameTrees }: { sameTrees: boolean } = { sameTrees: false },
): Promise<void> {
  await checkInjection(result, image, plan, { sameTrees, disagreements });
  logger.debug({ size: result.size }, 'result read again and found right');
}

function sourcesOf({ chosen }: Job): ReadonlyMap<SourceName, Source> {
  return chosen.sources;
}

/** The plan's list, with the new media check sum in it where there is to be one: that takes one read of the image. */
async function listWithSum(job: Job): Promise<PatchList> {
  const { plan, source, options } = job;
  if (plan.mediaCheck.kind !== 'sum') {
    return plan.list;
  }
  job.logger.info({ bytes: plan.mediaCheck.coveredBytes }, 'reading the image once for its media check');
  const result = await digestOverlay({
    base: source,
    list: plan.list,
    sources: sourcesOf(job),
    mediaCheck: plan.mediaCheck,
    onProgress: options.onProgress,
    signal: options.signal,
  });
  return withSum(plan, result);
}

function withSum(plan: InjectionPlan, { mediaCheck: sum }: DigestResult): PatchList {
  if (plan.mediaCheck.kind !== 'sum' || sum === undefined) {
    throw new IsoError('ISO_INTERNAL', 'a media check sum was not computed');
  }
  return withMediaCheckField(plan.list, plan.mediaCheck, encodeMediaCheck(sum, plan.mediaCheck.rhlIsoStatus));
}
