import { IsoError } from '../errors.js';
import { FIRST_ANCHOR_LBA } from '../layout/udf.js';
import { sealedAt } from '../layout/udf-tag.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, lba, offsetOfLba } from '../units.js';
import type { Draft } from './draft.js';
import type { View } from './view.js';

/**
 * Keeps a UDF volume findable on a disc that has grown to `blocks`: an anchor at its new last block, where the old end
 * had one. Readers look at block 256, at the last block and 256 blocks in front of it, and two of the three have to be
 * there (ECMA-167 3/8.4.2.1); the anchors at the old end stay, and are looked at no longer.
 *
 * It is the one thing that stands in the run-out: there is no other place for it, and a reader that cannot get at it
 * has block 256. Errors: `ISO_PLAN_GROWTH` for a UDF volume without any anchor.
 */
export function planAnchor({ udf, size }: Image, draft: Draft, view: View, blocks: number): void {
  if (udf === undefined) {
    return;
  }
  const [first] = udf.anchors;
  if (first === undefined) {
    throw new IsoError(
      'ISO_PLAN_GROWTH',
      'the image cannot grow: its UDF volume has no anchor to follow it',
      {
        offset: size,
        found: 'no anchor',
        wanted: `an anchor at block ${FIRST_ANCHOR_LBA} or at the end`,
      },
    );
  }
  if (udf.anchors.some((at) => at !== FIRST_ANCHOR_LBA)) {
    const anchor = view.read(offsetOfLba(first), BLOCK_SIZE);
    const last = lba(blocks - 1);
    draft.addBytes(
      'new',
      offsetOfLba(last),
      sealedAt(anchor, last),
      `UDF anchor in the new last block ${last}`,
    );
  }
}
