/** The boot catalog: entries of 32 bytes, 64 to a block (El Torito 1.0, 2.0). */

import { bytes, characters, u16le, u32le, u8 } from './field.js';
import { table, type ValueOf } from './table.js';

/** Bytes in every entry of a boot catalog. */
export const CATALOG_ENTRY_SIZE = 32;

/** Header ID of a validation entry (El Torito 2.1). */
export const VALIDATION_HEADER_ID = 0x01;

/** The two key bytes at the end of a validation entry, read as one number. */
export const VALIDATION_KEY = 0xaa55;

/** Header indicators of a section: another one follows, or this is the last (El Torito 2.3). */
export const SECTION_HEADER = { moreFollow: 0x90, last: 0x91 } as const;

/** Boot indicators of an entry (El Torito 2.2, 2.4), and the extension's own (El Torito 2.5). */
export const BOOT_INDICATOR = { bootable: 0x88, notBootable: 0x00 } as const;
export const EXTENSION_INDICATOR = 0x44;

/** Flag of a section entry or extension: an extension follows. */
export const EXTENSION_FOLLOWS = 0x20;

/** Platform ID (El Torito 2.1; EFI from UEFI 2.11, 13.3.2.1). */
export const PLATFORM_ID = { x86: 0x00, ppc: 0x01, mac: 0x02, efi: 0xef } as const;

/** Bits 0 to 3 of the boot media type (El Torito 2.2). */
export const BOOT_MEDIA_TYPE = {
  noEmulation: 0,
  floppy1200: 1,
  floppy1440: 2,
  floppy2880: 3,
  hardDisk: 4,
} as const;
export const BOOT_MEDIA_TYPE_MASK = 0x0f;

/** Size in bytes of each emulated floppy. */
export const FLOPPY_SIZE: Readonly<Record<number, number>> = {
  [BOOT_MEDIA_TYPE.floppy1200]: 1_228_800,
  [BOOT_MEDIA_TYPE.floppy1440]: 1_474_560,
  [BOOT_MEDIA_TYPE.floppy2880]: 2_949_120,
};

/** Validation Entry (El Torito 2.1). */
export const validationEntry = table('validation entry', {
  headerId: u8(),
  platformId: u8(),
  reserved2: u16le(),
  idString: characters(24, '\0'),
  checksum: u16le(),
  key: u16le(),
});

const bootFields = {
  bootIndicator: u8(),
  bootMediaType: u8(),
  loadSegment: u16le(),
  systemType: u8(),
  unused5: u8(),
  /** In virtual sectors of 512 bytes. */
  sectorCount: u16le(),
  loadRba: u32le(),
};

/** Initial/Default Entry (El Torito 2.2). */
export const initialEntry = table('initial entry', { ...bootFields, unused12: bytes(20) });

/** Section Header (El Torito 2.3). */
export const sectionHeader = table('section header', {
  headerIndicator: u8(),
  platformId: u8(),
  numberOfSectionEntries: u16le(),
  idString: characters(28, '\0'),
});

/** Section Entry (El Torito 2.4). */
export const sectionEntry = table('section entry', {
  ...bootFields,
  selectionCriteriaType: u8(),
  selectionCriteria: bytes(19),
});

/** Section Entry Extension (El Torito 2.5). */
export const sectionEntryExtension = table('section entry extension', {
  extensionIndicator: u8(),
  bits: u8(),
  selectionCriteria: bytes(30),
});

export type ValidationEntry = ValueOf<typeof validationEntry>;
export type InitialEntry = ValueOf<typeof initialEntry>;
export type SectionHeader = ValueOf<typeof sectionHeader>;
export type SectionEntry = ValueOf<typeof sectionEntry>;
export type SectionEntryExtension = ValueOf<typeof sectionEntryExtension>;

/** Sum of a validation entry's sixteen words, modulo 65,536; 0 in a sound one (El Torito 2.1). */
export function sumOfWords(entry: Uint8Array): number {
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
  let sum = 0;
  for (let at = 0; at < CATALOG_ENTRY_SIZE; at += 2) {
    sum = (sum + view.getUint16(at, true)) & 0xffff;
  }
  return sum;
}

/** A validation entry's bytes with the checksum that makes them sum up to zero. */
export function encodeValidationEntry(fields: Pick<ValidationEntry, 'platformId' | 'idString'>): Uint8Array {
  const entry = {
    ...fields,
    headerId: VALIDATION_HEADER_ID,
    reserved2: 0,
    checksum: 0,
    key: VALIDATION_KEY,
  };
  const checksum = (0x10000 - sumOfWords(validationEntry.encode(entry))) & 0xffff;
  return validationEntry.encode({ ...entry, checksum });
}
