import { IsoError } from '../errors.js';
import { blankMediaCheck, isBlank, MEDIA_CHECK_RANGE, SKIP_SECTORS } from '../layout/media-check.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, offsetOfLba } from '../units.js';
import type { Draft } from './draft.js';
import { PHASES, type Patch, type PatchList } from './patch.js';
import type { MediaCheckWish } from './request.js';

/** What becomes of the media check: a new sum needs one read of the finished image. */
export type MediaCheckPlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'strip' }
  | {
      readonly kind: 'sum';
      /** Bytes from the start of the image that the sum covers. */
      readonly coveredBytes: number;
      /** Byte offset in the image of the field. */
      readonly fieldOffset: number;
      /** The mark that says whether the vendor supports the image. */
      readonly rhlIsoStatus: string;
      /** What stands in the field now. */
      readonly before: Uint8Array;
    };

/** What is wanted of a media check in an image that will have `volumeBlocks` blocks. */
export interface MediaCheckRequest {
  readonly wish: MediaCheckWish;
  readonly volumeBlocks: number;
  /** Whether something else in the field may be lost. */
  readonly force: boolean;
}

/**
 * Decides what becomes of the media check of an image.
 *
 * Errors: `ISO_MEDIA_CHECK_FIELD` when a sum is wanted where the field holds something else, or where the image is too
 * short for one; or when SUSE's digest would be taken out.
 */
export function planMediaCheck(image: Image, request: MediaCheckRequest, draft: Draft): MediaCheckPlan {
  const { wish, force } = request;
  const current = image.mediaCheck;
  if (wish === 'strip') {
    if (current === undefined && image.suseDigest === undefined) {
      return { kind: 'none' };
    }
    return planStrip(image, force, draft);
  }
  if (wish === 'keep' && current === undefined) {
    return { kind: 'none' };
  }
  return planSum(image, request, draft);
}

/** Blanks the field. Errors: `ISO_MEDIA_CHECK_FIELD` for what is no implanted MD5, unless it is forced. */
export function planStrip(image: Image, force: boolean, draft: Draft): MediaCheckPlan {
  refuseForeign(image, force);
  draft.addBytes('pointers', fieldOffsetOf(image), blankMediaCheck(), 'media check taken out');
  return { kind: 'strip' };
}

/** Plans for a new sum. Errors: `ISO_MEDIA_CHECK_FIELD`. */
export function planSum(
  image: Image,
  { wish, force, volumeBlocks }: MediaCheckRequest,
  draft: Draft,
): MediaCheckPlan {
  refuseForeign(image, force);
  const fieldOffset = fieldOffsetOf(image);
  const coveredBytes = (volumeBlocks - SKIP_SECTORS) * BLOCK_SIZE;
  if (coveredBytes <= 0 || coveredBytes > draft.newSize) {
    throw new IsoError(
      'ISO_MEDIA_CHECK_FIELD',
      wish === 'add'
        ? 'the image is shorter than a media check would cover'
        : 'the image is shorter than its media check covers; take that out with --media-check strip',
      {
        offset: fieldOffset,
        found: draft.newSize,
        wanted: coveredBytes,
      },
    );
  }
  const status = image.mediaCheck?.rhlIsoStatus ?? '0';
  return {
    kind: 'sum',
    coveredBytes,
    fieldOffset,
    // One digit is what isomd5sum writes; a longer one would push the sums out of the field.
    rhlIsoStatus: /^\d$/.test(status) ? status : '0',
    before: image.mediaCheckField,
  };
}

/** Errors: `ISO_MEDIA_CHECK_FIELD`. */
function refuseForeign(image: Image, force: boolean): void {
  if (force || image.mediaCheck !== undefined || isBlank(image.mediaCheckField)) {
    return;
  }
  const { suseDigest } = image;
  throw new IsoError(
    'ISO_MEDIA_CHECK_FIELD',
    'the field of the media check holds something else; --force gives that up',
    {
      offset: fieldOffsetOf(image),
      ...(suseDigest === undefined
        ? {}
        : { found: `the ${suseDigest.algorithm} digest of SUSE's checkmedia` }),
      wanted: 'an implanted MD5, or spaces',
    },
  );
}

/** Byte offset of the media check field in the image. */
export function fieldOffsetOf(image: Image): number {
  return offsetOfLba(image.descriptorSet.primary.lba) + MEDIA_CHECK_RANGE.offset;
}

/** The list with the media check field in its place among the pointers. */
export function withMediaCheckField(
  list: PatchList,
  plan: Extract<MediaCheckPlan, { kind: 'sum' }>,
  field: Uint8Array,
): PatchList {
  const patch: Patch = {
    offset: plan.fieldOffset,
    length: field.length,
    phase: 'pointers',
    why: 'media check: the new sum',
    content: { kind: 'bytes', bytes: field },
    before: { kind: 'bytes', bytes: plan.before },
  };
  const later = PHASES.slice(PHASES.indexOf('pointers') + 1);
  const split = list.patches.findIndex(({ phase }) => later.includes(phase));
  const at = split < 0 ? list.patches.length : split;
  return { ...list, patches: [...list.patches.slice(0, at), patch, ...list.patches.slice(at)] };
}
