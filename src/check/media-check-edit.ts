import { isBlank, MEDIA_CHECK_RANGE } from '../layout/media-check.js';
import type { MediaCheckEditPlan } from '../plan/media-check-edit.js';
import { readImage, type Image } from '../read/image.js';
import type { Source } from '../source/source.js';
import { checkTree, expectSame } from './injection.js';

/**
 * Reads an image with a new media check, or without one, anew and holds it against the image before: nothing but the
 * field may differ.
 *
 * Errors: `ISO_OUTPUT_VERIFY` at the first thing that is not as planned; what reading raises.
 */
export async function checkMediaCheckEdit(
  result: Source,
  before: Image,
  plan: MediaCheckEditPlan,
  options: { sameTrees: boolean } = { sameTrees: false },
): Promise<Image> {
  const after = await readImage(result, { before: options.sameTrees ? before : undefined });
  expectSame('size of the image', after.size, before.size);
  expectSame('volume size', after.volumeSize, before.volumeSize);
  expectSame('descriptors', descriptorsIn(after), descriptorsIn(before));
  expectSame('number of trees', after.trees.length, before.trees.length);
  after.trees.forEach((tree, i) => checkTree(tree, before.trees[i]));
  if (plan.mediaCheck.kind === 'sum') {
    expectSame('RHLISOSTATUS', after.mediaCheck?.rhlIsoStatus, plan.mediaCheck.rhlIsoStatus);
  } else {
    expectSame('blank media check field', String(isBlank(after.mediaCheckField)), 'true');
  }
  return after;
}

/** All bytes of the descriptors but those of the field, so that they can be compared. */
function descriptorsIn({ descriptorSet: { descriptors, primary } }: Image): string {
  return descriptors
    .map(({ lba, block }) => {
      const kept = lba === primary.lba ? withoutField(block) : block;
      return `${lba}: ${kept.join(' ')}`;
    })
    .join('\n');
}

function withoutField(block: Uint8Array): Uint8Array {
  return block.slice().fill(0, MEDIA_CHECK_RANGE.offset, MEDIA_CHECK_RANGE.offset + MEDIA_CHECK_RANGE.length);
}
