import {
  HFS_EXTENTS,
  HFS_PLUS_EXTENTS,
  HFS_PLUS_RECORD,
  HFS_RECORD,
  hfsCatalogFile,
  hfsExtent,
  hfsExtentKey,
  hfsPlusCatalogFile,
  hfsPlusExtent,
  hfsPlusExtentKey,
} from '../layout/hfs.js';
import type { LeafRecord } from './b-tree.js';
import type { HfsFork, HfsRun } from './hfs-fork.js';
import { hfsPlusFork, hfsPlusRuns, hfsRuns } from './hfs-volume.js';

/** The two formats differ in the width of nearly every number, and in nothing that matters here. */
export interface HfsDialect {
  readonly keyLengthBytes: 1 | 2;
  readonly runsOf: (view: DataView, at: number) => HfsRun[];
  readonly runsLength: number;
  /** Length of an overflow key, and what it says. */
  readonly extentKeyLength: number;
  readonly extentKeyOf: (view: DataView, at: number) => { fileId: number; fork: number; startBlock: number };
  /** The forks of a catalog record with their file number; nothing for what is no file. */
  readonly fileOf: (
    record: LeafRecord,
    blockSize: number,
  ) => { fileId: number; forks: HfsFork[] } | undefined;
}

/** A resource fork's type in the keys of overflow extents; a data fork's is 0 (Inside Macintosh: Files, 2-76). */
export const FORK_TYPES = [0x00, 0xff] as const;

/** HFS: numbers of 16 bits, three extents a record. */
export const HFS: HfsDialect = {
  keyLengthBytes: 1,
  runsOf: hfsRuns,
  runsLength: HFS_EXTENTS * hfsExtent.span,
  extentKeyLength: hfsExtentKey.span,
  extentKeyOf: (view, at) => ({
    fileId: view.getUint32(at + hfsExtentKey.offsetOf('fileId')),
    fork: view.getUint8(at + hfsExtentKey.offsetOf('forkType')),
    startBlock: view.getUint16(at + hfsExtentKey.offsetOf('startBlock')),
  }),
  fileOf: ({ node, data, end }, blockSize) => {
    const isFile = data + hfsCatalogFile.span <= end && (node.getUint16(data) & 0xff00) === HFS_RECORD.file;
    if (!isFile) {
      return undefined;
    }
    const blocks = (field: 'dataPhysicalSize' | 'resourcePhysicalSize'): number =>
      Math.ceil(node.getUint32(data + hfsCatalogFile.offsetOf(field)) / blockSize);
    const runs = (field: 'dataExtents' | 'resourceExtents'): HfsRun[] =>
      hfsRuns(node, data + hfsCatalogFile.offsetOf(field));
    return {
      fileId: node.getUint32(data + hfsCatalogFile.offsetOf('fileId')),
      forks: [
        { runs: runs('dataExtents'), blocks: blocks('dataPhysicalSize') },
        { runs: runs('resourceExtents'), blocks: blocks('resourcePhysicalSize') },
      ],
    };
  },
};

/** HFS+: numbers of 32 bits, eight extents a record. */
export const HFS_PLUS: HfsDialect = {
  keyLengthBytes: 2,
  runsOf: hfsPlusRuns,
  runsLength: HFS_PLUS_EXTENTS * hfsPlusExtent.span,
  extentKeyLength: hfsPlusExtentKey.span,
  extentKeyOf: (view, at) => ({
    fileId: view.getUint32(at + hfsPlusExtentKey.offsetOf('fileId')),
    fork: view.getUint8(at + hfsPlusExtentKey.offsetOf('forkType')),
    startBlock: view.getUint32(at + hfsPlusExtentKey.offsetOf('startBlock')),
  }),
  fileOf: ({ node, data, end }) => {
    const isFile = data + hfsPlusCatalogFile.span <= end && node.getUint16(data) === HFS_PLUS_RECORD.file;
    return isFile
      ? {
          fileId: node.getUint32(data + hfsPlusCatalogFile.offsetOf('fileId')),
          forks: [
            hfsPlusFork(node, data + hfsPlusCatalogFile.offsetOf('dataFork')),
            hfsPlusFork(node, data + hfsPlusCatalogFile.offsetOf('resourceFork')),
          ],
        }
      : undefined;
  },
};
