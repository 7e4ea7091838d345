import { findDisagreements } from '../check/agreement.js';
import { checkInjection } from '../check/injection.js';
import { planInjection, type InjectionPlan } from '../plan/inject.js';
import {
  requireEditable,
  requireNotBootable,
  requireOnto,
  withoutBootFindings,
} from '../plan/precondition.js';
import type { EntryRequest, ExistingBoot, InjectRequest } from '../plan/request.js';
import type { Image } from '../read/image.js';
import type { Source } from '../source/source.js';
import { stoppable } from '../source/stoppable-source.js';
import { chooseAdded } from './added-entries.js';
import { chooseBoot, type ChosenBoot } from './boot-choice.js';
import { manifestsIn, manifestsOf } from './boot-manifest.js';
import { planWithReads } from './carry-out.js';
import { closeAll, editPlan, type EditPlan, type PlanOptions } from './edit-plan.js';
import { isAlreadyDone, missingEntries, reportAlreadyDone } from './ensure.js';
import type { InjectChoice } from './inject-options.js';
import { reportInjection } from './inject-report.js';
import type { OpenImage } from './open-image.js';
import type { InjectReport } from './report.js';

/** How an open image becomes bootable. */
export interface InjectPlan extends EditPlan<InjectReport> {
  /** The entries, the place of the catalog, and what moves; nothing where nothing is to be done. */
  readonly injection: InjectionPlan | undefined;
}

/**
 * Plans how to make an open image bootable: finds the loader, reads it and works out every byte that is to be written.
 * Nothing is written; `apply` does that.
 *
 * Errors: those of `chooseBoot`, `chooseAdded` and `planInjection`; `ISO_INTERRUPTED`; those of reading.
 */
export async function planInject(
  image: OpenImage,
  options: InjectChoice & PlanOptions = {},
): Promise<InjectPlan> {
  const { model } = image;
  const source = stoppable(image.source, options.signal);
  const onto = ontoOf(model, options);
  requireEditable(onto === 'replace' ? withoutBootFindings(model) : model);
  if (options.ensure !== true) {
    requireOnto(model, onto);
  }
  const chosen = await chooseAll(model, source, options);
  try {
    const isDone = onto === 'add' ? chosen.entries.length === 0 : isAlreadyDone(model, chosen);
    if (options.ensure === true && isDone) {
      await closeAll(chosen.sources);
      return await planNothing(image, source);
    }
    if (isDone && onto === 'add') {
      requireNotBootable(model);
    }
    return await planChosen(image, source, chosen, { ...requestFor(chosen, options), onto });
  } catch (error) {
    await closeAll(chosen.sources);
    throw error;
  }
}

async function planChosen(
  image: OpenImage,
  source: Source,
  { sources }: ChosenBoot,
  request: InjectRequest,
): Promise<InjectPlan> {
  const { model } = image;
  const injection = await planWithReads(source, (seen) => planInjection(model, request, seen));
  const isMoved = injection.moves.length > 0;
  // Looked at before anything is written: an edit in place leaves no other image to hold the result against.
  const disagreements = isMoved ? (await findDisagreements(source, model)).length : 0;
  const told = await manifestsOf(source, model, injection);
  const { list, mediaCheck } = injection;
  const plan = editPlan<InjectReport>({
    image,
    list,
    mediaCheck,
    sources,
    check: (result, { sameTrees }) =>
      checkInjection(result, model, injection, { sameTrees: sameTrees && !isMoved, disagreements }),
    report: (done) => reportInjection(model, injection, done.list, { input: image.name, ...told, ...done }),
  });
  return { ...plan, injection };
}

/** The plan for an image that boots as wanted already. */
async function planNothing(image: OpenImage, source: Source): Promise<InjectPlan> {
  const { model } = image;
  const manifests = await manifestsIn(source, model);
  const plan = editPlan<InjectReport>({
    image,
    list: { patches: [], oldSize: model.size, newSize: model.size },
    mediaCheck: { kind: 'none' },
    alreadyDone: true,
    check: () => Promise.resolve(),
    report: (done) => reportAlreadyDone(image, done, manifests),
  });
  return { ...plan, injection: undefined };
}

/** What is to become of a boot record that is there; a loader that is named asks for an image without one. */
function ontoOf({ boot }: Image, options: InjectChoice): ExistingBoot | undefined {
  if (boot === undefined || options.replace === true) {
    return boot === undefined ? undefined : 'replace';
  }
  const { add = [], bootPath, bootFile, donor } = options;
  return add.length > 0 && (bootPath ?? bootFile ?? donor) === undefined ? 'add' : undefined;
}

/** The loader with what is added to it; or what is added alone, where the image has a loader or none is found. */
async function chooseAll(
  image: Image,
  source: Source,
  options: InjectChoice & PlanOptions,
): Promise<ChosenBoot> {
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
    await closeAll(added.sources);
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

function requestFor(chosen: ChosenBoot, options: InjectChoice): InjectRequest {
  return {
    entries: chosen.entries,
    idString: options.id ?? chosen.idString,
    reuseCatalog: options.reuseCatalog ?? true,
    mediaCheck: options.mediaCheck ?? 'keep',
    force: options.force,
  };
}
