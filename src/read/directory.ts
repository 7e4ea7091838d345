/** Scans a directory's bytes for records, by the offsets of the layout table; records are decoded nowhere else in bulk. */

import {
  directoryRecord,
  FILE_FLAG,
  FILE_IDENTIFIER_OFFSET,
  PARENT_IDENTIFIER,
  SELF_IDENTIFIER,
  systemUseOffset,
} from '../layout/directory-record.js';
import { scanRecordingDate } from '../layout/date-time.js';
import { BLOCK_SIZE, blocksFor } from '../units.js';
import { decodeFileIdentifier, type NameCoding } from './file-identifier.js';

/** Offsets of the fields that are read in bulk. */
export const AT = {
  length: directoryRecord.offsetOf('lengthOfDirectoryRecord'),
  extendedAttributes: directoryRecord.offsetOf('extendedAttributeRecordLength'),
  extent: directoryRecord.offsetOf('locationOfExtent'),
  dataLength: directoryRecord.offsetOf('dataLength'),
  date: directoryRecord.offsetOf('recordingDateAndTime'),
  flags: directoryRecord.offsetOf('fileFlags'),
  unitSize: directoryRecord.offsetOf('fileUnitSize'),
  gapSize: directoryRecord.offsetOf('interleaveGapSize'),
  identifierLength: directoryRecord.offsetOf('lengthOfFileIdentifier'),
};

/** One record, its fields read and its variable parts as positions in the directory's bytes. */
export interface ScannedRecord extends Pick<VariableParts, 'systemUseStart' | 'end'> {
  /** Offset of the record from the start of the directory. */
  readonly at: number;
  readonly length: number;
  readonly extendedAttributeBlocks: number;
  readonly locationOfExtent: number;
  readonly dataLength: number;
  readonly flags: number;
  readonly interleaved: boolean;
  /** Blocks in each part of an interleaved file, and between two of them (ECMA-119 9.1.7, 9.1.8). */
  readonly fileUnitSize: number;
  readonly interleaveGapSize: number;
  /** Blocks between the parts of an interleaved file (ECMA-119 6.4.3). */
  readonly interleaveGapBlocks: number;
  /** The directory's record of itself or of its parent (ECMA-119 6.8.2.2). */
  readonly isSelfOrParent: boolean;
  /** Its File Identifier as text; empty for those two. */
  readonly name: string;
  /** In milliseconds since 1970; nothing where it is unset. */
  readonly recordedAt: number | undefined;
  /** Both-byte-order fields whose halves differ. */
  readonly halvesDiffer: boolean;
}

/** Where the parts of a record lie that are not always as long. */
export interface VariableParts {
  readonly identifierStart: number;
  readonly identifierLength: number;
  /** From where to where the System Use field reaches. */
  readonly systemUseStart: number;
  readonly end: number;
}

/** The variable parts of a well-formed record. */
export function variablePartsAt(bytes: Uint8Array, at: number): VariableParts {
  const identifierLength = bytes[at + AT.identifierLength] ?? 0;
  const end = at + (bytes[at + AT.length] ?? 0);
  return {
    identifierStart: at + FILE_IDENTIFIER_OFFSET,
    identifierLength,
    systemUseStart: Math.min(at + systemUseOffset(identifierLength), end),
    end,
  };
}

/** Whether a record is a directory's. */
export function isDirectoryRecord(record: ScannedRecord): boolean {
  return (record.flags & FILE_FLAG.directory) !== 0;
}

/** Whether the file goes on in the next record (ECMA-119 9.1.6). */
export function continuesInNext(record: ScannedRecord): boolean {
  return (record.flags & FILE_FLAG.multiExtent) !== 0;
}

/** The records of a directory, from a given one on; `onBad` is told the offset of each that is malformed. */
export function* scanDirectory(
  bytes: Uint8Array,
  coding: NameCoding,
  onBad: (at: number) => void,
  from = 0,
): Generator<ScannedRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = from;
  while (at < bytes.length) {
    const length = bytes[at + AT.length] ?? 0;
    const blockEnd = at - (at % BLOCK_SIZE) + BLOCK_SIZE;
    if (length === 0) {
      at = blockEnd;
      continue;
    }
    const record = recordAt(bytes, view, at, Math.min(blockEnd, bytes.length), coding);
    if (record === undefined) {
      onBad(at);
      // Nothing behind a bad length in this block can be trusted to be a record.
      at = blockEnd;
      continue;
    }
    yield record;
    at += length;
  }
}

/** The records of a directory that are well-formed, from a given one on and no more than `most`. */
export function wellFormedRecords(
  bytes: Uint8Array,
  coding: NameCoding,
  from: number,
  most: number,
): ScannedRecord[] {
  const records: ScannedRecord[] = [];
  for (const record of scanDirectory(bytes, coding, () => undefined, from)) {
    if (records.push(record) >= most) {
      break;
    }
  }
  return records;
}

function recordAt(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  limit: number,
  coding: NameCoding,
): ScannedRecord | undefined {
  const length = bytes[at + AT.length] ?? 0;
  if (at + length > limit || length <= FILE_IDENTIFIER_OFFSET) {
    return undefined;
  }
  const { identifierStart, identifierLength, systemUseStart, end } = variablePartsAt(bytes, at);
  if (identifierLength === 0 || FILE_IDENTIFIER_OFFSET + identifierLength > length) {
    return undefined;
  }
  const fileUnitSize = bytes[at + AT.unitSize] ?? 0;
  const interleaveGapSize = bytes[at + AT.gapSize] ?? 0;
  const isOwn = isSelfOrParent(bytes, identifierStart, identifierLength);
  const locationOfExtent = view.getUint32(at + AT.extent, true);
  const dataLength = view.getUint32(at + AT.dataLength, true);
  return {
    at,
    length,
    extendedAttributeBlocks: bytes[at + AT.extendedAttributes] ?? 0,
    locationOfExtent,
    dataLength,
    flags: bytes[at + AT.flags] ?? 0,
    interleaved: fileUnitSize !== 0,
    fileUnitSize,
    interleaveGapSize,
    interleaveGapBlocks:
      fileUnitSize === 0 ? 0 : Math.ceil(blocksFor(dataLength) / fileUnitSize) * interleaveGapSize,
    isSelfOrParent: isOwn,
    name: isOwn ? '' : decodeFileIdentifier(bytes, identifierStart, identifierLength, coding),
    recordedAt: scanRecordingDate(bytes, at + AT.date),
    systemUseStart,
    end,
    halvesDiffer:
      view.getUint32(at + AT.extent + 4) !== locationOfExtent ||
      view.getUint32(at + AT.dataLength + 4) !== dataLength,
  };
}

/** Whether a File Identifier is a directory's own or its parent's (ECMA-119 6.8.2.2). */
export function isSelfOrParent(bytes: Uint8Array, start: number, length: number): boolean {
  return length === 1 && (bytes[start] === SELF_IDENTIFIER || bytes[start] === PARENT_IDENTIFIER);
}
