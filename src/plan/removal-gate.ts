import { IsoError } from '../errors.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, type Lba } from '../units.js';
import { checkList, liesInDescriptor } from './gate.js';
import { isForeign, type HiddenRun } from './hidden-boot.js';
import type { Patch, PatchList } from './patch.js';

/** What a removal means to do, beyond the list itself. */
export interface RemovalFacts {
  readonly image: Image;
  readonly list: PatchList;
  /** What goes with the boot record. */
  readonly gone: readonly HiddenRun[];
  /** The blocks that the descriptors leave. */
  readonly free: { readonly start: Lba; readonly end: number };
}

/**
 * The last gate in front of the sinks: nothing is overwritten or cut off that any structure refers to, but the boot
 * records, what they alone led to, and descriptors that stand one block lower by then.
 *
 * Errors: `ISO_PLAN_GATE`, which is always a defect of the planner.
 */
export function checkRemovalPlan(facts: RemovalFacts): void {
  const { list } = facts;
  checkList(list);
  list.patches.forEach((patch) => {
    switch (patch.phase) {
      case 'pointers':
        return refuseIf(!liesInDescriptor(patch, facts.image), patch, 'lies outside the tree descriptors');
      case 'descriptors':
        return undefined;
      case 'blank':
        return refuseIf(!mayBeBlanked(patch, facts), patch, 'blanks what is in use');
      default:
        return refuseIf(true, patch, 'has no place in a removal');
    }
  });
  checkDescriptors(facts);
  checkEnd(facts);
}

function refuseIf(bad: boolean, { offset, why }: Patch, reason: string): void {
  if (bad) {
    throw new IsoError('ISO_PLAN_GATE', `a patch (${why}) ${reason}`, { offset });
  }
}

function mayBeBlanked({ offset, length }: Patch, { image, gone, free }: RemovalFacts): boolean {
  const start = offset / BLOCK_SIZE;
  const end = (offset + length) / BLOCK_SIZE;
  const isWithin = (run: { start: number; end: number }): boolean => run.start <= start && end <= run.end;
  return isWithin(free) || (gone.some(isWithin) && !image.map.overlapping(start, end).some(isForeign));
}

/** Every block that is written held a boot record, or a descriptor that stands lower by then. */
function checkDescriptors({ image, list, free }: RemovalFacts): void {
  const { descriptors, recognition } = image.descriptorSet;
  const standing = new Map([...descriptors, ...recognition].map((each) => [each.lba as number, each]));
  const moved = list.patches.filter(({ phase }) => phase === 'descriptors');
  const kept = [...standing.values()].filter(({ kind }) => kind !== 'el-torito');
  const moving = kept.filter((each, i) => each.lba !== (descriptors[0]?.lba ?? 0) + i);
  moved.forEach((patch, i) => {
    const block = patch.offset / BLOCK_SIZE;
    const below = standing.get(block);
    const isFree = below !== undefined && (below.kind === 'el-torito' || moving.indexOf(below) < i);
    refuseIf(!isFree || patch.length !== BLOCK_SIZE, patch, 'would overwrite a descriptor that is in use');
  });
  if (moved.length !== moving.length || free.end - free.start !== standing.size - kept.length) {
    throw new IsoError('ISO_PLAN_GATE', 'not every descriptor has its new place', {
      found: moved.length,
      wanted: moving.length,
    });
  }
}

/** All that is cut off went with the boot record, or is padding; a UDF anchor there was looked at by itself. */
function checkEnd({ image, list, gone }: RemovalFacts): void {
  const start = list.newSize / BLOCK_SIZE;
  const lost = image.map.overlapping(start, Math.ceil(list.oldSize / BLOCK_SIZE)).find((claim) => {
    const isGone = gone.some((run) => run.start <= claim.start && claim.end <= run.end);
    return !isGone && claim.kind !== 'UDF structure';
  });
  if (list.newSize < list.oldSize && lost !== undefined) {
    throw new IsoError('ISO_PLAN_GATE', `the ${lost.kind} would be cut off`, {
      offset: list.newSize,
      found: lost.end,
      wanted: start,
    });
  }
}
