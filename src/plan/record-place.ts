import { IsoError } from '../errors.js';
import type { Descriptor } from '../read/descriptor-set.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, BOOT_RECORD_LBA, lba, offsetOfLba } from '../units.js';
import type { Draft } from './draft.js';
import { checkList, landsOnFreeBlocks, liesInDescriptor, type GateFacts } from './gate.js';
import type { Patch } from './patch.js';

/**
 * Brings a boot record that stands behind other descriptors to block 17, where firmware looks for it: those in front of
 * it move up by one block, the highest first and into the record's own. It takes no room.
 */
export function planRecordPlace(image: Image, draft: Draft): void {
  for (const { lba: from, kind, block } of inFrontOfRecord(image).toReversed()) {
    const content = draft.edited(offsetOfLba(from), block);
    draft.addBytes(
      'descriptors',
      offsetOfLba(lba(from + 1)),
      content,
      `${kind} descriptor moves up from block ${from}`,
    );
  }
}

/** What stands between the primary descriptor and the boot record. */
function inFrontOfRecord({ boot, descriptorSet }: Image): readonly Descriptor[] {
  const record = boot?.recordLba ?? BOOT_RECORD_LBA;
  return descriptorSet.descriptors.filter(({ lba: at }) => at >= BOOT_RECORD_LBA && at < record);
}

/**
 * The gate of a plan for an image that has a boot record: nothing is overwritten but that record, the catalog that it
 * led to, what is free, and descriptors that stand one block higher by then. Errors: `ISO_PLAN_GATE`.
 */
export function checkRecordPlan(facts: GateFacts & { readonly catalogLba: number }): void {
  const { list, image, catalogLba } = facts;
  checkList(list);
  let free: number = image.boot?.recordLba ?? 0;
  for (const patch of list.patches) {
    const block = patch.offset / BLOCK_SIZE;
    switch (patch.phase) {
      case 'new':
        refuseIf(!landsOnFreeBlocks(patch, facts, 0), patch, 'lands on blocks that are in use');
        break;
      case 'pointers':
        refuseIf(!liesInDescriptor(patch, image), patch, 'lies outside the tree descriptors');
        break;
      case 'descriptors':
        refuseIf(
          block !== free || patch.length !== BLOCK_SIZE,
          patch,
          'overwrites a descriptor that is in use',
        );
        free -= 1;
        break;
      default:
        refuseIf(block !== catalogLba && block !== free, patch, 'is neither the boot record nor the catalog');
    }
  }
  if (free !== BOOT_RECORD_LBA) {
    throw new IsoError('ISO_PLAN_GATE', 'the boot record does not come to block 17', {
      found: free,
      wanted: BOOT_RECORD_LBA,
    });
  }
}

function refuseIf(bad: boolean, { offset, why }: Patch, reason: string): void {
  if (bad) {
    throw new IsoError('ISO_PLAN_GATE', `a patch (${why}) ${reason}`, { offset });
  }
}
