import { CD_BLOCKS } from '../plan/growth.js';
import { blocksFor } from '../units.js';

/** What a medium is called in reports. */
export type MediumName = 'CD' | 'DVD-5' | 'DVD-9' | 'BD-25';

/** A medium that an image can be burned to, the smallest first. */
export interface Medium {
  readonly name: MediumName;
  /** Blocks of 2048 bytes that every maker's disc of this kind holds. */
  readonly blocks: number;
}

/** CD-R of 80 minutes; DVD+R (smaller than DVD-R); DVD+R DL; BD-R. */
export const MEDIA: readonly Medium[] = [
  { name: 'CD', blocks: CD_BLOCKS },
  { name: 'DVD-5', blocks: 2_295_104 },
  { name: 'DVD-9', blocks: 4_173_824 },
  { name: 'BD-25', blocks: 12_219_392 },
];

/** The media that hold this many bytes. */
export function mediaFor(size: number): MediumName[] {
  return MEDIA.filter(({ blocks }) => blocksFor(size) <= blocks).map(({ name }) => name);
}
