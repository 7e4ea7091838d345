import { IsoError } from '../errors.js';
import { stopIfAborted } from '../source/stop.js';
import { carryOut } from './carry-out.js';
import { refuseHindrances } from './edit-input.js';
import type { ApplyOptions } from './edit-options.js';
import type { EditPlan } from './edit-plan.js';

/**
 * Carries out a plan: to a copy, in place or to a stream. The result is proved before it is said to be there; with
 * `dryRun` it is only computed.
 *
 * A plan may be applied more than once, to several targets. On failure the original, or nothing, is left. Errors:
 * `ISO_SOURCE_CHANGED` where the image is not the one any more that the plan was made for, `ISO_USAGE_SAME_FILE`,
 * `ISO_USAGE_ARGUMENT` for an edit in place of what is no file, `ISO_PLAN_GROWTH` for a device, `ISO_SOURCE_DIGEST`,
 * `ISO_UNDO_INTERRUPTED`, `ISO_UNDO_LOCKED`, `ISO_UNDO_EXISTS`, `ISO_OUTPUT_VERIFY`, `ISO_INTERRUPTED`, those of the
 * sinks.
 */
export async function apply<Report>(plan: EditPlan<Report>, options: ApplyOptions): Promise<Report> {
  const { image } = plan;
  await refuseHindrances(image.source, options);
  if (!(await image.isUnchanged())) {
    throw new IsoError('ISO_SOURCE_CHANGED', `${image.name} changed since the plan for it was made`, {
      found: 'another file, or another time or size',
      wanted: 'the image that was opened',
    });
  }
  return applyPlan(plan, options);
}

/** As `apply`, where nothing stands in the way and the image was read just now. */
export async function applyPlan<Report>(plan: EditPlan<Report>, options: ApplyOptions): Promise<Report> {
  stopIfAborted(options.signal);
  const how = { mode: options.target.kind, dryRun: options.dryRun === true };
  // Whoever reads a stream counts on an image, whatever had to be done to it.
  const isNothing = plan.alreadyDone && (how.dryRun || how.mode !== 'stream');
  const done = isNothing
    ? { list: plan.list, output: null, undo: null, sha256: null }
    : await carryOut(plan, options);
  return plan.report({ ...done, ...how });
}
