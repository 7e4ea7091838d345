/** Scans a path table's bytes for records, by the offsets of the layout tables (ECMA-119 9.4). */

import { pathTableRecordLength, typeLPathTableRecord, typeMPathTableRecord } from './path-table-record.js';
import type { VolumeDescriptor } from './volume-descriptor.js';

/** In which byte order a path table is written: L least significant byte first, M most significant first. */
export type PathTableType = 'L' | 'M';

/** One directory as a path table has it. */
export interface ScannedPathTableRecord {
  /** Offset of the record from the start of the table. */
  readonly at: number;
  /** From 1 on, in the order of the table. */
  readonly directoryNumber: number;
  readonly extendedAttributeBlocks: number;
  readonly locationOfExtent: number;
  readonly parentDirectoryNumber: number;
  /** From where to where its Directory Identifier reaches. */
  readonly identifierStart: number;
  readonly identifierEnd: number;
}

/** The fields of a volume descriptor that locate path tables, and the type of each (ECMA-119 8.4.14 to 8.4.17). */
export const PATH_TABLE_FIELDS = [
  ['locationOfTypeLPathTable', 'L'],
  ['locationOfOptionalTypeLPathTable', 'L'],
  ['locationOfTypeMPathTable', 'M'],
  ['locationOfOptionalTypeMPathTable', 'M'],
] as const satisfies readonly (readonly [keyof VolumeDescriptor, PathTableType])[];

/** Bytes of the longest table that is read: records count parents in 16 bits, so that more directories are of no use. */
export const PATH_TABLE_MAXIMUM = 17 * 1024 * 1024;

const RECORD = { L: typeLPathTableRecord, M: typeMPathTableRecord } as const;

/** Where in a record of either type the number of the directory's block stands. */
export const LOCATION_IN_PATH_TABLE_RECORD = typeLPathTableRecord.rangeOf('locationOfExtent');

/** The records of a path table; ends in front of the first that is cut short. */
export function* scanPathTable(bytes: Uint8Array, type: PathTableType): Generator<ScannedPathTableRecord> {
  const isLittle = type === 'L';
  const layout = RECORD[type];
  const AT = {
    extendedAttributes: layout.offsetOf('extendedAttributeRecordLength'),
    location: layout.offsetOf('locationOfExtent'),
    parent: layout.offsetOf('parentDirectoryNumber'),
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let directoryNumber = 1;
  for (let at = 0; at + layout.span < bytes.length;) {
    const identifierLength = bytes[at] ?? 0;
    const identifierStart = at + layout.span;
    if (identifierLength === 0 || identifierStart + identifierLength > bytes.length) {
      return;
    }
    yield {
      at,
      directoryNumber,
      extendedAttributeBlocks: bytes[at + AT.extendedAttributes] ?? 0,
      locationOfExtent: view.getUint32(at + AT.location, isLittle),
      parentDirectoryNumber: view.getUint16(at + AT.parent, isLittle),
      identifierStart,
      identifierEnd: identifierStart + identifierLength,
    };
    directoryNumber += 1;
    at += pathTableRecordLength(identifierLength);
  }
}
