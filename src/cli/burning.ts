import { printable } from '../job/printable.js';

/** How to burn an image on a platform, in one line. */
export function burningAdvice(platform: NodeJS.Platform, image: string, media: readonly string[]): string {
  const name = printable(image);
  const [smallest] = media;
  if (smallest === undefined) {
    return 'the image is larger than any disc; attach it as a virtual CD';
  }
  const disc = `a ${smallest} or larger`;
  switch (platform) {
    case 'win32':
      return `burn it to ${disc}: right-click it, "Burn disc image", or: isoburn.exe /q D: "${name}"`;
    case 'darwin':
      return `burn it to ${disc}: hdiutil burn "${name}"`;
    default:
      return `burn it to ${disc}: xorriso -as cdrecord -v dev=/dev/sr0 "${name}"`;
  }
}
