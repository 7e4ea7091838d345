/** UDF: its file structures (ECMA-167 part 4). */
import t from 'tap';
import {
  allocationExtentDescriptor,
  extendedFileEntry,
  fileEntry,
  fileIdentifierDescriptor,
  fileSetDescriptor,
  longAllocationDescriptor,
  partitionHeaderDescriptor,
  shortAllocationDescriptor,
  spaceBitmapDescriptor,
} from '../../src/layout/udf-file.js';
import { assemble, fillerAt, golden, hex } from '../kit/golden.js';
import { TAG, TAG_FIELDS } from './descriptor-tag.js';

/** The fields that both kinds of file entry begin with: strategy 4, type 5, short allocation descriptors. */
const ENTRY_HEAD = {
  0: TAG,
  16: '02000000 0400',
  24: '0100 00 05',
  34: '0002 01000000 02000000 a5140000 0300 04 05 06000000 0008000001000000',
};
const ENTRY_FIELDS = {
  ...TAG_FIELDS,
  priorRecordedNumberOfDirectEntries: 2,
  strategyType: 4,
  strategyParameter: fillerAt(22, 2),
  maximumNumberOfEntries: 1,
  reserved26: 0,
  fileType: 5,
  parentIcbLocation: fillerAt(28, 6),
  icbFlags: 0x200,
  uid: 1,
  gid: 2,
  permissions: 0x14a5,
  fileLinkCount: 3,
  recordFormat: 4,
  recordDisplayAttributes: 5,
  recordLength: 6,
  informationLength: 0x1_0000_0800n,
};

t.test('file structures', async (t) => {
  golden(t, shortAllocationDescriptor, hex('00080040 07000000'), {
    extentLength: 0x4000_0800,
    extentPosition: 7,
  });
  golden(t, longAllocationDescriptor, hex('00080000 07000000 0100 0000 10000000'), {
    extentLength: 0x800,
    extentLocation: 7,
    partitionReference: 1,
    implementationUse: hex('0000 10000000'),
  });
  const fileSet = assemble(512, { 0: TAG, 28: '0300 0400 01000000 02000000 05000000 06000000' });
  golden(t, fileSetDescriptor, fileSet, {
    ...TAG_FIELDS,
    recordingDateAndTime: fillerAt(16, 12),
    interchangeLevel: 3,
    maximumInterchangeLevel: 4,
    characterSetList: 1,
    maximumCharacterSetList: 2,
    fileSetNumber: 5,
    fileSetDescriptorNumber: 6,
    logicalVolumeIdentifierCharacterSet: fillerAt(48, 64),
    logicalVolumeIdentifier: fillerAt(112, 128),
    fileSetCharacterSet: fillerAt(240, 64),
    fileSetIdentifier: fillerAt(304, 32),
    copyrightFileIdentifier: fillerAt(336, 32),
    abstractFileIdentifier: fillerAt(368, 32),
    rootDirectoryIcb: fillerAt(400, 16),
    domainIdentifier: fillerAt(416, 32),
    nextExtent: fillerAt(448, 16),
    systemStreamDirectoryIcb: fillerAt(464, 16),
    reserved480: fillerAt(480, 32),
  });
  golden(t, partitionHeaderDescriptor, assemble(128, {}), {
    unallocatedSpaceTable: fillerAt(0, 8),
    unallocatedSpaceBitmap: fillerAt(8, 8),
    partitionIntegrityTable: fillerAt(16, 8),
    freedSpaceTable: fillerAt(24, 8),
    freedSpaceBitmap: fillerAt(32, 8),
    reserved40: fillerAt(40, 88),
  });
  golden(t, spaceBitmapDescriptor, hex(`${TAG} 23010000 25000000`), {
    ...TAG_FIELDS,
    numberOfBits: 0x123,
    numberOfBytes: 0x25,
  });
  const identifier = assemble(38, { 0: TAG, 16: '0100 02 09 00080000 07000000 0100', 36: '0400' });
  golden(t, fileIdentifierDescriptor, identifier, {
    ...TAG_FIELDS,
    fileVersionNumber: 1,
    fileCharacteristics: 2,
    lengthOfFileIdentifier: 9,
    icbLength: 2048,
    icbLocation: 7,
    icbPartitionReference: 1,
    icbImplementationUse: fillerAt(30, 6),
    lengthOfImplementationUse: 4,
  });
  const entry = assemble(176, {
    ...ENTRY_HEAD,
    64: '0100000001000000',
    108: '01000000',
    160: '1100000000000000 0c000000 08000000',
  });
  golden(t, fileEntry, entry, {
    ...ENTRY_FIELDS,
    logicalBlocksRecorded: 0x1_0000_0001n,
    accessDateAndTime: fillerAt(72, 12),
    modificationDateAndTime: fillerAt(84, 12),
    attributeDateAndTime: fillerAt(96, 12),
    checkpoint: 1,
    extendedAttributeIcb: fillerAt(112, 16),
    implementationIdentifier: fillerAt(128, 32),
    uniqueId: 17n,
    lengthOfExtendedAttributes: 12,
    lengthOfAllocationDescriptors: 8,
  });
  const extended = assemble(216, {
    ...ENTRY_HEAD,
    64: '0008000001000000 0100000001000000',
    128: '01000000 00000000',
    200: '1100000000000000 0c000000 08000000',
  });
  golden(t, extendedFileEntry, extended, {
    ...ENTRY_FIELDS,
    objectSize: 0x1_0000_0800n,
    logicalBlocksRecorded: 0x1_0000_0001n,
    accessDateAndTime: fillerAt(80, 12),
    modificationDateAndTime: fillerAt(92, 12),
    creationDateAndTime: fillerAt(104, 12),
    attributeDateAndTime: fillerAt(116, 12),
    checkpoint: 1,
    reserved132: 0,
    extendedAttributeIcb: fillerAt(136, 16),
    streamDirectoryIcb: fillerAt(152, 16),
    implementationIdentifier: fillerAt(168, 32),
    uniqueId: 17n,
    lengthOfExtendedAttributes: 12,
    lengthOfAllocationDescriptors: 8,
  });
  golden(t, allocationExtentDescriptor, hex(`${TAG} 05000000 10000000`), {
    ...TAG_FIELDS,
    previousAllocationExtentLocation: 5,
    lengthOfAllocationDescriptors: 16,
  });
});
