/** HFS and HFS+, as discs have them beside ISO 9660. */
import t from 'tap';
import {
  bTreeHeader,
  bTreeNodeDescriptor,
  hfsCatalogFile,
  hfsExtent,
  hfsExtentKey,
  hfsMasterDirectoryBlock,
  hfsPlusAttribute,
  hfsPlusCatalogFile,
  hfsPlusExtent,
  hfsPlusExtentKey,
  hfsPlusForkData,
  hfsPlusVolumeHeader,
  hfsVolumeHeader,
} from '../../src/layout/hfs.js';
import { assemble, fillerAt, golden, hex } from '../kit/golden.js';

t.test('headers', async (t) => {
  golden(t, hfsVolumeHeader, hex('482b'), { signature: 'H+' });
  const block = assemble(162, {
    0: "'BD",
    2: 'e72beb40 e72beb41 8180 0004 0003 0075 01b8 00000800 00002000 0004 00000021 0001',
    36: `'${'\x05CDROM'.padEnd(28, '\0')}`,
    64: '00000001 0002 00000003 00000800 00001000 0005 00000006 00000007',
    124: '482b 0010 0100 00006000',
    146: '0000c000',
  });
  golden(t, hfsMasterDirectoryBlock, block, {
    signature: 'BD',
    createDate: 0xe72beb40,
    modifyDate: 0xe72beb41,
    attributes: 0x8180,
    numberOfRootFiles: 4,
    volumeBitmapStart: 3,
    allocationSearchStart: 0x75,
    numberOfAllocationBlocks: 440,
    allocationBlockSize: 2048,
    clumpSize: 8192,
    firstAllocationBlock: 4,
    nextCatalogNodeId: 33,
    freeBlocks: 1,
    volumeName: '\x05CDROM'.padEnd(28, '\0'),
    backupDate: 1,
    backupSequenceNumber: 2,
    writeCount: 3,
    extentsClumpSize: 2048,
    catalogClumpSize: 4096,
    numberOfRootDirectories: 5,
    numberOfFiles: 6,
    numberOfDirectories: 7,
    finderInformation: fillerAt(92, 32),
    embeddedSignature: 'H+',
    embeddedStartBlock: 16,
    embeddedBlockCount: 256,
    extentsFileSize: 0x6000,
    extentsFileExtents: fillerAt(134, 12),
    catalogFileSize: 0xc000,
    catalogFileExtents: fillerAt(150, 12),
  });
  const header = assemble(512, {
    0: "'H+",
    2: '0004 00008100',
    8: "'liso",
    12: '00000009 00000001 00000002 00000003 00000004 0000000c 00000003 00000800 0000005a 00000005',
    52: '00000006 00000800 00001000 0000001f 00000007',
  });
  golden(t, hfsPlusVolumeHeader, header, {
    signature: 'H+',
    version: 4,
    attributes: 0x8100,
    lastMountedVersion: 'liso',
    journalInfoBlock: 9,
    createDate: 1,
    modifyDate: 2,
    backupDate: 3,
    checkedDate: 4,
    fileCount: 12,
    folderCount: 3,
    blockSize: 2048,
    totalBlocks: 90,
    freeBlocks: 5,
    nextAllocation: 6,
    resourceClumpSize: 2048,
    dataClumpSize: 4096,
    nextCatalogId: 31,
    writeCount: 7,
    encodingsBitmap: fillerAt(72, 8),
    finderInformation: fillerAt(80, 32),
    allocationFile: fillerAt(112, 80),
    extentsFile: fillerAt(192, 80),
    catalogFile: fillerAt(272, 80),
    attributesFile: fillerAt(352, 80),
    startupFile: fillerAt(432, 80),
  });
});

t.test('extents', async (t) => {
  golden(t, hfsExtent, hex('018f 000c'), { startBlock: 399, blockCount: 12 });
  golden(t, hfsPlusExtent, hex('00012345 00000010'), { startBlock: 0x12345, blockCount: 16 });
  golden(t, hfsPlusForkData, assemble(80, { 0: '00000001 00000002 00000800 00000003' }), {
    logicalSizeHigh: 1,
    logicalSizeLow: 2,
    clumpSize: 2048,
    totalBlocks: 3,
    extents: fillerAt(16, 64),
  });
  golden(t, hfsExtentKey, hex('07 ff 00000010 0003'), {
    keyLength: 7,
    forkType: 0xff,
    fileId: 16,
    startBlock: 3,
  });
  golden(t, hfsPlusExtentKey, hex('000a 00 00 00000010 00000008'), {
    keyLength: 10,
    forkType: 0,
    reserved3: 0,
    fileId: 16,
    startBlock: 8,
  });
});

t.test('B-trees', async (t) => {
  golden(t, bTreeNodeDescriptor, hex('00000002 00000001 ff 01 0003 0000'), {
    nextNode: 2,
    previousNode: 1,
    kind: 0xff,
    height: 1,
    numberOfRecords: 3,
    reserved12: 0,
  });
  const header = assemble(106, {
    0: '0002 00000004 00000013 00000001 00000003 0200 0025 00000030 0000002b 0000 00000800 80 cf 00000002',
  });
  golden(t, bTreeHeader, header, {
    depth: 2,
    rootNode: 4,
    numberOfLeafRecords: 19,
    firstLeafNode: 1,
    lastLeafNode: 3,
    nodeSize: 512,
    maximumKeyLength: 37,
    numberOfNodes: 48,
    numberOfFreeNodes: 43,
    reserved30: 0,
    clumpSize: 2048,
    treeType: 0x80,
    keyComparison: 0xcf,
    attributes: 2,
    reserved42: fillerAt(42, 64),
  });
});

t.test('catalog records', async (t) => {
  const file = assemble(102, {
    0: '0200 80 01',
    20: '00000010 0000 00009800 0000a000 0001 00000002 00000800 00000003 00000004 00000005',
    72: '0006',
    98: '00000000',
  });
  golden(t, hfsCatalogFile, file, {
    recordType: 0x200,
    flags: 0x80,
    fileType: 1,
    finderInformation: fillerAt(4, 16),
    fileId: 16,
    dataStartBlock: 0,
    dataLogicalSize: 38_912,
    dataPhysicalSize: 40_960,
    resourceStartBlock: 1,
    resourceLogicalSize: 2,
    resourcePhysicalSize: 2048,
    createDate: 3,
    modifyDate: 4,
    backupDate: 5,
    extendedFinderInformation: fillerAt(56, 16),
    clumpSize: 6,
    dataExtents: fillerAt(74, 12),
    resourceExtents: fillerAt(86, 12),
    reserved98: 0,
  });
  const plus = assemble(248, {
    0: '0002 0082 00000000 00000012 00000001 00000002 00000003 00000004 00000005',
    80: '00000006 00000000',
  });
  golden(t, hfsPlusCatalogFile, plus, {
    recordType: 2,
    flags: 0x82,
    reserved4: 0,
    fileId: 18,
    createDate: 1,
    contentModifyDate: 2,
    attributeModifyDate: 3,
    accessDate: 4,
    backupDate: 5,
    permissions: fillerAt(32, 16),
    userInformation: fillerAt(48, 16),
    finderInformation: fillerAt(64, 16),
    textEncoding: 6,
    reserved84: 0,
    dataFork: fillerAt(88, 80),
    resourceFork: fillerAt(168, 80),
  });
  golden(t, hfsPlusAttribute, hex('00000020 00000000'), { recordType: 0x20, reserved4: 0 });
});
