/** The file structures of UDF (ECMA-167, 3rd edition, part 4). */

import { bytes, u16le, u32le, u64le, u8 } from './field.js';
import { table } from './table.js';
import { descriptorTag } from './udf-tag.js';

/** Allocation descriptor with a place in the partition of its file (ECMA-167 4/14.14.1). */
export const shortAllocationDescriptor = table('short allocation descriptor', {
  extentLength: u32le(),
  extentPosition: u32le(),
});

/** Allocation descriptor that names its partition (ECMA-167 4/14.14.2). */
export const longAllocationDescriptor = table('long allocation descriptor', {
  extentLength: u32le(),
  extentLocation: u32le(),
  partitionReference: u16le(),
  implementationUse: bytes(6),
});

/** The two highest bits of an extent's length say what it is (ECMA-167 4/14.14.1.1). */
export const EXTENT_LENGTH_BITS = 30;
export const EXTENT_TYPE = { recorded: 0, notRecorded: 1, notAllocated: 2, nextDescriptors: 3 } as const;

/** File Set Descriptor (ECMA-167 4/14.1). */
export const fileSetDescriptor = table('file set descriptor', {
  ...descriptorTag,
  recordingDateAndTime: bytes(12),
  interchangeLevel: u16le(),
  maximumInterchangeLevel: u16le(),
  characterSetList: u32le(),
  maximumCharacterSetList: u32le(),
  fileSetNumber: u32le(),
  fileSetDescriptorNumber: u32le(),
  logicalVolumeIdentifierCharacterSet: bytes(64),
  logicalVolumeIdentifier: bytes(128),
  fileSetCharacterSet: bytes(64),
  fileSetIdentifier: bytes(32),
  copyrightFileIdentifier: bytes(32),
  abstractFileIdentifier: bytes(32),
  rootDirectoryIcb: bytes(16),
  domainIdentifier: bytes(32),
  nextExtent: bytes(16),
  systemStreamDirectoryIcb: bytes(16),
  reserved480: bytes(32),
});

/** Partition Header Descriptor, in a partition descriptor's contents use (ECMA-167 4/14.3). */
export const partitionHeaderDescriptor = table('partition header descriptor', {
  unallocatedSpaceTable: bytes(8),
  unallocatedSpaceBitmap: bytes(8),
  partitionIntegrityTable: bytes(8),
  freedSpaceTable: bytes(8),
  freedSpaceBitmap: bytes(8),
  reserved40: bytes(88),
});

/** Space Bitmap Descriptor, up to its bits: one for each block, set where the block is free (ECMA-167 4/14.12). */
export const spaceBitmapDescriptor = table('space bitmap descriptor', {
  ...descriptorTag,
  numberOfBits: u32le(),
  numberOfBytes: u32le(),
});

/** File Identifier Descriptor, up to its implementation use and identifier (ECMA-167 4/14.4). */
export const fileIdentifierDescriptor = table('file identifier descriptor', {
  ...descriptorTag,
  fileVersionNumber: u16le(),
  fileCharacteristics: u8(),
  lengthOfFileIdentifier: u8(),
  icbLength: u32le(),
  icbLocation: u32le(),
  icbPartitionReference: u16le(),
  icbImplementationUse: bytes(6),
  lengthOfImplementationUse: u16le(),
});

/** File characteristics (ECMA-167 4/14.4.3). */
export const FILE_CHARACTERISTIC = { hidden: 1, directory: 2, deleted: 4, parent: 8 } as const;

/** Fields that file entries of both kinds begin with: the tag, and the ICB tag (ECMA-167 4/14.6, 4/14.9). */
const entryHead = {
  ...descriptorTag,
  priorRecordedNumberOfDirectEntries: u32le(),
  strategyType: u16le(),
  strategyParameter: bytes(2),
  maximumNumberOfEntries: u16le(),
  reserved26: u8(),
  fileType: u8(),
  parentIcbLocation: bytes(6),
  icbFlags: u16le(),
  uid: u32le(),
  gid: u32le(),
  permissions: u32le(),
  fileLinkCount: u16le(),
  recordFormat: u8(),
  recordDisplayAttributes: u8(),
  recordLength: u32le(),
  informationLength: u64le(),
};

/** File Entry, up to its extended attributes and allocation descriptors (ECMA-167 4/14.9). */
export const fileEntry = table('file entry', {
  ...entryHead,
  logicalBlocksRecorded: u64le(),
  accessDateAndTime: bytes(12),
  modificationDateAndTime: bytes(12),
  attributeDateAndTime: bytes(12),
  checkpoint: u32le(),
  extendedAttributeIcb: bytes(16),
  implementationIdentifier: bytes(32),
  uniqueId: u64le(),
  lengthOfExtendedAttributes: u32le(),
  lengthOfAllocationDescriptors: u32le(),
});

/** Extended File Entry, up to its extended attributes and allocation descriptors (ECMA-167 4/14.17). */
export const extendedFileEntry = table('extended file entry', {
  ...entryHead,
  objectSize: u64le(),
  logicalBlocksRecorded: u64le(),
  accessDateAndTime: bytes(12),
  modificationDateAndTime: bytes(12),
  creationDateAndTime: bytes(12),
  attributeDateAndTime: bytes(12),
  checkpoint: u32le(),
  reserved132: u32le(),
  extendedAttributeIcb: bytes(16),
  streamDirectoryIcb: bytes(16),
  implementationIdentifier: bytes(32),
  uniqueId: u64le(),
  lengthOfExtendedAttributes: u32le(),
  lengthOfAllocationDescriptors: u32le(),
});

/** Allocation Extent Descriptor: where a file's allocation descriptors go on (ECMA-167 4/14.5). */
export const allocationExtentDescriptor = table('allocation extent descriptor', {
  ...descriptorTag,
  previousAllocationExtentLocation: u32le(),
  lengthOfAllocationDescriptors: u32le(),
});

/** File types of an ICB tag (ECMA-167 4/14.6.6). */
export const FILE_TYPE = { directory: 4, file: 5, symbolicLink: 12 } as const;

/** How a file entry's extents are recorded: the three lowest ICB flags (ECMA-167 4/14.6.8). */
export const ALLOCATION = { mask: 7, short: 0, long: 1, extended: 2, embedded: 3 } as const;

/** The one strategy of direct entries: a single one in each ICB (ECMA-167 4/A.5, UDF 2.01, 2.3.5.1). */
export const STRATEGY_SINGLE = 4;
