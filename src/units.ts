/**
 * The units that disc structures count in. A bare `number` is always bytes;
 * blocks and virtual sectors carry a brand so that one is never taken for the other.
 */

declare const unit: unique symbol;

/** The number of a 2048-byte logical block, counted from the start of the image (ECMA-119 6.2). */
export type Lba = number & { readonly [unit]: 'lba' };

/** A count of El Torito's 512-byte virtual sectors (El Torito 1.0, 2.2). */
export type VirtualSectors = number & { readonly [unit]: 'virtual-sectors' };

/** Bytes in a logical block; other block sizes are read but never edited. */
export const BLOCK_SIZE = 2048;

/** Bytes in an El Torito virtual sector, and in a sector of a hard disk. */
export const VIRTUAL_SECTOR_SIZE = 512;

/** Block number of the Primary Volume Descriptor in a single-session image (ECMA-119 8.1.1). */
export const PRIMARY_VOLUME_DESCRIPTOR_LBA = 16 as Lba;

/** Bytes in front of the volume that partition tables and boot code have for themselves (ECMA-119 6.2.1). */
export const SYSTEM_AREA_BYTES = PRIMARY_VOLUME_DESCRIPTOR_LBA * BLOCK_SIZE;

/** Block number at which firmware looks for the Boot Record (El Torito 1.0, 2.0). */
export const BOOT_RECORD_LBA = 17 as Lba;

/** Takes a plain number for a block number. */
export function lba(block: number): Lba {
  return block as Lba;
}

/** The byte offset at which a block starts. */
export function offsetOfLba(block: Lba): number {
  return block * BLOCK_SIZE;
}

/** The block that holds a byte offset. */
export function lbaOfOffset(offset: number): Lba {
  return Math.floor(offset / BLOCK_SIZE) as Lba;
}

/** How many blocks it takes to hold this many bytes. */
export function blocksFor(bytes: number): number {
  return Math.ceil(bytes / BLOCK_SIZE);
}

/** Rounds a length in bytes up to whole blocks. */
export function roundUpToBlock(bytes: number): number {
  return blocksFor(bytes) * BLOCK_SIZE;
}

/** How many virtual sectors it takes to hold this many bytes. */
export function virtualSectorsFor(bytes: number): VirtualSectors {
  return Math.ceil(bytes / VIRTUAL_SECTOR_SIZE) as VirtualSectors;
}
