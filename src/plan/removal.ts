import { isZero } from '../bytes.js';
import { IsoError } from '../errors.js';
import type { Descriptor } from '../read/descriptor-set.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, BOOT_RECORD_LBA, lba, offsetOfLba, type Lba } from '../units.js';
import { Draft } from './draft.js';
import { writeSpaceSize } from './growth.js';
import { hiddenRuns, type HiddenRun } from './hidden-boot.js';
import { planMediaCheck, type MediaCheckPlan } from './media-check.js';
import type { Patch, PatchList } from './patch.js';
import { requireEditable, withoutBootFindings } from './precondition.js';
import { checkRemovalPlan } from './removal-gate.js';
import { planShrinkage } from './shrinkage.js';
import { stepOf, type SeenRange, type Step, type View } from './view.js';

/** How an image is to stop being bootable. */
export interface RemovalRequest {
  readonly mediaCheck: 'keep' | 'strip';
  /** Whether a digest of another kind in the media check's field may be taken out. */
  readonly force?: boolean | undefined;
  /** Whether the image may become shorter; a device cannot. */
  readonly mayShrink: boolean;
}

/** How an image stops being bootable. */
export interface RemovalPlan {
  /** Every write in its order. */
  readonly list: PatchList;
  /** Blocks of the boot records that are taken out. */
  readonly records: readonly Lba[];
  /** What the boot record led to and no tree names; what has no reason to stay is blanked, or cut off with the end. */
  readonly hidden: readonly HiddenRun[];
  /** Blocks in the volume afterwards. */
  readonly volumeBlocks: number;
  /** What becomes of the media check. */
  readonly mediaCheck: MediaCheckPlan;
}

/** Most that is held to be compared before it is blanked. */
const LARGEST_LOOK = 1024 * 1024;

/**
 * Plans how to take every El Torito boot record out of an image; pure. Call it with what it asked to see until it
 * gives a plan.
 *
 * Errors: `ISO_BOOT_NONE` without a boot record; `ISO_MEDIA_CHECK_FIELD`, `ISO_SOURCE_TRUNCATED`,
 * `ISO_VOLUME_BLOCK_SIZE`, `ISO_VOLUME_BYTE_ORDER`, `ISO_PLAN_GATE`.
 */
export function planRemoval(
  image: Image,
  request: RemovalRequest,
  seen: readonly SeenRange[],
): Step<RemovalPlan> {
  requireEditable(withoutBootFindings(image));
  if (bootRecordsOf(image).length === 0) {
    throw new IsoError('ISO_BOOT_NONE', 'the image has no boot record to take out', {
      offset: offsetOfLba(BOOT_RECORD_LBA),
      wanted: 'a boot record',
    });
  }
  return stepOf(seen, (view) => buildPlan(image, request, view));
}

function buildPlan(image: Image, request: RemovalRequest, view: View): RemovalPlan {
  const oldBlocks = image.volumeSize / BLOCK_SIZE;
  const hidden = hiddenRuns(image);
  const gone = hidden.filter(({ reason }) => reason === undefined);
  const shorter = request.mayShrink ? planShrinkage(image, gone, view) : undefined;
  const volumeBlocks = shorter ?? oldBlocks;

  const draft = new Draft(image.size, oldBlocks);
  if (shorter !== undefined) {
    writeSpaceSize(image, draft, shorter);
  }
  const { mediaCheck: wish, force = false } = request;
  const mediaCheck = planMediaCheck(image, { wish, force, volumeBlocks }, draft);
  const free = moveDown(image, draft);
  const moving = draft.finish(view);

  const runs = [
    // Readers look at the block behind the terminator, so that it is freed when all else is done.
    ...remaining(gone, shorter).map((run) => ({ ...run, why: `${run.kind} that nothing leads to any more` })),
    { ...free, why: 'block that the last descriptor left' },
  ];
  const newSize = shorter === undefined ? image.size : shorter * BLOCK_SIZE;
  const list = { ...moving, newSize, patches: [...moving.patches, ...blank(runs, view)] };
  checkRemovalPlan({ image, list, gone, free });
  return { list, records: bootRecordsOf(image).map(({ lba: at }) => at), hidden, volumeBlocks, mediaCheck };
}

function bootRecordsOf({ descriptorSet }: Image): Descriptor[] {
  return descriptorSet.descriptors.filter(({ kind }) => kind === 'el-torito');
}

/** Blocks to be blanked. */
interface Blanked {
  readonly start: Lba;
  readonly end: number;
  readonly why: string;
}

/**
 * Moves down what stands behind each boot record, the lowest first, so that each descriptor stands somewhere at any
 * moment and the set never ends too early. Gives the blocks at its end that become free.
 */
function moveDown(image: Image, draft: Draft): { start: Lba; end: number } {
  const { descriptors, recognition } = image.descriptorSet;
  const kept = [...descriptors.filter(({ kind }) => kind !== 'el-torito'), ...recognition];
  const first = descriptors[0]?.lba ?? 0;
  kept.forEach(({ lba: from, kind, block }, i) => {
    const to = lba(first + i);
    if (to !== from) {
      const content = draft.edited(offsetOfLba(from), block);
      const what = kind === 'unknown' ? 'UDF recognition block' : `${kind} descriptor`;
      draft.addBytes('descriptors', offsetOfLba(to), content, `${what} moves down from block ${from}`);
    }
  });
  return { start: lba(first + kept.length), end: first + descriptors.length + recognition.length };
}

/** What is left to blank where the end of the image is cut off: in order, and each block once. */
function remaining(gone: readonly HiddenRun[], blocks = Number.POSITIVE_INFINITY): HiddenRun[] {
  const result: HiddenRun[] = [];
  let reach = 0;
  for (const run of [...gone].sort((a, b) => a.start - b.start)) {
    const start = lba(Math.max(run.start, reach));
    const end = Math.min(run.end, blocks);
    if (end > start) {
      result.push({ ...run, start, end });
      reach = end;
    }
  }
  return result;
}

/** Zeros over each run that is not zero already. */
function blank(runs: readonly Blanked[], view: View): Patch[] {
  const ranges = runs.map(({ start, end }) => ({
    offset: offsetOfLba(start),
    length: (end - start) * BLOCK_SIZE,
  }));
  const seen = view.readAll(
    ranges.map(({ offset, length }) => ({ offset, length: length > LARGEST_LOOK ? 0 : length })),
  );
  const patches = ranges.map(({ offset, length }, i): Patch => {
    const bytes = seen[i] ?? new Uint8Array(0);
    return {
      offset,
      length,
      phase: 'blank',
      why: runs[i]?.why ?? '',
      content: { kind: 'zeros', length },
      before: length > LARGEST_LOOK ? { kind: 'unread' } : { kind: 'bytes', bytes },
    };
  });
  return patches.filter(({ before }) => before.kind !== 'bytes' || !isZero(before.bytes));
}
