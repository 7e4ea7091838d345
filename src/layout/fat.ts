/** The boot sector of a FAT file system, as far as it tells the size of the volume (Microsoft FAT specification 1.03, 3.1). */

import { bytes, characters, u16le, u32le, u8 } from './field.js';
import { table } from './table.js';

/** BIOS parameter block with the jump and name in front of it. */
export const fatBootSector = table('FAT boot sector', {
  jump: bytes(3),
  oemName: characters(8),
  bytesPerSector: u16le(),
  sectorsPerCluster: u8(),
  reservedSectors: u16le(),
  numberOfFats: u8(),
  rootEntries: u16le(),
  totalSectors16: u16le(),
  mediaDescriptor: u8(),
  sectorsPerFat16: u16le(),
  sectorsPerTrack: u16le(),
  numberOfHeads: u16le(),
  hiddenSectors: u32le(),
  totalSectors32: u32le(),
});

/** Size in bytes of the FAT file system that starts here; nothing when it is none. */
export function fatVolumeSize(head: Uint8Array): number | undefined {
  if (head.length < fatBootSector.span) {
    return undefined;
  }
  const sector = fatBootSector.decode(head);
  const jumps = sector.jump[0] === 0xeb || sector.jump[0] === 0xe9;
  const sound =
    jumps &&
    [512, 1024, 2048, 4096].includes(sector.bytesPerSector) &&
    sector.sectorsPerCluster > 0 &&
    (sector.sectorsPerCluster & (sector.sectorsPerCluster - 1)) === 0 &&
    sector.reservedSectors > 0 &&
    sector.numberOfFats > 0 &&
    sector.numberOfFats <= 2 &&
    sector.mediaDescriptor >= 0xf0;
  const sectors = sector.totalSectors16 === 0 ? sector.totalSectors32 : sector.totalSectors16;
  return sound && sectors > 0 ? sectors * sector.bytesPerSector : undefined;
}
