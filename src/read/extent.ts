import { lba } from '../units.js';
import type { ScannedRecord } from './directory.js';
import type { Extent } from './tree-node.js';

/** Where the data of a record's file section lie. */
export function extentOf(record: ScannedRecord): Extent {
  const { interleaved, fileUnitSize, interleaveGapSize } = record;
  const extent = { lba: lba(record.locationOfExtent + blocksInFront(record)), length: record.dataLength };
  return interleaved ? { ...extent, interleave: { fileUnitSize, interleaveGapSize } } : extent;
}

/** Blocks in front of the data: an interleaved section's extended attributes take whole file units (ECMA-119 6.4.3). */
export function blocksInFront(record: ScannedRecord): number {
  const { interleaved, extendedAttributeBlocks, fileUnitSize, interleaveGapSize } = record;
  return interleaved
    ? Math.ceil(extendedAttributeBlocks / fileUnitSize) * (fileUnitSize + interleaveGapSize)
    : extendedAttributeBlocks;
}
