/** Scans UDF file entries and their allocation descriptors, by the offsets of the layout tables. */

import { scanTimestamp } from '../layout/date-time.js';
import {
  ALLOCATION,
  EXTENT_LENGTH_BITS,
  extendedFileEntry,
  fileEntry,
  longAllocationDescriptor,
  shortAllocationDescriptor,
  STRATEGY_SINGLE,
} from '../layout/udf-file.js';
import { TAG_IDENTIFIER, tagChecksumHolds, udfDescriptorTag } from '../layout/udf-tag.js';

/** Offsets that entries of both kinds share. */
const AT = {
  tag: udfDescriptorTag.offsetOf('tagIdentifier'),
  strategy: fileEntry.offsetOf('strategyType'),
  fileType: fileEntry.offsetOf('fileType'),
  icbFlags: fileEntry.offsetOf('icbFlags'),
  informationLength: fileEntry.offsetOf('informationLength'),
};

/** Offsets that differ with the kind of entry. */
interface EntryOffsets {
  readonly modified: number;
  readonly extendedAttributeIcb: number;
  readonly streamDirectoryIcb: number | undefined;
  readonly extendedAttributesLength: number;
  readonly descriptorsLength: number;
  readonly variable: number;
}

const PLAIN: EntryOffsets = {
  modified: fileEntry.offsetOf('modificationDateAndTime'),
  extendedAttributeIcb: fileEntry.offsetOf('extendedAttributeIcb'),
  streamDirectoryIcb: undefined,
  extendedAttributesLength: fileEntry.offsetOf('lengthOfExtendedAttributes'),
  descriptorsLength: fileEntry.offsetOf('lengthOfAllocationDescriptors'),
  variable: fileEntry.span,
};

const EXTENDED: EntryOffsets = {
  modified: extendedFileEntry.offsetOf('modificationDateAndTime'),
  extendedAttributeIcb: extendedFileEntry.offsetOf('extendedAttributeIcb'),
  streamDirectoryIcb: extendedFileEntry.offsetOf('streamDirectoryIcb'),
  extendedAttributesLength: extendedFileEntry.offsetOf('lengthOfExtendedAttributes'),
  descriptorsLength: extendedFileEntry.offsetOf('lengthOfAllocationDescriptors'),
  variable: extendedFileEntry.span,
};

/** A file entry, its fields read and its variable parts as positions in its block. */
export interface ScannedEntry {
  readonly fileType: number;
  /** Bytes in the file. */
  readonly informationLength: number;
  readonly modifiedAt: number | undefined;
  /** One of `ALLOCATION`. */
  readonly allocation: number;
  /** Where allocation descriptors, or the file's own bytes, start and how many bytes they take. */
  readonly descriptorsAt: number;
  readonly descriptorsLength: number;
  /** Whether it has attributes or streams outside its block, which nobody follows. */
  readonly hasMore: boolean;
}

/** Scans the file entry in a block; nothing when it is none, or of a strategy that UDF does not have. */
export function scanFileEntry(block: Uint8Array): ScannedEntry | undefined {
  if (block.length < extendedFileEntry.span || !tagChecksumHolds(block)) {
    return undefined;
  }
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const tag = view.getUint16(AT.tag, true);
  if (tag !== TAG_IDENTIFIER.fileEntry && tag !== TAG_IDENTIFIER.extendedFileEntry) {
    return undefined;
  }
  const at = tag === TAG_IDENTIFIER.fileEntry ? PLAIN : EXTENDED;
  const descriptorsAt = at.variable + view.getUint32(at.extendedAttributesLength, true);
  const descriptorsLength = view.getUint32(at.descriptorsLength, true);
  const informationLength = Number(view.getBigUint64(AT.informationLength, true));
  if (
    view.getUint16(AT.strategy, true) !== STRATEGY_SINGLE ||
    descriptorsAt + descriptorsLength > block.length ||
    !Number.isSafeInteger(informationLength)
  ) {
    return undefined;
  }
  return {
    fileType: block[AT.fileType] ?? 0,
    informationLength,
    modifiedAt: scanTimestamp(block, at.modified),
    allocation: view.getUint16(AT.icbFlags, true) & ALLOCATION.mask,
    descriptorsAt,
    descriptorsLength,
    hasMore:
      view.getUint32(at.extendedAttributeIcb, true) !== 0 ||
      (at.streamDirectoryIcb !== undefined && view.getUint32(at.streamDirectoryIcb, true) !== 0),
  };
}

/** An extent as an allocation descriptor names it. */
export interface ScannedExtent {
  /** One of `EXTENT_TYPE`. */
  readonly type: number;
  /** Bytes. */
  readonly length: number;
  readonly block: number;
  /** Nothing for one in the partition of its file entry. */
  readonly partitionReference: number | undefined;
}

/** Scans allocation descriptors, short or long, up to the first empty one (ECMA-167 4/12.1). */
export function* scanExtents(
  bytes: Uint8Array,
  at: number,
  length: number,
  allocation: number,
): Generator<ScannedExtent> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const span = spanOf(allocation);
  const end = Math.min(at + length, bytes.length);
  for (let each = at; each + span <= end; each += span) {
    const extent = extentAt(view, each, allocation);
    if (extent.length === 0) {
      return;
    }
    yield extent;
  }
}

/** The allocation descriptor of a file entry that has just one; nothing for one with more, or none. */
export function scanOnlyExtent(block: Uint8Array, entry: ScannedEntry): ScannedExtent | undefined {
  const { allocation, descriptorsAt, descriptorsLength } = entry;
  const isKnown = allocation === ALLOCATION.short || allocation === ALLOCATION.long;
  return isKnown && descriptorsLength === spanOf(allocation)
    ? extentAt(new DataView(block.buffer, block.byteOffset, block.byteLength), descriptorsAt, allocation)
    : undefined;
}

function spanOf(allocation: number): number {
  return allocation === ALLOCATION.long ? longAllocationDescriptor.span : shortAllocationDescriptor.span;
}

function extentAt(view: DataView, at: number, allocation: number): ScannedExtent {
  const isLong = allocation === ALLOCATION.long;
  const word = view.getUint32(at + LENGTH_AT, true);
  return {
    type: word >>> EXTENT_LENGTH_BITS,
    length: word & LENGTH_MASK,
    block: view.getUint32(at + (isLong ? LONG_BLOCK_AT : SHORT_BLOCK_AT), true),
    partitionReference: isLong ? view.getUint16(at + REFERENCE_AT, true) : undefined,
  };
}

const LENGTH_MASK = 2 ** EXTENT_LENGTH_BITS - 1;
const LENGTH_AT = shortAllocationDescriptor.offsetOf('extentLength');
const SHORT_BLOCK_AT = shortAllocationDescriptor.offsetOf('extentPosition');
const LONG_BLOCK_AT = longAllocationDescriptor.offsetOf('extentLocation');
const REFERENCE_AT = longAllocationDescriptor.offsetOf('partitionReference');
