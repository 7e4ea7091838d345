/** Finds UDF's descriptors by their tags. */
import {
  anchorVolumeDescriptorPointer,
  logicalVolumeIntegrityDescriptor,
  partitionMap,
  udfLogicalVolumeDescriptor,
  udfPartitionDescriptor,
  udfPrimaryVolumeDescriptor,
  unallocatedSpaceDescriptor,
  volumeDescriptorPointer,
} from '../../src/layout/udf.js';
import {
  ALLOCATION,
  allocationExtentDescriptor,
  extendedFileEntry,
  fileEntry,
  fileIdentifierDescriptor,
  fileSetDescriptor,
  longAllocationDescriptor,
  shortAllocationDescriptor,
  spaceBitmapDescriptor,
} from '../../src/layout/udf-file.js';
import { TAG_IDENTIFIER, tagChecksumHolds, udfDescriptorTag } from '../../src/layout/udf-tag.js';
import { BLOCK_SIZE } from '../../src/units.js';
import type { StructureList } from './structure.js';

const TABLES: Readonly<Record<number, object>> = {
  [TAG_IDENTIFIER.primaryVolume]: udfPrimaryVolumeDescriptor,
  [TAG_IDENTIFIER.anchor]: anchorVolumeDescriptorPointer,
  [TAG_IDENTIFIER.volumeDescriptorPointer]: volumeDescriptorPointer,
  [TAG_IDENTIFIER.partition]: udfPartitionDescriptor,
  [TAG_IDENTIFIER.logicalVolume]: udfLogicalVolumeDescriptor,
  [TAG_IDENTIFIER.unallocatedSpace]: unallocatedSpaceDescriptor,
  [TAG_IDENTIFIER.terminating]: udfDescriptorTag,
  [TAG_IDENTIFIER.logicalVolumeIntegrity]: logicalVolumeIntegrityDescriptor,
  [TAG_IDENTIFIER.fileSet]: fileSetDescriptor,
  [TAG_IDENTIFIER.fileIdentifier]: fileIdentifierDescriptor,
  [TAG_IDENTIFIER.allocationExtent]: allocationExtentDescriptor,
  [TAG_IDENTIFIER.fileEntry]: fileEntry,
  [TAG_IDENTIFIER.spaceBitmap]: spaceBitmapDescriptor,
  [TAG_IDENTIFIER.extendedFileEntry]: extendedFileEntry,
};

/** Notes the descriptors that start in a block: one at its start, and file identifiers anywhere. */
export function surveyUdfBlock(list: StructureList, start: number): void {
  for (let at = 0; at < BLOCK_SIZE; at += 4) {
    const offset = start + at;
    if (offset + udfDescriptorTag.span > list.bytes.length) {
      return;
    }
    const identifier = list.bytes[offset] ?? 0;
    const high = list.bytes[offset + 1] ?? 0;
    const tag = identifier | (high << 8);
    const isHere = at === 0 || tag === TAG_IDENTIFIER.fileIdentifier;
    const table = TABLES[tag];
    if (isHere && table !== undefined && tagChecksumHolds(list.bytes, offset)) {
      list.add(table, offset);
      surveyInside(list, tag, offset);
    }
  }
}

function surveyInside(list: StructureList, tag: number, offset: number): void {
  if (tag === TAG_IDENTIFIER.logicalVolume) {
    list.add(partitionMap, offset + udfLogicalVolumeDescriptor.span);
  }
  if (tag === TAG_IDENTIFIER.fileEntry || tag === TAG_IDENTIFIER.extendedFileEntry) {
    const table = tag === TAG_IDENTIFIER.fileEntry ? fileEntry : extendedFileEntry;
    if (offset + table.span > list.bytes.length) {
      return;
    }
    const { icbFlags, lengthOfExtendedAttributes } = table.decode(list.bytes, offset);
    const isLong = (icbFlags & ALLOCATION.mask) === ALLOCATION.long;
    const descriptor = isLong ? longAllocationDescriptor : shortAllocationDescriptor;
    list.add(descriptor, offset + table.span + lengthOfExtendedAttributes);
  }
}
