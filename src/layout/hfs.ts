/** HFS (Inside Macintosh: Files, chapter 2) and HFS+ (Apple Technical Note TN1150); every number is big-endian. */

import { bytes, characters, u16be, u32be, u8 } from './field.js';
import { table, type ValueOf } from './table.js';

/** Where the header lies, from the start of the volume's partition (Inside Macintosh: Files, 2-60; TN1150, Volume Header). */
export const HFS_VOLUME_HEADER_OFFSET = 1024;
/** HFS counts the start of its bitmap and of its allocation blocks in sectors, and keeps its second header in one. */
export const HFS_SECTOR_SIZE = 512;
/** Signatures of HFS, HFS+ and case-sensitive HFS+. */
export const HFS_SIGNATURE = { hfs: 'BD', hfsPlus: 'H+', hfsx: 'HX' } as const;

/** The signature that starts either header. */
export const hfsVolumeHeader = table('HFS volume header', { signature: characters(2) });

/** A run of allocation blocks of HFS (Inside Macintosh: Files, 2-71). */
export const hfsExtent = table('HFS extent', { startBlock: u16be(), blockCount: u16be() });
/** Extents that an HFS header, catalog record or overflow record has room for. */
export const HFS_EXTENTS = 3;

/** Master Directory Block of HFS (Inside Macintosh: Files, 2-60). */
export const hfsMasterDirectoryBlock = table('master directory block', {
  signature: characters(2),
  createDate: u32be(),
  modifyDate: u32be(),
  attributes: u16be(),
  numberOfRootFiles: u16be(),
  /** In 512-byte sectors from the start of the volume. */
  volumeBitmapStart: u16be(),
  allocationSearchStart: u16be(),
  numberOfAllocationBlocks: u16be(),
  /** Bytes in an allocation block. */
  allocationBlockSize: u32be(),
  clumpSize: u32be(),
  /** In 512-byte sectors from the start of the volume. */
  firstAllocationBlock: u16be(),
  nextCatalogNodeId: u32be(),
  freeBlocks: u16be(),
  volumeName: characters(28, '\0'),
  backupDate: u32be(),
  backupSequenceNumber: u16be(),
  writeCount: u32be(),
  extentsClumpSize: u32be(),
  catalogClumpSize: u32be(),
  numberOfRootDirectories: u16be(),
  numberOfFiles: u32be(),
  numberOfDirectories: u32be(),
  finderInformation: bytes(32),
  /** `H+` where this volume only wraps an HFS+ one (TN1150, HFS Wrapper). */
  embeddedSignature: characters(2, '\0'),
  embeddedStartBlock: u16be(),
  embeddedBlockCount: u16be(),
  extentsFileSize: u32be(),
  extentsFileExtents: bytes(HFS_EXTENTS * hfsExtent.span),
  catalogFileSize: u32be(),
  catalogFileExtents: bytes(HFS_EXTENTS * hfsExtent.span),
});
/** A decoded Master Directory Block. */
export type HfsMasterDirectoryBlock = ValueOf<typeof hfsMasterDirectoryBlock>;

/** A run of allocation blocks of HFS+ (TN1150, Fork Data Structure). */
export const hfsPlusExtent = table('HFS+ extent', { startBlock: u32be(), blockCount: u32be() });
/** Extents that HFS+ fork data or an overflow record has room for. */
export const HFS_PLUS_EXTENTS = 8;

/** Size and first extents of a fork (TN1150, Fork Data Structure). */
export const hfsPlusForkData = table('HFS+ fork data', {
  logicalSizeHigh: u32be(),
  logicalSizeLow: u32be(),
  clumpSize: u32be(),
  totalBlocks: u32be(),
  extents: bytes(HFS_PLUS_EXTENTS * hfsPlusExtent.span),
});

/** Volume header of HFS+ (TN1150, Volume Header). */
export const hfsPlusVolumeHeader = table('HFS+ volume header', {
  signature: characters(2),
  version: u16be(),
  attributes: u32be(),
  lastMountedVersion: characters(4),
  journalInfoBlock: u32be(),
  createDate: u32be(),
  modifyDate: u32be(),
  backupDate: u32be(),
  checkedDate: u32be(),
  fileCount: u32be(),
  folderCount: u32be(),
  /** Bytes in an allocation block. */
  blockSize: u32be(),
  totalBlocks: u32be(),
  freeBlocks: u32be(),
  nextAllocation: u32be(),
  resourceClumpSize: u32be(),
  dataClumpSize: u32be(),
  nextCatalogId: u32be(),
  writeCount: u32be(),
  encodingsBitmap: bytes(8),
  finderInformation: bytes(32),
  allocationFile: bytes(hfsPlusForkData.span),
  extentsFile: bytes(hfsPlusForkData.span),
  catalogFile: bytes(hfsPlusForkData.span),
  attributesFile: bytes(hfsPlusForkData.span),
  startupFile: bytes(hfsPlusForkData.span),
});
/** A decoded HFS+ volume header. */
export type HfsPlusVolumeHeader = ValueOf<typeof hfsPlusVolumeHeader>;
/** Bit of `attributes`: `journalInfoBlock` counts. */
export const HFS_PLUS_JOURNALED = 1 << 13;

