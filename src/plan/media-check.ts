import { IsoError } from '../errors.js';
import { blankMediaCheck, MEDIA_CHECK_RANGE, SKIP_SECTORS } from '../layout/media-check.js';
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
      readonly rhlIsoStatus: string;
      readonly before: Uint8Array;
    };

/**
 * Decides what becomes of the media check of an image that will have `volumeBlocks` blocks.
 *
 * Errors: `ISO_MEDIA_CHECK_FIELD` when a sum is wanted where the field holds something else, or where the image is too
 * short for one.
 */
export function planMediaCheck(
  image: Image,
  wish: MediaCheckWish,
  draft: Draft,
  volumeBlocks: number,
): MediaCheckPlan {
  const fieldOffset = offsetOfLba(image.descriptorSet.primary.lba) + MEDIA_CHECK_RANGE.offset;
  const current = image.mediaCheck;
  if (wish === 'strip') {
    if (current === undefined) {
      return { kind: 'none' };
    }
    draft.addBytes('pointers', fieldOffset, blankMediaCheck(), 'media check taken out');
    return { kind: 'strip' };
  }
  if (wish === 'keep' && current === undefined) {
    return { kind: 'none' };
  }
  if (current === undefined && !isBlank(image.mediaCheckField)) {
    throw new IsoError('ISO_MEDIA_CHECK_FIELD', 'the field of the media check holds something else', {
      offset: fieldOffset,
      wanted: 'spaces',
    });
  }
  const coveredBytes = (volumeBlocks - SKIP_SECTORS) * BLOCK_SIZE;
  if (coveredBytes <= fieldOffset || coveredBytes > draft.newSize) {
    throw new IsoError(
      'ISO_MEDIA_CHECK_FIELD',
      'the image is shorter than its media check covers; take that out with --media-check strip',
      {
        offset: fieldOffset,
        found: draft.newSize,
        wanted: coveredBytes,
      },
    );
  }
  return {
    kind: 'sum',
    coveredBytes,
    fieldOffset,
    rhlIsoStatus: current?.rhlIsoStatus ?? '0',
    before: image.mediaCheckField,
  };
}

/** Whether a media check field is free to be written. */
export function isBlank(field: Uint8Array): boolean {
  return field.every((byte) => byte === 0x20) || field.every((byte) => byte === 0);
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
