/** The tag in front of every UDF descriptor, and the sums in it (ECMA-167 3/7.2). */

import { u16le, u32le, u8 } from './field.js';
import { table } from './table.js';

/** The fields of a descriptor tag, for the tables of descriptors to start with. */
export const descriptorTag = {
  tagIdentifier: u16le(),
  descriptorVersion: u16le(),
  tagChecksum: u8(),
  reserved5: u8(),
  tagSerialNumber: u16le(),
  descriptorCrc: u16le(),
  descriptorCrcLength: u16le(),
  tagLocation: u32le(),
};

/** Descriptor tag (ECMA-167 3/7.2). */
export const udfDescriptorTag = table('descriptor tag', descriptorTag);

/** Tag identifiers (ECMA-167 3/7.2.1, 4/7.2.1). */
export const TAG_IDENTIFIER = {
  primaryVolume: 1,
  anchor: 2,
  volumeDescriptorPointer: 3,
  partition: 5,
  logicalVolume: 6,
  unallocatedSpace: 7,
  terminating: 8,
  logicalVolumeIntegrity: 9,
  fileSet: 256,
  fileIdentifier: 257,
  allocationExtent: 258,
  fileEntry: 261,
  spaceBitmap: 264,
  extendedFileEntry: 266,
} as const;

const AT = {
  checksum: udfDescriptorTag.offsetOf('tagChecksum'),
  crc: udfDescriptorTag.offsetOf('descriptorCrc'),
  crcLength: udfDescriptorTag.offsetOf('descriptorCrcLength'),
  location: udfDescriptorTag.offsetOf('tagLocation'),
};

/** Whether the checksum of the tag at `at` is right: the sum of its other fifteen bytes (ECMA-167 3/7.2.3). */
export function tagChecksumHolds(bytes: Uint8Array, at = 0): boolean {
  return tagChecksum(bytes, at) === bytes[at + AT.checksum];
}

function tagChecksum(bytes: Uint8Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < udfDescriptorTag.span; i += 1) {
    sum += i === AT.checksum ? 0 : (bytes[at + i] ?? 0);
  }
  return sum & 0xff;
}

/** Whether the sum over a descriptor's bytes behind the tag is right; true for one that has none (ECMA-167 3/7.2.6). */
export function descriptorCrcHolds(block: Uint8Array): boolean {
  const { descriptorCrc, descriptorCrcLength } = udfDescriptorTag.decode(block);
  const end = udfDescriptorTag.span + descriptorCrcLength;
  return descriptorCrcLength === 0
    ? true
    : end <= block.length && crc16(block.subarray(udfDescriptorTag.span, end)) === descriptorCrc;
}

/** The sum of ECMA-167 3/7.2.6: polynomial x^16 + x^12 + x^5 + 1, from zero, highest bit first. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    }
    crc &= 0xffff;
  }
  return crc;
}

/** A copy of a descriptor for another place: its location, and both sums made true. */
export function sealedAt(descriptor: Uint8Array, location: number): Uint8Array {
  const copy = descriptor.slice();
  const view = new DataView(copy.buffer);
  const length = view.getUint16(AT.crcLength, true);
  view.setUint32(AT.location, location, true);
  view.setUint16(AT.crc, crc16(copy.subarray(udfDescriptorTag.span, udfDescriptorTag.span + length)), true);
  copy[AT.checksum] = tagChecksum(copy, 0);
  return copy;
}
