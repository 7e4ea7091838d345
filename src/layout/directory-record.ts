/** Directory records (ECMA-119 9.1). */

import { both16, both32, bytes, u8 } from './field.js';
import { table, type ValueOf } from './table.js';

/** The part of a directory record in front of its File Identifier. */
export const directoryRecord = table('directory record', {
  lengthOfDirectoryRecord: u8(),
  extendedAttributeRecordLength: u8(),
  locationOfExtent: both32(),
  dataLength: both32(),
  recordingDateAndTime: bytes(7),
  fileFlags: u8(),
  fileUnitSize: u8(),
  interleaveGapSize: u8(),
  volumeSequenceNumber: both16(),
  lengthOfFileIdentifier: u8(),
});

/** A decoded directory record, without its File Identifier and System Use field. */
export type DirectoryRecord = ValueOf<typeof directoryRecord>;

/** File Flags (ECMA-119 9.1.6). */
export const FILE_FLAG = {
  existence: 0x01,
  directory: 0x02,
  associatedFile: 0x04,
  record: 0x08,
  protection: 0x10,
  multiExtent: 0x80,
} as const;

/** The File Identifier of a directory's record of itself, and of its parent (ECMA-119 6.8.2.2). */
export const SELF_IDENTIFIER = 0x00;
export const PARENT_IDENTIFIER = 0x01;

/** Where the File Identifier starts in a record. */
export const FILE_IDENTIFIER_OFFSET = directoryRecord.span;

/** Where the System Use field starts: behind the File Identifier and its pad byte (ECMA-119 9.1.12, 9.1.13). */
export function systemUseOffset(lengthOfFileIdentifier: number): number {
  const end = FILE_IDENTIFIER_OFFSET + lengthOfFileIdentifier;
  return end + (end % 2);
}

/** A whole record: the fixed part, the File Identifier with its pad byte, and the System Use field. */
export function encodeDirectoryRecord(
  fixed: Omit<DirectoryRecord, 'lengthOfDirectoryRecord' | 'lengthOfFileIdentifier'>,
  fileIdentifier: Uint8Array,
  systemUse: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const start = systemUseOffset(fileIdentifier.length);
  const length = start + systemUse.length + (systemUse.length % 2);
  const record = new Uint8Array(length);
  record.set(
    directoryRecord.encode({
      ...fixed,
      lengthOfDirectoryRecord: length,
      lengthOfFileIdentifier: fileIdentifier.length,
    }),
  );
  record.set(fileIdentifier, FILE_IDENTIFIER_OFFSET);
  record.set(systemUse, start);
  return record;
}
