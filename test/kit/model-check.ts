/** What has to hold for the model of any image, however broken. */
import { ERROR_CODES, IsoError } from '../../src/errors.js';
import { readImage, type Image } from '../../src/read/image.js';
import { LIMITS } from '../../src/read/limits.js';
import { childrenIn, isDirectoryIn, nameIn, viewsOf } from '../../src/read/lookup.js';
import type { Source } from '../../src/source/source.js';

/** A model that is sound, or the code of the error that says why there is none. */
export type Outcome = { readonly image: Image } | { readonly code: string };

/** Reads an image; any other error than an `IsoError`, and any nonsense in the model, is thrown on. */
export async function outcomeOf(source: Source): Promise<Outcome> {
  let image: Image;
  try {
    image = await readImage(source);
  } catch (error) {
    if (error instanceof IsoError && error.code !== 'ISO_INTERNAL') {
      return { code: error.code };
    }
    throw error;
  }
  const problems = problemsOf(image);
  if (problems.length > 0) {
    throw new Error(problems.slice(0, 5).join('; '));
  }
  return { image };
}

/** What is wrong with a model; nothing, as a rule. */
export function problemsOf(image: Image): string[] {
  return [...claimProblems(image), ...findingProblems(image), ...bootProblems(image), ...treeProblems(image)];
}

function claimProblems({ map }: Image): string[] {
  return map.claims
    .filter(
      ({ start, end }) =>
        !(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end > start),
    )
    .map(({ kind, start, end }) => `a ${kind} is claimed from ${start} to ${end}`);
}

function findingProblems({ findings }: Image): string[] {
  const bad = findings.filter(
    ({ code, offset }) =>
      !(code in ERROR_CODES) || (offset !== undefined && !(Number.isSafeInteger(offset) && offset >= 0)),
  );
  return [
    ...bad.map(({ code, offset }) => `${code} at ${offset ?? 'nowhere'}`),
    ...(findings.length > LIMITS.findings ? ['too many findings'] : []),
  ];
}

function bootProblems({ boot, size }: Image): string[] {
  return (boot?.entries ?? [])
    .filter((entry) => entry.node === undefined && entry.size > 0 && entry.loadRba * 2048 + entry.size > size)
    .map((entry) => `boot image ${entry.index} of ${entry.size} bytes goes beyond the end`);
}

/** Each view is walked, with every directory entered once, as `ls` does it. */
function treeProblems(image: Image): string[] {
  const problems: string[] = [];
  for (const view of viewsOf(image)) {
    const entered = new Set([view.tree.root]);
    for (const directory of entered) {
      for (const node of childrenIn(view, directory)) {
        // UDF keeps small files in their entries, and gives empty ones no extent.
        const hasExtent = node.extents.length > 0 || view.tree.kind === 'udf';
        if (nameIn(view, node) === '' || !Number.isSafeInteger(node.size) || !hasExtent) {
          problems.push(`a node at ${node.recordOffset} without name, size or extent`);
        }
        if (isDirectoryIn(view, node)) {
          entered.add(node);
        }
      }
    }
  }
  return problems;
}
