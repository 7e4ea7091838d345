import { Writable } from 'node:stream';
import { IsoError } from '../errors.js';
import { mediaCheck, type MediaCheckReport } from '../job/media-check.js';
import { undo, undoPathOf } from '../job/undo.js';
import { readUndoChain } from '../sink/undo-chain.js';
import { linkStatsAt } from '../source/stats.js';
import { runCommand, type Watching } from './command.js';
import { sha256Of } from './file-digest.js';
import type { BatchJob } from './job.js';
import type { CommandReport, Outcome, SkipReason } from './outcome.js';

/** A report of any command, as far as a batch looks into it. */
interface SeenReport {
  readonly schema: string;
  readonly output?: string | null;
  readonly sha256?: string | null;
  readonly alreadyDone?: boolean;
  readonly result?: MediaCheckReport['result'];
}

/**
 * Does a job, unless its work is done already: the image is as the job would make it, or the output is there and has
 * every byte that it would write.
 *
 * Errors: those of the single command; `ISO_OUTPUT_EXISTS` for an output that is another.
 */
export async function doJob(job: BatchJob, options: Watching): Promise<Outcome> {
  try {
    const done = await findResult(job, options);
    return done ?? outcomeOf(await runCommand(job, options));
  } catch (error) {
    const reason = await reasonFor(job, error, options);
    if (reason === undefined) {
      throw error;
    }
    return { status: 'skipped', reason, output: null, report: null };
  }
}

function outcomeOf(report: CommandReport): Outcome {
  const { output = null, alreadyDone, result }: SeenReport = report;
  if (alreadyDone === true) {
    return { status: 'skipped', reason: 'already-bootable', output: null, report };
  }
  const isNegative = result !== undefined && result !== 'pass';
  return { status: isNegative ? 'negative' : 'done', reason: null, output, report };
}

/** An output that is there already, if it is what the job would write: that is computed, not taken from a report. */
async function findResult(job: BatchJob, options: Watching): Promise<Outcome | undefined> {
  const { output, settings } = job;
  if (
    output === undefined ||
    settings.inPlace === true ||
    settings.force === true ||
    linkStatsAt(output) === undefined
  ) {
    return undefined;
  }
  const report = await runCommand(job, options, nowhere());
  const { alreadyDone, sha256 }: SeenReport = report;
  if (alreadyDone === true) {
    return outcomeOf(report);
  }
  if (sha256 !== (await sha256Of(output, options))) {
    throw new IsoError('ISO_OUTPUT_EXISTS', `${output} exists, and is not what the job would write`, {
      found: output,
      wanted: 'no such file, or force: true',
    });
  }
  return { status: 'skipped', reason: 'already-converted', output, report: null };
}

/** A stream that takes everything and keeps nothing. */
function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/**
 * Takes back what a killed run left half-written of an edit in place. Only where all that the undo file holds is that one
 * edit: else more would go with it, and the job says that the edit was interrupted.
 */
export async function takeBack({ input, settings }: BatchJob, { signal, logger }: Watching): Promise<void> {
  if (settings.inPlace !== true) {
    return;
  }
  const chain = await readUndoChain(await undoPathOf(input)).catch(() => undefined);
  const isHalfWritten = chain?.status === 'editing' || chain?.status === 'undoing';
  if (isHalfWritten && chain.layers.length === 1 && !chain.ownerAlive) {
    logger?.info({ image: input }, 'the edit of a killed run is taken back');
    await undo({ input, signal });
  }
}

/** Why an error means that there is nothing to do. */
async function reasonFor(
  { input, settings }: BatchJob,
  error: unknown,
  options: Watching,
): Promise<SkipReason | undefined> {
  const code = error instanceof IsoError ? error.code : undefined;
  switch (settings.do) {
    case 'inject':
      return code === 'ISO_PLAN_ALREADY_BOOTABLE' && settings.ensure !== true
        ? 'already-bootable'
        : undefined;
    case 'remove-boot':
      return code === 'ISO_BOOT_NONE' ? 'not-bootable' : undefined;
    case 'media-check':
      if (settings.action === 'strip') {
        return code === 'ISO_MEDIA_CHECK_NONE' ? 'no-media-check' : undefined;
      }
      return code === 'ISO_MEDIA_CHECK_EXISTS' && (await isTrue(input, options))
        ? 'has-media-check'
        : undefined;
    default:
      return undefined;
  }
}

/** Whether an image has the MD5 that it carries. */
async function isTrue(input: string, watching: Watching): Promise<boolean> {
  const { onProgress, signal } = watching;
  return (await mediaCheck({ input, onProgress, signal })).result === 'pass';
}
