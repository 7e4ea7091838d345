import { lba } from '../units.js';
import type { ScannedRecord } from './directory.js';
import type { Extent } from './tree-node.js';

/** Where the data of a record's file section lie. */
export function extentOf(record: ScannedRecord): Extent {
  const { interleaved, fileUnitSize, interleaveGapSize, dataLength: length, locationOfExtent } = record;
  const inFront = blocksInFront(record);
  return {
    lba: lba(locationOfExtent + inFront),
    length,
    ...(inFront > 0 ? { locationOfExtent: lba(locationOfExtent) } : {}),
    ...(interleaved ? { interleave: { fileUnitSize, interleaveGapSize } } : {}),
  };
}

/** Blocks in front of the data: an interleaved section's extended attributes take whole file units (ECMA-119 6.4.3). */
function blocksInFront(record: ScannedRecord): number {
  const { interleaved, extendedAttributeBlocks, fileUnitSize, interleaveGapSize } = record;
  return interleaved
    ? Math.ceil(extendedAttributeBlocks / fileUnitSize) * (fileUnitSize + interleaveGapSize)
    : extendedAttributeBlocks;
}
