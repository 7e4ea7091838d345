import { isBlank } from '../layout/media-check.js';
import { isCheckable } from '../layout/media-check-sum.js';
import type { MediaCheckPlan } from '../plan/media-check.js';
import type { Image } from '../read/image.js';

/** What has to be said of the media check field: of what else stands in it, and of a new sum that checkisomd5 misreads. */
export function fieldWarnings(
  image: Image,
  { mediaCheck }: { readonly mediaCheck: MediaCheckPlan },
): string[] {
  if (image.mediaCheck !== undefined) {
    return [];
  }
  const warnings = isBlank(image.mediaCheckField) ? [] : [contentWarning(image, mediaCheck)];
  if (mediaCheck.kind === 'sum' && !isCheckable(mediaCheck.coveredBytes)) {
    warnings.push(
      'checkisomd5 calls a media check bad in an image as small as this, also one that implantisomd5 has put there',
    );
  }
  return warnings;
}

function contentWarning({ suseDigest }: Image, { kind }: MediaCheckPlan): string {
  const what =
    suseDigest === undefined
      ? 'something that is not an implanted MD5'
      : `the ${suseDigest.algorithm} digest of SUSE's checkmedia`;
  if (kind !== 'none') {
    return `the application use field held ${what}, which is gone`;
  }
  const stale =
    suseDigest === undefined
      ? ''
      : ', though it is not true of the result; --media-check strip --force takes it out';
  return `the application use field holds ${what}; it was left as it is${stale}`;
}
