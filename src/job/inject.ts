import { findDisagreements } from '../check/agreement.js';
import { checkInjection } from '../check/injection.js';
import { planInject } from '../plan/inject.js';
import {
  requireEditable,
  requireNotBootable,
  requireOnto,
  withoutBootFindings,
} from '../plan/precondition.js';
import type { EntryRequest, ExistingBoot, InjectRequest } from '../plan/request.js';
import { readImage, type Image } from '../read/image.js';
import type { FileSource } from '../source/file-source.js';
import { chooseAdded } from './added-entries.js';
import { chooseBoot, type ChosenBoot } from './boot-choice.js';
import { carryOut, planWithReads, withInput } from './carry-out.js';
import { manifestsIn, manifestsOf } from './boot-manifest.js';
import { isAlreadyDone, missingEntries, reportAlreadyDone } from './ensure.js';
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
  const onto = ontoOf(image, options);
  requireEditable(onto === 'replace' ? withoutBootFindings(image) : image);
  if (options.ensure !== true) {
    requireOnto(image, onto);
  }
  const chosen = await chooseAll(image, source, options);
  try {
    const isDone = onto === 'add' ? chosen.entries.length === 0 : isAlreadyDone(image, chosen);
    if (options.ensure === true && isDone) {
      return reportAlreadyDone(image, options, await manifestsIn(source, image));
    }
    if (isDone && onto === 'add') {
      requireNotBootable(image);
    }
    const request = { ...requestFor(chosen, options), onto };
    const plan = await planWithReads(source, (seen) => planInject(image, request, seen));
    const isMoved = plan.moves.length > 0;
    // Looked at before anything is written: an edit in place leaves no other image to hold the result against.
    const disagreements = isMoved ? (await findDisagreements(source, image)).length : 0;
    const { manifests, warnings } = await manifestsOf(source, image, plan);
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
      manifests,
      warnings,
      ...outcome,
    });
  } finally {
    await Promise.all([...chosen.sources.values()].map((each) => each.close()));
  }
}

/** What is to become of a boot record that is there; a loader that is named asks for an image without one. */
function ontoOf({ boot }: Image, options: InjectOptions): ExistingBoot | undefined {
  if (boot === undefined || options.replace === true) {
    return boot === undefined ? undefined : 'replace';
  }
  const { add = [], bootPath, bootFile, donor } = options;
  return add.length > 0 && (bootPath ?? bootFile ?? donor) === undefined ? 'add' : undefined;
}

/** The loader with what is added to it; or what is added alone, where the image has a loader or none is found. */
async function chooseAll(image: Image, source: FileSource, options: InjectOptions): Promise<ChosenBoot> {
  const { add = [] } = options;
  if (add.length === 0) {
    return chooseBoot(image, source, options);
  }
  const added = await chooseAdded(image, source, add);
  if (ontoOf(image, options) === 'add') {
    return { ...added, entries: missingEntries(image, added.entries) };
  }
  try {
    const hasEfi = add.some(({ platform }) => platform === 'efi');
    const main = await chooseBoot(image, source, hasEfi ? { ...options, efi: false } : options);
    return {
      entries: [
        ...main.entries,
        ...added.entries.filter((each) => !main.entries.some((other) => isSame(each, other))),
      ],
      sources: new Map([...main.sources, ...added.sources]),
      idString: main.idString,
    };
  } catch (error) {
    await Promise.all([...added.sources.values()].map((each) => each.close()));
    throw error;
  }
}

/** Whether two entries would load the same file on the same platform. */
function isSame(one: EntryRequest, other: EntryRequest): boolean {
  return (
    one.platformId === other.platformId &&
    one.place.kind === 'tree' &&
    other.place.kind === 'tree' &&
    one.place.lba === other.place.lba
  );
}

function requestFor(chosen: ChosenBoot, options: InjectOptions): InjectRequest {
  return {
    entries: chosen.entries,
    idString: options.id ?? chosen.idString,
    reuseCatalog: options.reuseCatalog ?? true,
    mediaCheck: options.mediaCheck ?? 'keep',
    force: options.force,
  };
}
