import type { RemovalPlan } from '../plan/removal.js';
import { readImage, type Image } from '../read/image.js';
import type { Source } from '../source/source.js';
import { lba, offsetOfLba } from '../units.js';
import { checkTree, expectSame } from './injection.js';

/**
 * Reads an image without its boot record anew and holds it against the image before and against the plan.
 * `sameTrees` is for an image that was edited where it lies: its directories are those that were read before.
 *
 * Errors: `ISO_OUTPUT_VERIFY` at the first thing that is not as planned; what reading raises.
 */
export async function checkRemoval(
  result: Source,
  before: Image,
  plan: RemovalPlan,
  options: { sameTrees: boolean } = { sameTrees: false },
): Promise<Image> {
  const after = await readImage(result, { before: options.sameTrees ? before : undefined });
  expectSame('size of the image', after.size, plan.list.newSize);
  expectSame('place of the boot record', after.boot?.recordLba, undefined);
  expectSame('volume descriptors', kindsIn(after), kindsIn(before));
  expectSame('number of trees', after.trees.length, before.trees.length);
  after.trees.forEach((tree, i) => checkTree(tree, before.trees[i]));
  expectSame('volume size', after.volumeSize, offsetOfLba(lba(plan.volumeBlocks)));
  if (after.volumeSize !== before.volumeSize) {
    after.descriptorSet.trees.forEach(({ fields: { volumeSpaceSize }, kind }) => {
      const what = `volume size in the ${kind} descriptor`;
      expectSame(what, volumeSpaceSize.littleEndian, plan.volumeBlocks);
      expectSame(what, volumeSpaceSize.bigEndian, plan.volumeBlocks);
    });
  }
  return after;
}

/** The descriptors and recognition blocks in their order; boot records of El Torito are to be gone. */
function kindsIn({ descriptorSet: { descriptors, recognition } }: Image): string {
  const kept = descriptors.filter(({ kind }) => kind !== 'el-torito');
  return [...kept, ...recognition].map(({ kind, type }) => `${kind} ${type}`).join(', ');
}
