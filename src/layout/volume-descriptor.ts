/** Volume descriptors, one logical block each (ECMA-119 8). */

import { both16, both32, bytes, characters, u32be, u32le, u8 } from './field.js';
import { table, type ValueOf } from './table.js';

/** Volume Descriptor Type (ECMA-119 8.1.1). */
export const VOLUME_DESCRIPTOR_TYPE = {
  bootRecord: 0,
  primary: 1,
  /** Supplementary, and from version 2 on Enhanced. */
  supplementary: 2,
  partition: 3,
  terminator: 255,
} as const;

/** Standard Identifier of every volume descriptor (ECMA-119 8.1.2). */
export const STANDARD_IDENTIFIER = 'CD001';

/** Boot System Identifier of El Torito, padded with NUL: SeaBIOS compares up to the NUL (El Torito 2.0). */
export const EL_TORITO_IDENTIFIER = 'EL TORITO SPECIFICATION';

const head = { type: u8(), standardIdentifier: characters(5), version: u8() };

/** The first seven bytes, which all descriptors share (ECMA-119 8.1). */
export const volumeDescriptorHead = table('volume descriptor head', head);

/**
 * Primary and Supplementary (Enhanced) Volume Descriptor (ECMA-119 8.4, 8.5). The two differ only in
 * `volumeFlags` and `escapeSequences`, which are unused in the Primary one, and in the coding of text.
 */
export const volumeDescriptor = table('volume descriptor', {
  ...head,
  volumeFlags: u8(),
  systemIdentifier: characters(32),
  volumeIdentifier: characters(32),
  unused72: bytes(8),
  volumeSpaceSize: both32(),
  /** Zero in a Primary Volume Descriptor, the character sets in a Supplementary one (ECMA-119 8.5.6). */
  escapeSequences: bytes(32),
  volumeSetSize: both16(),
  volumeSequenceNumber: both16(),
  logicalBlockSize: both16(),
  pathTableSize: both32(),
  locationOfTypeLPathTable: u32le(),
  locationOfOptionalTypeLPathTable: u32le(),
  locationOfTypeMPathTable: u32be(),
  locationOfOptionalTypeMPathTable: u32be(),
  directoryRecordForRoot: bytes(34),
  volumeSetIdentifier: characters(128),
  publisherIdentifier: characters(128),
  dataPreparerIdentifier: characters(128),
  applicationIdentifier: characters(128),
  copyrightFileIdentifier: characters(37),
  abstractFileIdentifier: characters(37),
  bibliographicFileIdentifier: characters(37),
  volumeCreationDateAndTime: bytes(17),
  volumeModificationDateAndTime: bytes(17),
  volumeExpirationDateAndTime: bytes(17),
  volumeEffectiveDateAndTime: bytes(17),
  fileStructureVersion: u8(),
  reserved882: u8(),
  applicationUse: bytes(512),
  reserved1395: bytes(653),
});

/** A decoded Primary, Supplementary or Enhanced Volume Descriptor. */
export type VolumeDescriptor = ValueOf<typeof volumeDescriptor>;

/** Boot Record (ECMA-119 8.2) with El Torito's pointer to the boot catalog (El Torito 2.0). */
export const bootRecord = table('boot record', {
  ...head,
  bootSystemIdentifier: characters(32, '\0'),
  bootIdentifier: characters(32, '\0'),
  /** Absolute pointer to the first block of the boot catalog. */
  locationOfBootCatalog: u32le(),
  bootSystemUse: bytes(1973),
});

/** Volume Partition Descriptor (ECMA-119 8.6). */
export const partitionDescriptor = table('volume partition descriptor', {
  ...head,
  unused7: u8(),
  systemIdentifier: characters(32),
  volumePartitionIdentifier: characters(32),
  volumePartitionLocation: both32(),
  volumePartitionSize: both32(),
  systemUse: bytes(1960),
});

/** Volume Descriptor Set Terminator (ECMA-119 8.3). */
export const terminator = table('volume descriptor set terminator', { ...head, reserved7: bytes(2041) });
