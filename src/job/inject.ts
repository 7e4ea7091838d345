import { findDisagreements } from '../check/agreement.js';
import { checkInjection } from '../check/injection.js';
import { planInject } from '../plan/inject.js';
import { requireEditable, requireNotBootable } from '../plan/precondition.js';
import type { InjectRequest } from '../plan/request.js';
import { readImage } from '../read/image.js';
import type { FileSource } from '../source/file-source.js';
import { chooseBoot, type ChosenBoot } from './boot-choice.js';
import { carryOut, planWithReads, withInput } from './carry-out.js';
import { isAlreadyDone, reportAlreadyDone } from './ensure.js';
import type { InjectOptions } from './inject-options.js';
import { reportInjection } from './inject-report.js';
import type { InjectReport } from './report.js';

/**
 * Makes an image bootable and proves the result before it says so.
 *
 * On failure the original, or nothing, is left. Errors: those of `chooseBoot`, `planInject` and the sinks;
 * `ISO_SOURCE_DIGEST`, `ISO_USAGE_SAME_FILE`, `ISO_OUTPUT_VERIFY`, `ISO_UNDO_INTERRUPTED`.
 */
export async function inject(options: InjectOptions): Promise<InjectReport> {
  return withInput(options, (source) => injectInto(source, options));
}

async function injectInto(source: FileSource, options: InjectOptions): Promise<InjectReport> {
  const image = await readImage(source);
  options.logger?.debug(
    { size: image.size, trees: image.trees.length, findings: image.findings.length },
    'image read',
  );
  requireEditable(image);
  if (options.ensure !== true) {
    requireNotBootable(image);
  }
  const chosen = await chooseBoot(image, source, options);
  try {
    if (options.ensure === true && isAlreadyDone(image, chosen)) {
      return reportAlreadyDone(image, options);
    }
    const request = requestFor(chosen, options);
    const plan = await planWithReads(source, (seen) => planInject(image, request, seen));
    const isMoved = plan.moves.length > 0;
    // Looked at before anything is written: an edit in place leaves no other image to hold the result against.
    const disagreements = isMoved ? (await findDisagreements(source, image)).length : 0;
    const { list, ...outcome } = await carryOut({
      ...plan,
      options,
      source,
      sources: chosen.sources,
      check: (result, { sameTrees }) =>
        checkInjection(result, image, plan, { sameTrees: sameTrees && !isMoved, disagreements }),
    });
    return reportInjection(image, plan, list, {
      input: options.input,
      mode: options.target.kind,
      dryRun: options.dryRun === true,
      warnings: [],
      ...outcome,
    });
  } finally {
    await Promise.all([...chosen.sources.values()].map((each) => each.close()));
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
