import { firstDifference } from '../bytes.js';
import { IsoError } from '../errors.js';
import type { Patch, PatchList } from '../plan/patch.js';
import type { Source } from '../source/source.js';

/**
 * Checks that an image is still the one that a list was planned for: its size, and the bytes to be replaced.
 *
 * Errors: `ISO_SOURCE_CHANGED` with the offset of the first difference.
 */
export async function checkUnchanged(image: Source, list: PatchList): Promise<void> {
  if (image.size !== list.oldSize) {
    throw new IsoError('ISO_SOURCE_CHANGED', `${image.name} has another size than when it was read`, {
      offset: Math.min(image.size, list.oldSize),
      found: image.size,
      wanted: list.oldSize,
    });
  }
  await Promise.all(list.patches.map((patch) => checkBefore(image, patch)));
}

async function checkBefore(image: Source, { offset, before, why }: Patch): Promise<void> {
  if (before.kind === 'unread') {
    return;
  }
  if (before.kind === 'beyond-end') {
    if (offset < image.size) {
      throw changed(image, why, offset);
    }
    return;
  }
  const wanted = before.bytes;
  if (offset + wanted.length > image.size) {
    throw changed(image, why, image.size);
  }
  const found = await image.read(offset, wanted.length);
  const differing = firstDifference(found, wanted);
  if (differing >= 0) {
    throw changed(image, why, offset + differing);
  }
}

function changed(image: Source, why: string, offset: number): IsoError {
  return new IsoError('ISO_SOURCE_CHANGED', `${image.name} changed since it was read (${why})`, { offset });
}
