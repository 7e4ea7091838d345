/** Edits of an image that comes as a stream: in one pass where that can be, else by way of a temporary file. */
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { IsoError } from '../errors.js';
import { applyToFlow } from '../sink/flow.js';
import { outputExists } from '../sink/name.js';
import { stopIfAborted } from '../source/stop.js';
import { saveAs } from '../sink/save.js';
import type { StreamResult } from '../sink/stream.js';
import { checkWritten } from '../sink/written.js';
import type { HeldStream } from '../source/held-stream.js';
import { PrefixSource } from '../source/prefix-source.js';
import { linkStatsAt } from '../source/stats.js';
import { applyPlan } from './apply.js';
import type { Planner } from './edit.js';
import { withInput } from './edit-input.js';
import type { ApplyOptions, EditOptions } from './edit-options.js';
import type { EditPlan } from './edit-plan.js';
import { spoolSaying, STREAM_NAME, withStream } from './input.js';
import { noteLeftover } from './logger.js';
import { openImage } from './open-image.js';
import { planOnStart } from './stream-plan.js';
import { isSpecialFile, type CopyTarget, type StreamTarget } from './target.js';

type Target = CopyTarget | StreamTarget;

interface StreamEditOptions extends Omit<EditOptions, 'input'> {
  readonly input: Readable;
}

/**
 * Edits an image that comes as a stream.
 *
 * On failure no file is left half-written; a stream that is written may have begun. Errors: `ISO_USAGE_ARGUMENT` for an
 * edit in place; `ISO_SOURCE_TRUNCATED` when the stream ends too early; `ISO_OUTPUT_VERIFY` when its length turns out to
 * make another edit of it; those of the planner and of `apply`.
 */
export async function editStream<Report>(
  { input, ...options }: StreamEditOptions,
  planner: Planner<Report>,
): Promise<Report> {
  const { target } = options;
  if (target.kind === 'in-place') {
    throw new IsoError('ISO_USAGE_ARGUMENT', 'a stream cannot be edited in place', {
      wanted: 'a copy or a stream as target',
    });
  }
  refuseTaken(target);
  return withStream(input, options.signal, async (stream) => {
    const planned = await planOnStart(stream, options, planner);
    if (typeof planned === 'string') {
      return throughFile(stream, planned, { ...options, target }, planner);
    }
    try {
      return await inOnePass({ stream, plan: planned, target, options, planner });
    } finally {
      await planned.image.close();
    }
  });
}

/** What would come to light only when all of the stream has been taken. */
function refuseTaken(target: Target): void {
  if (target.kind === 'copy' && !target.force) {
    const taken = linkStatsAt(target.path);
    if (taken?.isFile() === true || taken?.isDirectory() === true) {
      throw outputExists(target.path, taken.isDirectory());
    }
  }
}

async function throughFile<Report>(
  stream: HeldStream,
  why: string,
  options: ApplyOptions & { target: Target },
  planner: Planner<Report>,
): Promise<Report> {
  const { target } = options;
  const input = await spoolSaying(stream, why, options, folderBeside(target));
  try {
    return await withInput({ ...options, input, name: STREAM_NAME }, async (image) =>
      applyPlan(await planner(image), options),
    );
  } finally {
    await input.close();
  }
}

/** The folder of an output that is a file: that is where room was thought of. */
function folderBeside(target: Target): string | undefined {
  return target.kind === 'copy' && !isSpecialFile(target.path) ? dirname(target.path) : undefined;
}

/** A plan that is carried out while the image flows by. */
interface Pass<Report> {
  readonly stream: HeldStream;
  readonly plan: EditPlan<Report>;
  readonly target: Target;
  readonly options: ApplyOptions;
  readonly planner: Planner<Report>;
}

async function inOnePass<Report>(pass: Pass<Report>): Promise<Report> {
  const { plan, target, options } = pass;
  const { dryRun = false, signal } = options;
  stopIfAborted(signal);
  if (dryRun || (plan.alreadyDone && target.kind !== 'stream')) {
    return reportOf(plan, options, { output: null });
  }
  if (target.kind === 'copy') {
    return reportOf(await saveFlow(pass, target), options, { output: target.path });
  }
  const { stream: writable, digest: isDigested } = target;
  const hash = isDigested === true ? 'sha256' : undefined;
  const { digest } = await flow(pass, { writable, name: 'standard output', hash });
  return reportOf(await planForLength(pass), options, { output: '-', sha256: digest });
}

function reportOf<Report>(
  plan: EditPlan<Report>,
  { target, dryRun = false }: ApplyOptions,
  { output, sha256 = null }: { output: string | null; sha256?: string | null | undefined },
): Report {
  return plan.report({ list: plan.list, output, sha256, undo: null, mode: target.kind, dryRun });
}

function flow(
  { stream, plan, options }: Pass<unknown>,
  to: { writable: Writable; name: string; hash?: string | undefined },
): Promise<StreamResult> {
  const { list, sources } = plan;
  const { onProgress, signal } = options;
  return applyToFlow({ input: stream, list, sources, onProgress, signal, ...to });
}

/** Writes the result to a file, which takes its name once it has been read again; gives the plan for its length. */
async function saveFlow<Report>(pass: Pass<Report>, { path, force }: CopyTarget): Promise<EditPlan<Report>> {
  let settled = pass.plan;
  await saveAs(
    {
      output: path,
      force,
      onLeftover: noteLeftover(pass.options.logger),
      verify: async (result) => {
        settled = await planForLength(pass);
        await checkWritten(result, settled.list, pass.plan.sources);
        await settled.check(result, { sameTrees: false });
      },
    },
    (writable) => flow(pass, { writable, name: path }),
  );
  return settled;
}

/** The plan for the length that the stream turned out to have; it has to be the edit that was carried out. */
async function planForLength<Report>({ stream, plan, planner }: Pass<Report>): Promise<EditPlan<Report>> {
  const { takenLength: size, name } = stream;
  if (size === plan.list.oldSize) {
    return plan;
  }
  const source = new PrefixSource(stream, size);
  const image = await openImage(source, { name: STREAM_NAME });
  try {
    const again = await planner(image);
    if (!source.isExceeded && isDeepStrictEqual(again.list.patches, plan.list.patches)) {
      return again;
    }
  } catch (error) {
    if (!source.isExceeded) {
      throw error;
    }
  } finally {
    await image.close();
  }
  throw new IsoError(
    'ISO_OUTPUT_VERIFY',
    `${name} was not as long as its volume says, and an image of its length is edited in another way; save it to a file first`,
    { found: size, wanted: plan.list.oldSize },
  );
}
