/** Whether an image can be edited while it flows by, found out from its first 64 MiB. */
import { IsoError } from '../errors.js';
import { readPrimaryVolume } from '../read/primary-volume.js';
import { canFlow } from '../sink/flow.js';
import { OverlaySource } from '../sink/overlay.js';
import { HOLD_LENGTH, type HeldStream } from '../source/held-stream.js';
import { PrefixSource } from '../source/prefix-source.js';
import { BLOCK_SIZE, offsetOfLba, PRIMARY_VOLUME_DESCRIPTOR_LBA } from '../units.js';
import type { Planner } from './edit.js';
import type { ApplyOptions } from './edit-options.js';
import type { EditPlan } from './edit-plan.js';
import { requireBytes, STREAM_NAME } from './input.js';
import { openImage, type OpenImage } from './open-image.js';
import { isSpecialFile } from './target.js';

const BEYOND = 'what is needed of it does not all lie in its first 64 MiB';

/** Plans the edit from the start of the stream, and proves it there; or gives the reason why that will not do. */
export async function planOnStart<Report>(
  stream: HeldStream,
  options: ApplyOptions,
  planner: Planner<Report>,
): Promise<EditPlan<Report> | string> {
  const size = options.expect === undefined ? await claimedSize(stream) : 'its digest is checked first';
  if (typeof size === 'string') {
    return size;
  }
  const source = new PrefixSource(stream, size);
  let image: OpenImage | undefined;
  try {
    image = await openImage(source, { name: STREAM_NAME, logger: options.logger });
    const plan = await planner(image);
    const hindrance = await hindranceOf(plan, stream, options);
    if (hindrance === undefined) {
      await plan.check(new OverlaySource(source, plan.list, plan.sources), { sameTrees: false });
    }
    const reason = source.isExceeded ? BEYOND : hindrance;
    if (reason === undefined) {
      return plan;
    }
    await image.close();
    return reason;
  } catch (error) {
    await image?.close();
    if (source.isExceeded) {
      return BEYOND;
    }
    throw error;
  }
}

/**
 * How long the stream is going to be: known where it ends within what is held, and otherwise what the volume says. A
 * reason where there is no telling.
 */
async function claimedSize(stream: HeldStream): Promise<number | string> {
  await stream.hold(offsetOfLba(PRIMARY_VOLUME_DESCRIPTOR_LBA) + BLOCK_SIZE);
  requireBytes(stream);
  const short = sizeOfWhole(stream);
  if (short !== undefined) {
    return short;
  }
  const start = new PrefixSource(stream, stream.heldLength);
  const volume = await readPrimaryVolume(start).catch((error: unknown) => {
    if (error instanceof IsoError && error.code === 'ISO_VOLUME_NOT_ISO9660') {
      throw error;
    }
    return undefined;
  });
  if (volume === undefined) {
    return 'its volume descriptor does not say how long it is';
  }
  if (volume.size > HOLD_LENGTH) {
    return volume.size;
  }
  await stream.hold(HOLD_LENGTH);
  return sizeOfWhole(stream) ?? 'it is longer than its volume says';
}

/** How long the stream was; nothing while it has not ended. */
function sizeOfWhole({ takenLength, hasEnded }: HeldStream): number | undefined {
  return hasEnded ? takenLength : undefined;
}

/** Why a plan cannot be carried out on a stream as it flows by. */
async function hindranceOf(
  { list, mediaCheck }: EditPlan<unknown>,
  stream: HeldStream,
  { target }: ApplyOptions,
): Promise<string | undefined> {
  if (mediaCheck.kind === 'sum') {
    return 'the MD5 near its start is computed from all of it';
  }
  if (!canFlow(list, stream.heldLength)) {
    return list.newSize === list.oldSize ? BEYOND : 'its size changes';
  }
  return target.kind === 'copy' && isSpecialFile(target.path) ? 'the output is no plain file' : undefined;
}
