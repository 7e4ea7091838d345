import { setFlagsFromString } from 'node:v8';

// V8 looks at both whenever space runs out, so that they may be said late.

/**
 * Keeps the space for new objects as small as it is: V8 lets it grow to 32 MB in what runs long enough, and what writes tens of
 * thousands of files, or hundreds of images, takes no less time for it.
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Has what is no longer needed collected when it comes to half of what is: V8 lets a small heap grow to a multiple, and
 * with it the buffers that wait for their collection. What goes through many images, and holds little of each, takes a
 * quarter less memory, and about a hundredth of its time for it.
 */
export function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=50');
}
