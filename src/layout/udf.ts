/** The volume structures of UDF (ECMA-167, 3rd edition, parts 2 and 3). */

import { bytes, characters, u16le, u32le, u8 } from './field.js';
import { table } from './table.js';
import { descriptorTag } from './udf-tag.js';

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

/** Primary Volume Descriptor of UDF (ECMA-167 3/10.1). */
export const udfPrimaryVolumeDescriptor = table('UDF primary volume descriptor', {
  ...descriptorTag,
  volumeDescriptorSequenceNumber: u32le(),
  primaryVolumeDescriptorNumber: u32le(),
  volumeIdentifier: bytes(32),
  volumeSequenceNumber: u16le(),
  maximumVolumeSequenceNumber: u16le(),
  interchangeLevel: u16le(),
  maximumInterchangeLevel: u16le(),
  characterSetList: u32le(),
  maximumCharacterSetList: u32le(),
  volumeSetIdentifier: bytes(128),
  descriptorCharacterSet: bytes(64),
  explanatoryCharacterSet: bytes(64),
  volumeAbstract: bytes(8),
  volumeCopyrightNotice: bytes(8),
  applicationIdentifier: bytes(32),
  recordingDateAndTime: bytes(12),
  implementationIdentifier: bytes(32),
  implementationUse: bytes(64),
  predecessorVolumeDescriptorSequenceLocation: u32le(),
  flags: u16le(),
  reserved490: bytes(22),
});

/** Volume Descriptor Pointer: the sequence goes on elsewhere (ECMA-167 3/10.3). */
export const volumeDescriptorPointer = table('volume descriptor pointer', {
  ...descriptorTag,
  volumeDescriptorSequenceNumber: u32le(),
  nextVolumeDescriptorSequenceLength: u32le(),
  nextVolumeDescriptorSequenceLocation: u32le(),
  reserved28: bytes(484),
});

/** Partition Descriptor (ECMA-167 3/10.5). */
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
  implementationIdentifier: bytes(32),
  implementationUse: bytes(128),
  reserved356: bytes(156),
});

/** Access types of partitions that a writer may change later, or not (ECMA-167 3/10.5.7). */
export const ACCESS_TYPE = { readOnly: 1, writeOnce: 2, rewritable: 3, overwritable: 4 } as const;

/** Logical Volume Descriptor, up to its partition maps (ECMA-167 3/10.6). */
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

/** Partition map of type 1: a partition of the volume as it is (ECMA-167 3/10.7.2). */
export const partitionMap = table('partition map', {
  partitionMapType: u8(),
  partitionMapLength: u8(),
  volumeSequenceNumber: u16le(),
  partitionNumber: u16le(),
});

/** Partition map type of plain partitions; virtual, sparable and metadata ones have type 2 (UDF 2.50, 2.2.8 ff.). */
export const PLAIN_PARTITION_MAP = 1;

/** Unallocated Space Descriptor, up to its extents (ECMA-167 3/10.8). */
export const unallocatedSpaceDescriptor = table('unallocated space descriptor', {
  ...descriptorTag,
  volumeDescriptorSequenceNumber: u32le(),
  numberOfAllocationDescriptors: u32le(),
});

/** Logical Volume Integrity Descriptor, up to its free space table (ECMA-167 3/10.10). */
export const logicalVolumeIntegrityDescriptor = table('logical volume integrity descriptor', {
  ...descriptorTag,
  recordingDateAndTime: bytes(12),
  integrityType: u32le(),
  nextIntegrityLength: u32le(),
  nextIntegrityLocation: u32le(),
  logicalVolumeContentsUse: bytes(32),
  numberOfPartitions: u32le(),
  lengthOfImplementationUse: u32le(),
});

/** Entity identifier, with the UDF revision in the suffix of a domain's (ECMA-167 1/7.4, UDF 2.01, 2.1.5). */
export const entityIdentifier = table('entity identifier', {
  flags: u8(),
  identifier: characters(23, '\0'),
  udfRevision: u16le(),
  suffix26: bytes(6),
});
