/** Path table records (ECMA-119 9.4). */

import { u16be, u16le, u32be, u32le, u8 } from './field.js';
import { table } from './table.js';

/** A record of a Type L path table, in front of its Directory Identifier. */
export const typeLPathTableRecord = table('type L path table record', {
  lengthOfDirectoryIdentifier: u8(),
  extendedAttributeRecordLength: u8(),
  locationOfExtent: u32le(),
  parentDirectoryNumber: u16le(),
});

/** A record of a Type M path table, in front of its Directory Identifier. */
export const typeMPathTableRecord = table('type M path table record', {
  lengthOfDirectoryIdentifier: u8(),
  extendedAttributeRecordLength: u8(),
  locationOfExtent: u32be(),
  parentDirectoryNumber: u16be(),
});

/** Length of a whole record: the fixed part, the Directory Identifier and its pad byte (ECMA-119 9.4.6). */
export function pathTableRecordLength(lengthOfDirectoryIdentifier: number): number {
  return typeLPathTableRecord.span + lengthOfDirectoryIdentifier + (lengthOfDirectoryIdentifier % 2);
}
