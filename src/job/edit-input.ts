import { FileSource } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import type { ApplyOptions } from './edit-options.js';
import { checkExpectation } from './expectation.js';
import { openImage, pathOf, type OpenImage } from './open-image.js';
import { refuseSameFile } from './target.js';
import { refuseInterrupted } from './undo.js';

/**
 * Opens and reads the image to be edited for as long as `work` takes, once nothing stands in the way of its result.
 *
 * Errors: those of `refuseHindrances`, of opening and of `readImage`.
 */
export async function withInput<T>(
  options: ApplyOptions & { input: string | Source; name?: string | undefined },
  work: (image: OpenImage) => Promise<T>,
): Promise<T> {
  const { input, name, signal, logger } = options;
  const source = typeof input === 'string' ? await FileSource.open(input) : input;
  try {
    await refuseHindrances(source, options);
    const image = await openImage(source, { name, signal, logger });
    try {
      return await work(image);
    } finally {
      await image.close();
    }
  } finally {
    if (typeof input === 'string') {
      await source.close();
    }
  }
}

/**
 * Looks for what stands in the way of a result before anything is read of the image.
 *
 * Errors: `ISO_USAGE_SAME_FILE`, `ISO_UNDO_INTERRUPTED`, `ISO_UNDO_LOCKED`, `ISO_UNDO_EXISTS`, `ISO_SOURCE_DIGEST`.
 */
export async function refuseHindrances(source: Source, options: ApplyOptions): Promise<void> {
  const { target, expect } = options;
  const path = pathOf(source);
  if (path !== undefined) {
    if (target.kind === 'copy') {
      await refuseSameFile(path, target.path);
    }
    await refuseInterrupted(path, target.kind === 'in-place' ? target : undefined);
  }
  if (expect !== undefined) {
    await checkExpectation(source, expect, options);
  }
}
