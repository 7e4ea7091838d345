/** The tag that the golden bytes of UDF descriptors begin with. */

/** Tag of an anchor at block 256: identifier 2, version 2, its own sum, serial 1, CRC, its length, location. */
export const TAG = '0200 0200 d5 00 0100 3412 f001 00010000';
/** What it decodes to. */
export const TAG_FIELDS = {
  tagIdentifier: 2,
  descriptorVersion: 2,
  tagChecksum: 0xd5,
  reserved5: 0,
  tagSerialNumber: 1,
  descriptorCrc: 0x1234,
  descriptorCrcLength: 0x1f0,
  tagLocation: 256,
};
