import { isBlank } from '../layout/media-check.js';
import { IsoError } from '../errors.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE } from '../units.js';
import { Draft } from './draft.js';
import { checkList } from './gate.js';
import { fieldOffsetOf, planStrip, planSum, type MediaCheckPlan } from './media-check.js';
import type { PatchList } from './patch.js';
import { requireEditable, withoutBootFindings } from './precondition.js';
import { stepOf, type SeenRange, type Step } from './view.js';

/** What is to be done about the media check alone. */
export interface MediaCheckEditRequest {
  readonly action: 'implant' | 'strip';
  /** Replaces a media check that is there, and gives up what else the field holds. */
  readonly force: boolean;
}

/** How the media check field alone is changed. */
export interface MediaCheckEditPlan {
  readonly list: PatchList;
  readonly mediaCheck: MediaCheckPlan;
}

/**
 * Plans how to implant a media check, or to take one out; pure. Call it with what it asked to see until it gives a plan.
 *
 * Errors: `ISO_MEDIA_CHECK_EXISTS`, `ISO_MEDIA_CHECK_NONE`, `ISO_MEDIA_CHECK_FIELD`, `ISO_SOURCE_TRUNCATED`,
 * `ISO_VOLUME_BLOCK_SIZE`, `ISO_VOLUME_BYTE_ORDER`, `ISO_VOLUME_MULTI_SESSION`, `ISO_PLAN_GATE`.
 */
export function planMediaCheckEdit(
  image: Image,
  { action, force }: MediaCheckEditRequest,
  seen: readonly SeenRange[],
): Step<MediaCheckEditPlan> {
  // What the boot catalog says of images that are not there does not matter to a sum.
  requireEditable(withoutBootFindings(image));
  const volumeBlocks = image.volumeSize / BLOCK_SIZE;
  return stepOf(seen, (view) => {
    const draft = new Draft(image.size, volumeBlocks);
    if (action === 'implant') {
      requireAbsent(image, force);
    } else {
      requireContent(image);
    }
    const mediaCheck =
      action === 'implant'
        ? planSum(image, { wish: 'add', force, volumeBlocks }, draft)
        : planStrip(image, force, draft);
    const list = draft.finish(view);
    checkList(list);
    return { list, mediaCheck };
  });
}

/** A media check that is there is kept until its loss is asked for, as implantisomd5 does. */
function requireAbsent(image: Image, force: boolean): void {
  if (image.mediaCheck !== undefined && !force) {
    throw new IsoError('ISO_MEDIA_CHECK_EXISTS', 'the image has a media check; --force makes a new one', {
      offset: fieldOffsetOf(image),
      found: image.mediaCheck.md5,
      wanted: 'spaces',
    });
  }
}

function requireContent(image: Image): void {
  if (isBlank(image.mediaCheckField)) {
    throw new IsoError('ISO_MEDIA_CHECK_NONE', 'the image has no media check to take out', {
      offset: fieldOffsetOf(image),
      wanted: 'an implanted MD5',
    });
  }
}
