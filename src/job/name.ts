/** The words that reports use for what the catalog stores as numbers. */

import { BOOT_MEDIA_TYPE, BOOT_MEDIA_TYPE_MASK, PLATFORM_ID } from '../layout/el-torito.js';
import type { Loader } from '../read/loader.js';
import type { LoaderReport } from './report.js';

/** A platform as reports have it: one that can be named, or the number in hexadecimal digits. */
export type PlatformName = keyof typeof PLATFORM_ID | `0x${string}`;

/** An emulation that can be named. */
type NamedEmulation = 'none' | '1.2' | '1.44' | '2.88' | 'hard-disk';

/** An emulation as reports have it: one that can be named, or the number of the boot media type. */
export type EmulationName =
  NamedEmulation | ('5' | '6' | '7' | '8' | '9' | '10' | '11' | '12' | '13' | '14' | '15');

const PLATFORM_NAMES = Object.entries(PLATFORM_ID) as readonly [keyof typeof PLATFORM_ID, number][];
const EMULATION_NAMES: Readonly<Record<number, NamedEmulation>> = {
  [BOOT_MEDIA_TYPE.noEmulation]: 'none',
  [BOOT_MEDIA_TYPE.floppy1200]: '1.2',
  [BOOT_MEDIA_TYPE.floppy1440]: '1.44',
  [BOOT_MEDIA_TYPE.floppy2880]: '2.88',
  [BOOT_MEDIA_TYPE.hardDisk]: 'hard-disk',
};

/** The platforms that can be named. */
export const PLATFORMS = Object.keys(PLATFORM_ID);

/** The emulations that can be named. */
export const EMULATIONS = Object.values(EMULATION_NAMES);

/** `x86`, `ppc`, `mac`, `efi`, or the number in hexadecimal digits. */
export function platformName(id: number): PlatformName {
  return PLATFORM_NAMES.find(([, value]) => value === id)?.[0] ?? `0x${id.toString(16)}`;
}

/** The number of a named platform. */
export function platformNumber(name: string): number | undefined {
  return PLATFORM_NAMES.find(([key]) => key === name)?.[1];
}

/** `none`, `1.2`, `1.44`, `2.88`, `hard-disk`, or the number. */
export function emulationName(bootMediaType: number): EmulationName {
  const media = bootMediaType & BOOT_MEDIA_TYPE_MASK;
  return EMULATION_NAMES[media] ?? (String(media) as EmulationName);
}

/** The boot media type of a named emulation. */
export function emulationNumber(name: string): number | undefined {
  const found = Object.entries(EMULATION_NAMES).find(([, value]) => value === name);
  return found === undefined ? undefined : Number(found[0]);
}

/** A loader as reports have it. */
export function loaderReport(loader: Loader | undefined): LoaderReport | null {
  return loader === undefined ? null : { name: loader.name, version: loader.version ?? null };
}