/** What every node of a B-tree starts with (Inside Macintosh: Files, 2-65; TN1150, Node Descriptor). */
export const bTreeNodeDescriptor = table('B-tree node descriptor', {
  nextNode: u32be(),
  previousNode: u32be(),
  kind: u8(),
  height: u8(),
  numberOfRecords: u16be(),
  reserved12: u16be(),
});
/** Node kinds: a leaf is -1. */
export const B_TREE_NODE = { leaf: 0xff, index: 0, header: 1 } as const;

/** First record of a B-tree's header node, which is node 0 (TN1150, Header Record). */
export const bTreeHeader = table('B-tree header', {
  depth: u16be(),
  rootNode: u32be(),
  numberOfLeafRecords: u32be(),
  firstLeafNode: u32be(),
  lastLeafNode: u32be(),
  /** Bytes. */
  nodeSize: u16be(),
  maximumKeyLength: u16be(),
  numberOfNodes: u32be(),
  numberOfFreeNodes: u32be(),
  reserved30: u16be(),
  clumpSize: u32be(),
  treeType: u8(),
  keyComparison: u8(),
  attributes: u32be(),
  reserved42: bytes(64),
});

/** Types of catalog records; HFS has its own in the first of the two bytes. */
export const HFS_RECORD = { directory: 0x0100, file: 0x0200 } as const;
export const HFS_PLUS_RECORD = { directory: 1, file: 2 } as const;

/** File record of an HFS catalog (Inside Macintosh: Files, 2-74). */
export const hfsCatalogFile = table('HFS catalog file record', {
  recordType: u16be(),
  flags: u8(),
  fileType: u8(),
  finderInformation: bytes(16),
  fileId: u32be(),
  dataStartBlock: u16be(),
  dataLogicalSize: u32be(),
  /** Bytes of all allocation blocks of the data fork. */
  dataPhysicalSize: u32be(),
  resourceStartBlock: u16be(),
  resourceLogicalSize: u32be(),
  resourcePhysicalSize: u32be(),
  createDate: u32be(),
  modifyDate: u32be(),
  backupDate: u32be(),
  extendedFinderInformation: bytes(16),
  clumpSize: u16be(),
  dataExtents: bytes(HFS_EXTENTS * hfsExtent.span),
  resourceExtents: bytes(HFS_EXTENTS * hfsExtent.span),
  reserved98: u32be(),
});

/** File record of an HFS+ catalog (TN1150, Catalog File Records). */
export const hfsPlusCatalogFile = table('HFS+ catalog file record', {
  recordType: u16be(),
  flags: u16be(),
  reserved4: u32be(),
  fileId: u32be(),
  createDate: u32be(),
  contentModifyDate: u32be(),
  attributeModifyDate: u32be(),
  accessDate: u32be(),
  backupDate: u32be(),
  permissions: bytes(16),
  userInformation: bytes(16),
  finderInformation: bytes(16),
  textEncoding: u32be(),
  reserved84: u32be(),
  dataFork: bytes(hfsPlusForkData.span),
  resourceFork: bytes(hfsPlusForkData.span),
});

/** Key of a record of HFS's extents overflow file (Inside Macintosh: Files, 2-76). */
export const hfsExtentKey = table('HFS extent key', {
  keyLength: u8(),
  forkType: u8(),
  fileId: u32be(),
  startBlock: u16be(),
});

/** Key of a record of HFS+'s extents overflow file (TN1150, Extents Overflow File Key). */
export const hfsPlusExtentKey = table('HFS+ extent key', {
  keyLength: u16be(),
  forkType: u8(),
  reserved3: u8(),
  fileId: u32be(),
  startBlock: u32be(),
});

/** What an HFS+ attribute's record starts with where it is too long to lie in the record (TN1150, Attributes File). */
export const hfsPlusAttribute = table('HFS+ attribute', { recordType: u32be(), reserved4: u32be() });
export const HFS_PLUS_ATTRIBUTE = { inline: 0x10, fork: 0x20, extents: 0x30 } as const;

/** File numbers that the volume's own files have in the extents overflow file (TN1150, Catalog Node IDs). */
export const HFS_FILE_ID = {
  extents: 3,
  catalog: 4,
  badBlocks: 5,
  allocation: 6,
  startup: 7,
  attributes: 8,
} as const;
/** The first file number that a user's file can have. */
export const FIRST_USER_FILE_ID = 16;
