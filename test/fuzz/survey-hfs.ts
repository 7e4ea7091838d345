/** Finds the structures of HFS and HFS+: volume headers, and what is in the nodes of their B-trees. */
import { latin1 } from '../../src/layout/field.js';
import {
  B_TREE_NODE,
  bTreeHeader,
  bTreeNodeDescriptor,
  HFS_PLUS_RECORD,
  HFS_RECORD,
  HFS_SECTOR_SIZE,
  HFS_SIGNATURE,
  HFS_VOLUME_HEADER_OFFSET,
  hfsCatalogFile,
  hfsExtentKey,
  hfsMasterDirectoryBlock,
  hfsPlusCatalogFile,
  hfsPlusForkData,
  hfsPlusVolumeHeader,
} from '../../src/layout/hfs.js';
import { BLOCK_SIZE } from '../../src/units.js';
import type { StructureList } from './structure.js';

const NODE_KINDS: readonly number[] = Object.values(B_TREE_NODE);
const MOST_RECORDS = 40;

/** Notes what starts at any sector of a block. */
export function surveyHfsBlock(list: StructureList, start: number): void {
  for (let offset = start; offset < start + BLOCK_SIZE; offset += HFS_SECTOR_SIZE) {
    const signature = latin1(list.at(offset, 2));
    if (signature === HFS_SIGNATURE.hfs) {
      list.add(hfsMasterDirectoryBlock, offset);
    } else if (signature === HFS_SIGNATURE.hfsPlus || signature === HFS_SIGNATURE.hfsx) {
      list.add(hfsPlusVolumeHeader, offset);
      list.add(hfsPlusForkData, offset + hfsPlusVolumeHeader.offsetOf('catalogFile'));
      list.add(hfsPlusForkData, offset + hfsPlusVolumeHeader.offsetOf('extentsFile'));
    } else if (start >= HFS_VOLUME_HEADER_OFFSET) {
      surveyNode(list, offset);
    }
  }
}

function surveyNode(list: StructureList, offset: number): void {
  if (offset + HFS_SECTOR_SIZE > list.bytes.length) {
    return;
  }
  const { kind, height, numberOfRecords } = bTreeNodeDescriptor.decode(list.bytes, offset);
  if (!NODE_KINDS.includes(kind) || height > 8 || numberOfRecords === 0 || numberOfRecords > MOST_RECORDS) {
    return;
  }
  list.add(bTreeNodeDescriptor, offset);
  if (kind === B_TREE_NODE.header) {
    list.add(bTreeHeader, offset + bTreeNodeDescriptor.span);
  }
  for (const nodeSize of [HFS_SECTOR_SIZE, BLOCK_SIZE, 2 * BLOCK_SIZE]) {
    for (let i = 0; i < numberOfRecords; i += 1) {
      surveyRecord(list, offset, uint16(list, offset + nodeSize - 2 * (i + 1)));
    }
  }
}

function surveyRecord(list: StructureList, node: number, at: number): void {
  const key = node + at;
  const short = key + 1 + (list.bytes[key] ?? 0);
  const long = key + 2 + uint16(list, key);
  if (uint16(list, short + (short % 2)) === HFS_RECORD.file) {
    list.add(hfsCatalogFile, short + (short % 2));
  } else if (uint16(list, long) === HFS_PLUS_RECORD.file) {
    list.add(hfsPlusCatalogFile, long);
    list.add(hfsPlusForkData, long + hfsPlusCatalogFile.offsetOf('dataFork'));
  } else if (list.bytes[key] === hfsExtentKey.span - 1) {
    list.add(hfsExtentKey, key);
  }
}

function uint16(list: StructureList, at: number): number {
  return ((list.bytes[at] ?? 0) << 8) | (list.bytes[at + 1] ?? 0);
}
