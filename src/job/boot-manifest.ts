/** What lists of checksums in an image say of the files that it boots, before and after an edit. */
import type { InjectionPlan } from '../plan/inject.js';
import type { Image } from '../read/image.js';
import { readManifests, type ListedFile, type ManifestEntry } from '../read/manifest.js';
import type { Source } from '../source/source.js';
import type { InjectReport } from './report.js';

/** What the lists say of the files of the tree that an image boots. */
export async function manifestsIn(source: Source, image: Image): Promise<readonly ManifestEntry[]> {
  const files = (image.boot?.entries ?? []).flatMap(({ node, loadRba }) =>
    node === undefined ? [] : [{ path: node.path, lba: loadRba, otherPaths: [] }],
  );
  return (await readManifests(source, image, files)).entries;
}

/** What the lists say of the files that an injection boots, and what to warn of. */
export interface ManifestsOfInjection {
  readonly manifests: InjectReport['manifests'];
  readonly warnings: readonly string[];
}

/** Looks the files of the tree that a plan boots up in the image's lists of checksums. */
export async function manifestsOf(
  source: Source,
  image: Image,
  { entries }: Pick<InjectionPlan, 'entries'>,
): Promise<ManifestsOfInjection> {
  const edited = new Set<string>();
  const files = entries.flatMap(({ request: { place }, sharedBy, isEdited }): ListedFile[] => {
    if (place.kind !== 'tree') {
      return [];
    }
    if (isEdited) {
      edited.add(place.path);
    }
    return [{ path: place.path, lba: place.lba, otherPaths: sharedBy }];
  });
  const { entries: found, unread } = await readManifests(source, image, files);
  const manifests = found.map((each) => ({ ...each, changed: edited.has(each.file) }));
  const isAnyEdited = edited.size > 0;
  return {
    manifests,
    warnings: [
      ...manifests
        .filter(({ changed }) => changed)
        .map(
          ({ path, file, algorithm }) =>
            `${path} lists the ${algorithm} sum of ${file}, which this edit changes: a check against the list fails for that file, as is to be expected`,
        ),
      ...(isAnyEdited ? unread : []).map(
        (path) =>
          `${path} could not be looked through; it may list the sum of a boot file that this edit changes`,
      ),
    ],
  };
}
