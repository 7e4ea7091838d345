import { edit } from './edit.js';
import type { InjectOptions } from './inject-options.js';
import { planInject } from './inject-plan.js';
import type { InjectReport } from './report.js';

/**
 * Makes an image bootable and proves the result before it says so.
 *
 * On failure the original, or nothing, is left. Errors: those of `planInject` and of `apply`.
 */
export async function inject(options: InjectOptions): Promise<InjectReport> {
  return edit(options, (image) => planInject(image, options));
}
