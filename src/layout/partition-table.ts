/** Partition tables that share the system area with a volume: MBR, GPT and Apple's. */

import { bytes, characters, u16be, u16le, u32be, u32le, u64le, u8 } from './field.js';
import { table } from './table.js';

/** One of an MBR's four entries; addresses in 512-byte sectors. */
export const mbrPartition = table('MBR partition', {
  status: u8(),
  firstSectorChs: bytes(3),
  type: u8(),
  lastSectorChs: bytes(3),
  firstSector: u32le(),
  numberOfSectors: u32le(),
});

/** Master boot record; `bootFileSector` is isohybrid's place for the loader it starts, in 512-byte sectors. */
export const masterBootRecord = table('master boot record', {
  code: bytes(432),
  bootFileSector: u32le(),
  unused436: u32le(),
  diskSignature: u32le(),
  unused444: u16le(),
  partitions: bytes(4 * mbrPartition.span),
  signature: u16le(),
});
export const MBR_SIGNATURE = 0xaa55;
/** Partition type of the one entry that tells of a GPT, and of an EFI system partition (UEFI 2.11, 5.2). */
export const MBR_TYPE = { empty: 0x00, gptProtective: 0xee, efiSystem: 0xef } as const;

/** GPT header, at 512-byte sector 1 and again in the last sector of the disk (UEFI 2.11, 5.3.2). */
export const gptHeader = table('GPT header', {
  signature: characters(8),
  revision: u32le(),
  headerSize: u32le(),
  headerCrc32: u32le(),
  reserved20: u32le(),
  myLba: u64le(),
  alternateLba: u64le(),
  firstUsableLba: u64le(),
  lastUsableLba: u64le(),
  diskGuid: bytes(16),
  partitionEntryLba: u64le(),
  numberOfPartitionEntries: u32le(),
  sizeOfPartitionEntry: u32le(),
  partitionEntriesCrc32: u32le(),
});
export const GPT_SIGNATURE = 'EFI PART';

/** A GPT partition entry, up to its attributes (UEFI 2.11, 5.3.3). */
export const gptPartition = table('GPT partition', {
  typeGuid: bytes(16),
  uniqueGuid: bytes(16),
  startingLba: u64le(),
  endingLba: u64le(),
});

/** Entry of an Apple partition map (Inside Macintosh: Devices, 3-25), up to its type. */
export const applePartition = table('Apple partition', {
  signature: characters(2),
  signaturePad: u16be(),
  mapBlockCount: u32be(),
  firstBlock: u32be(),
  blockCount: u32be(),
  partitionName: characters(32, '\0'),
  partitionType: characters(32, '\0'),
});
export const APPLE_PARTITION_SIGNATURE = 'PM';
/** Types that hold nothing of their own: free space, and libisofs's name for what is the ISO 9660 volume's anyway. */
export const APPLE_FILLER_TYPES: readonly string[] = [
  'Apple_Free',
  'Apple_Void',
  'Apple_Scratch',
  'ISO9660_data',
];
