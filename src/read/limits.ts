import { PATH_TABLE_MAXIMUM } from '../layout/path-table.js';

/**
 * How much work an image may ask for. Every loop over image data stops at one of these, so that a broken or
 * hostile image ends in a finding or an error and never in a hang.
 */
export const LIMITS = {
  /** Volume descriptors in front of the terminator. */
  volumeDescriptors: 64,
  /** Blocks of a UDF volume recognition sequence. */
  recognitionBlocks: 16,
  /** Bytes of one directory, and of all directories that a volume's trees have together. */
  directoryBytes: 128 * 1024 * 1024,
  treeBytes: 512 * 1024 * 1024,
  /** Records in all directories of one tree, or of all trees of the volume descriptors together. */
  treeRecords: 2_000_000,
  /** Characters of a directory's path; systems end at 4096. */
  pathLength: 16_384,
  /** Characters of all paths in one listing. */
  listedCharacters: 64 * 1024 * 1024,
  /** Levels of directories; ISO 9660 allows 8, Rock Ridge as many as a path has room for. */
  depth: 1024,
  /** Continuation areas behind one directory record. */
  continuationHops: 64,
  /** Bytes of continuation areas in a tree, as a multiple of the image's size; sound ones do not overlap. */
  continuationShare: 2,
  /** Continuation areas that the records of a tree go on in. */
  continuations: 1_000_000,
  /** Bytes of one continuation area. */
  continuationBytes: 65_536,
  /** Bytes of a path table. */
  pathTableBytes: PATH_TABLE_MAXIMUM,
  /** Blocks of a boot catalog. */
  catalogBlocks: 32,
  /** Entries of a boot catalog whose images are looked at; discs with a menu of their own have some dozens. */
  bootEntries: 256,
  /** Bytes behind a hidden boot image's start that are searched for its end. */
  hiddenImageBytes: 8 * 1024 * 1024,
  /** Bytes that are read once to sum up a boot file. */
  bootFileBytes: 64 * 1024 * 1024,
  /** Bytes that are read to sum up all boot files of a catalog, which may lie over one another. */
  bootFilesBytes: 256 * 1024 * 1024,
  /** Runs of blocks that one file may lie in, adjacent ones counted as one. */
  filePieces: 1_000_000,
  /** Bytes in files that are extracted, as a multiple of the image's size; only hard links make it more than one. */
  extractedShare: 100,
  /** Lists of checksums that are looked through for the boot files. */
  manifests: 16,
  /** Bytes in all of them. */
  manifestBytes: 16 * 1024 * 1024,
  /** Characters of one of their lines. */
  manifestLine: 4096,
  /** Lines of all lists whose file is looked up because it is called as a boot file is, and said to lie elsewhere. */
  manifestLookups: 8,
  /** Findings that are kept. */
  findings: 200,
  /** Volume descriptor sequences of a UDF volume, with those that they go on in. */
  udfSequences: 16,
  /** Blocks of one such sequence that are looked at; it has sixteen as a rule. */
  udfSequenceBlocks: 64,
  /** Blocks of a UDF file set descriptor sequence that are looked at. */
  udfFileSetBlocks: 16,
  /** Extents of allocation descriptors behind one file entry. */
  udfAllocationHops: 4096,
  /** Such extents behind all file entries of a volume; sound ones do not overlap. */
  udfAllocationBlocks: 65_536,
  /** Extents of all files of a UDF volume that have more than one. */
  udfExtents: 1_000_000,
  /** Partitions of a UDF volume whose bitmaps are read; the others are taken as a whole. */
  udfPartitions: 8,
  /** Runs of blocks that the bitmap of a UDF partition may tell. */
  udfBitmapRuns: 1_000_000,
  /** Partitions of one table. */
  partitions: 256,
  /** Descriptor sets besides the one at block 16; a CD has 99 tracks. */
  sessions: 99,
  /** HFS volumes whose catalogs are walked; a disc has one, or one in a wrapper. */
  hfsVolumes: 8,
  /** Runs of allocation blocks of all HFS volumes. */
  hfsRuns: 2_000_000,
  /** Nodes of the trees of all HFS volumes. */
  hfsNodes: 65_536,
  /** Runs of a file of the volume's own that is read; a B-tree lies in a few. */
  hfsForkRuns: 1024,
} as const;
