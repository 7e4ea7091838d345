import {
  HFS_EXTENTS,
  HFS_PLUS_EXTENTS,
  HFS_PLUS_JOURNALED,
  HFS_SECTOR_SIZE,
  HFS_SIGNATURE,
  HFS_VOLUME_HEADER_OFFSET,
  hfsExtent,
  hfsMasterDirectoryBlock,
  hfsPlusExtent,
  hfsPlusForkData,
  hfsPlusVolumeHeader,
  hfsVolumeHeader,
  type HfsMasterDirectoryBlock,
  type HfsPlusVolumeHeader,
} from '../layout/hfs.js';
import type { AllocationGeometry, HfsFork, HfsRun } from './hfs-fork.js';

/** Which of the two formats a volume has; they differ in the width of nearly every number. */
export type HfsFormat = 'HFS' | 'HFS+';

/** A run of bytes of the image. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** What the header of an HFS or HFS+ volume says of it. */
export interface HfsVolume extends AllocationGeometry {
  readonly format: HfsFormat;
  /** Byte offset of the volume, and of what lies behind it. */
  readonly start: number;
  readonly end: number;
  /** What the header names by address or the format puts in a fixed place, as bytes of the image. */
  readonly structures: readonly ByteRange[];
  /** Files that only the header knows, by their file number in the extents overflow file: bitmap, startup file. */
  readonly ownForks: readonly HfsFork[];
  readonly extents: HfsFork;
  readonly catalog: HfsFork;
  readonly attributes: HfsFork | undefined;
  /** An HFS+ volume that an HFS one is wrapped around. */
  readonly embedded: ByteRange | undefined;
}

/** Bytes from a volume's start to the end of the larger of the two headers. */
export const HFS_HEAD_BYTES = HFS_VOLUME_HEADER_OFFSET + hfsPlusVolumeHeader.span;

/** Whether the bytes from a partition's start hold the signature of HFS or HFS+. */
export function hasHfsSignature(head: Uint8Array): boolean {
  if (head.length < HFS_VOLUME_HEADER_OFFSET + hfsVolumeHeader.span) {
    return false;
  }
  const { signature } = hfsVolumeHeader.decode(head, HFS_VOLUME_HEADER_OFFSET);
  return Object.values<string>(HFS_SIGNATURE).includes(signature);
}

/** A volume's header, from the first bytes of its partition; nothing where it makes no sense. */
export function decodeHfsVolume(head: Uint8Array, start: number): HfsVolume | undefined {
  if (!hasHfsSignature(head)) {
    return undefined;
  }
  const { signature } = hfsVolumeHeader.decode(head, HFS_VOLUME_HEADER_OFFSET);
  const isHfs = signature === HFS_SIGNATURE.hfs;
  const table = isHfs ? hfsMasterDirectoryBlock : hfsPlusVolumeHeader;
  if (head.length < HFS_VOLUME_HEADER_OFFSET + table.span) {
    return undefined;
  }
  const volume = isHfs
    ? fromHfs(hfsMasterDirectoryBlock.decode(head, HFS_VOLUME_HEADER_OFFSET), start)
    : fromHfsPlus(hfsPlusVolumeHeader.decode(head, HFS_VOLUME_HEADER_OFFSET), start);
  const { blockSize } = volume;
  return blockSize >= HFS_SECTOR_SIZE && blockSize % HFS_SECTOR_SIZE === 0 ? volume : undefined;
}

