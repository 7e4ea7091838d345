import { isBlank, type MediaCheckPlan } from '../plan/media-check.js';
import type { Image } from '../read/image.js';

/** What has to be said of a media check field that holds something else than an implanted MD5. */
export function fieldWarnings(
  image: Image,
  { mediaCheck }: { readonly mediaCheck: MediaCheckPlan },
): string[] {
  if (image.mediaCheck !== undefined || isBlank(image.mediaCheckField)) {
    return [];
  }
  const { suseDigest } = image;
  if (mediaCheck.kind !== 'none') {
    return suseDigest === undefined
      ? []
      : [`the ${suseDigest.algorithm} digest of SUSE's checkmedia was given up`];
  }
  return suseDigest === undefined
    ? ['the application use field holds something that is not an implanted MD5; it was left as it is']
    : [
        `the image carries a ${suseDigest.algorithm} digest of SUSE's checkmedia, which is not true of the result; ` +
          'it was left as it is, and --media-check strip --force takes it out',
      ];
}
