import { Readable } from 'node:stream';
import { applyPlan } from './apply.js';
import { withInput } from './edit-input.js';
import type { EditOptions } from './edit-options.js';
import type { EditPlan } from './edit-plan.js';
import { editStream } from './edit-stream.js';
import type { OpenImage } from './open-image.js';

/** Makes the plan of an edit of an open image. */
export type Planner<Report> = (image: OpenImage) => Promise<EditPlan<Report>>;

/**
 * Plans an edit of the image that the options name, and carries it out.
 *
 * Errors: those of the planner, of `withInput` and of `apply`; for a stream those of `editStream`.
 */
export async function edit<Report>(options: EditOptions, planner: Planner<Report>): Promise<Report> {
  const { input } = options;
  return input instanceof Readable
    ? editStream({ ...options, input }, planner)
    : withInput({ ...options, input }, async (image) => applyPlan(await planner(image), options));
}