function fromHfs(block: HfsMasterDirectoryBlock, start: number): HfsVolume {
  const blockSize = block.allocationBlockSize;
  const origin = start + block.firstAllocationBlock * HFS_SECTOR_SIZE;
  const blocksEnd = origin + block.numberOfAllocationBlocks * blockSize;
  const bitmapBytes = Math.ceil(block.numberOfAllocationBlocks / 8);
  const fork = (extents: Uint8Array, size: number): HfsFork => ({
    runs: hfsRuns(new DataView(extents.buffer, extents.byteOffset, extents.length), 0),
    blocks: Math.ceil(size / (blockSize || 1)),
  });
  const isWrapper = block.embeddedSignature === HFS_SIGNATURE.hfsPlus;
  return {
    format: 'HFS',
    start,
    origin,
    blockSize,
    end: blocksEnd + 2 * HFS_SECTOR_SIZE,
    structures: [
      // Boot blocks and header.
      { offset: start, length: HFS_VOLUME_HEADER_OFFSET + hfsMasterDirectoryBlock.span },
      { offset: start + block.volumeBitmapStart * HFS_SECTOR_SIZE, length: bitmapBytes },
      // The second header, and the last sector, which is Apple's own.
      { offset: blocksEnd, length: 2 * HFS_SECTOR_SIZE },
    ],
    ownForks: [],
    extents: fork(block.extentsFileExtents, block.extentsFileSize),
    catalog: fork(block.catalogFileExtents, block.catalogFileSize),
    attributes: undefined,
    embedded: isWrapper
      ? {
          offset: origin + block.embeddedStartBlock * blockSize,
          length: block.embeddedBlockCount * blockSize,
        }
      : undefined,
  };
}

function fromHfsPlus(header: HfsPlusVolumeHeader, start: number): HfsVolume {
  const { blockSize } = header;
  const end = start + header.totalBlocks * blockSize;
  const fork = (data: Uint8Array): HfsFork =>
    hfsPlusFork(new DataView(data.buffer, data.byteOffset, data.length), 0);
  const attributes = fork(header.attributesFile);
  const isJournaled = (header.attributes & HFS_PLUS_JOURNALED) !== 0;
  return {
    format: 'HFS+',
    start,
    origin: start,
    blockSize,
    end,
    structures: [
      { offset: start, length: HFS_VOLUME_HEADER_OFFSET + hfsPlusVolumeHeader.span },
      { offset: end - 2 * HFS_SECTOR_SIZE, length: 2 * HFS_SECTOR_SIZE },
      ...(isJournaled ? [{ offset: start + header.journalInfoBlock * blockSize, length: blockSize }] : []),
    ],
    ownForks: [fork(header.allocationFile), fork(header.startupFile)],
    extents: fork(header.extentsFile),
    catalog: fork(header.catalogFile),
    attributes: attributes.blocks === 0 ? undefined : attributes,
    embedded: undefined,
  };
}

/** The runs of an HFS extent record at `at`. */
export function hfsRuns(view: DataView, at: number): HfsRun[] {
  const runs: HfsRun[] = [];
  for (let i = 0; i < HFS_EXTENTS; i += 1) {
    const extent = at + i * hfsExtent.span;
    const count = view.getUint16(extent + hfsExtent.offsetOf('blockCount'));
    if (count > 0) {
      runs.push({ start: view.getUint16(extent + hfsExtent.offsetOf('startBlock')), count });
    }
  }
  return runs;
}

/** The runs of an HFS+ extent record at `at`. */
export function hfsPlusRuns(view: DataView, at: number): HfsRun[] {
  const runs: HfsRun[] = [];
  for (let i = 0; i < HFS_PLUS_EXTENTS; i += 1) {
    const extent = at + i * hfsPlusExtent.span;
    const count = view.getUint32(extent + hfsPlusExtent.offsetOf('blockCount'));
    if (count > 0) {
      runs.push({ start: view.getUint32(extent + hfsPlusExtent.offsetOf('startBlock')), count });
    }
  }
  return runs;
}

/** The fork data of HFS+ at `at`. */
export function hfsPlusFork(view: DataView, at: number): HfsFork {
  return {
    runs: hfsPlusRuns(view, at + hfsPlusForkData.offsetOf('extents')),
    blocks: view.getUint32(at + hfsPlusForkData.offsetOf('totalBlocks')),
  };
}
