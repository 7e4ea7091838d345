/** The parts of UDF that a bridge disc shares blocks with (ECMA-167, 3rd edition). */

import { bytes, characters, u16le, u32le, u8 } from './field.js';
import { table } from './table.js';

/** Volume Structure Descriptor, one block each, in the volume recognition sequence (ECMA-167 2/9.1). */
export const volumeStructureDescriptor = table('volume structure descriptor', {
  structureType: u8(),
  standardIdentifier: characters(5),
  structureVersion: u8(),
  structureData: bytes(2041),
});

/** Identifiers in a volume recognition sequence, besides ISO 9660's own (ECMA-167 2/9.1.2, 3/9.1). */
export const RECOGNITION_IDENTIFIERS = ['BEA01', 'NSR02', 'NSR03', 'TEA01', 'BOOT2', 'CDW02'] as const;
export const BEGINNING_EXTENDED_AREA = 'BEA01';
export const TERMINATING_EXTENDED_AREA = 'TEA01';
/** Identifiers that announce a UDF volume. */
export const NSR_IDENTIFIERS: readonly string[] = ['NSR02', 'NSR03'];

const descriptorTag = {
  tagIdentifier: u16le(),
  descriptorVersion: u16le(),
  tagChecksum: u8(),
  reserved5: u8(),
  tagSerialNumber: u16le(),
  descriptorCrc: u16le(),
  descriptorCrcLength: u16le(),
  tagLocation: u32le(),
};

/** Descriptor tag (ECMA-167 3/7.2). */
export const udfDescriptorTag = table('descriptor tag', descriptorTag);

/** Tag identifiers (ECMA-167 3/7.2.1). */
export const TAG_IDENTIFIER = { anchor: 2, partition: 5, logicalVolume: 6, terminating: 8 } as const;

/** Anchor Volume Descriptor Pointer (ECMA-167 3/10.2), in the first bytes of its block. */
export const anchorVolumeDescriptorPointer = table('anchor volume descriptor pointer', {
  ...descriptorTag,
  mainVolumeDescriptorSequenceLength: u32le(),
  mainVolumeDescriptorSequenceLocation: u32le(),
  reserveVolumeDescriptorSequenceLength: u32le(),
  reserveVolumeDescriptorSequenceLocation: u32le(),
  reserved32: bytes(480),
});

/** The first block number at which a reader looks for an anchor; the others count from the end (ECMA-167 3/8.4.2.1). */
export const FIRST_ANCHOR_LBA = 256;

/** Partition Descriptor, up to its last located field (ECMA-167 3/10.5). */
export const udfPartitionDescriptor = table('partition descriptor', {
  ...descriptorTag,
  volumeDescriptorSequenceNumber: u32le(),
  partitionFlags: u16le(),
  partitionNumber: u16le(),
  partitionContents: bytes(32),
  partitionContentsUse: bytes(128),
  accessType: u32le(),
  partitionStartingLocation: u32le(),
  partitionLength: u32le(),
});

/** Logical Volume Descriptor, up to its integrity sequence (ECMA-167 3/10.6). */
export const udfLogicalVolumeDescriptor = table('logical volume descriptor', {
  ...descriptorTag,
  volumeDescriptorSequenceNumber: u32le(),
  descriptorCharacterSet: bytes(64),
  logicalVolumeIdentifier: bytes(128),
  logicalBlockSize: u32le(),
  domainIdentifier: bytes(32),
  logicalVolumeContentsUse: bytes(16),
  mapTableLength: u32le(),
  numberOfPartitionMaps: u32le(),
  implementationIdentifier: bytes(32),
  implementationUse: bytes(128),
  integritySequenceLength: u32le(),
  integritySequenceLocation: u32le(),
});

/** Whether a tag's checksum is right: the sum of its other fifteen bytes (ECMA-167 3/7.2.3). */
export function tagChecksumHolds(block: Uint8Array): boolean {
  const at = udfDescriptorTag.offsetOf('tagChecksum');
  let sum = 0;
  for (let i = 0; i < udfDescriptorTag.span; i += 1) {
    sum = (sum + (i === at ? 0 : (block[i] ?? 0))) & 0xff;
  }
  return sum === block[at];
}
