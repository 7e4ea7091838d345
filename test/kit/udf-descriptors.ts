/** UDF descriptors for built images, each complete and with true sums. */
import { u32le } from '../../src/layout/field.js';
import type { Field } from '../../src/layout/field.js';
import type { Decoded, Table } from '../../src/layout/table.js';
import {
  ALLOCATION,
  extendedFileEntry,
  FILE_CHARACTERISTIC,
  FILE_TYPE,
  fileEntry,
  fileIdentifierDescriptor,
  longAllocationDescriptor,
  shortAllocationDescriptor,
  STRATEGY_SINGLE,
} from '../../src/layout/udf-file.js';
import { entityIdentifier, volumeStructureDescriptor } from '../../src/layout/udf.js';
import { sealedAt, TAG_IDENTIFIER, udfDescriptorTag } from '../../src/layout/udf-tag.js';
import { encodeCompressedUnicode } from '../../src/layout/udf-text.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { joined } from './image-builder.js';

/** A run of blocks of the partition. */
export interface Run {
  /** Logical block number, from the start of the partition. */
  readonly at: number;
  /** Bytes. */
  readonly length: number;
}

/** How the file entries of an image are recorded. */
export interface EntryStyle {
  /** UDF 2.01: extended file entries, descriptor version 3. */
  readonly extended: boolean;
  /** Long allocation descriptors. */
  readonly long: boolean;
}

type Fields = Readonly<Record<string, Field<unknown>>>;

/** A structure from some of its fields; the others are zero. */
export function filled<F extends Fields>(table: Table<F>, values: Partial<Decoded<F>>): Uint8Array {
  return table.encode({ ...table.decode(new Uint8Array(table.span)), ...values });
}

/** A descriptor with its tag, and what follows its fixed fields. */
export function tagged(
  kind: keyof typeof TAG_IDENTIFIER,
  location: number,
  body: Uint8Array,
  version: number,
): Uint8Array {
  const bytes = body.slice();
  const tag = filled(udfDescriptorTag, {
    tagIdentifier: TAG_IDENTIFIER[kind],
    descriptorVersion: version,
    tagSerialNumber: 1,
    descriptorCrcLength: bytes.length - udfDescriptorTag.span,
  });
  bytes.set(tag);
  return sealedAt(bytes, location);
}

/** 2005-04-03 02:01:00 UTC. */
export const MOMENT = Uint8Array.of(0x00, 0x10, 0xd5, 0x07, 4, 3, 2, 1, 0, 0, 0, 0);

/** "OSTA Compressed Unicode", the one character set of UDF (UDF 2.01, 2.1.2). */
export function characterSet(): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set(
    Uint8Array.from('OSTA Compressed Unicode', (character) => character.charCodeAt(0)),
    1,
  );
  return bytes;
}

/** An entity identifier; a domain carries the UDF revision. */
export function entity(identifier: string, udfRevision = 0): Uint8Array {
  return filled(entityIdentifier, { identifier, udfRevision });
}

/** One block of a recognition sequence. */
export function recognition(standardIdentifier: string): Uint8Array {
  return filled(volumeStructureDescriptor, { standardIdentifier, structureVersion: 1 });
}

/** A short allocation descriptor of a run. */
export function shortDescriptor({ at, length }: Run): Uint8Array {
  return filled(shortAllocationDescriptor, { extentLength: length, extentPosition: at });
}

/** A long allocation descriptor of a run. */
export function longDescriptor({ at, length }: Run): Uint8Array {
  return filled(longAllocationDescriptor, { extentLength: length, extentLocation: at });
}

/** What a file entry is to say. */
export interface EntrySpec {
  /** Logical block number of the entry. */
  readonly at: number;
  readonly directory: boolean;
  readonly links: number;
  readonly uniqueId: number;
  /** Bytes in the file. */
  readonly size: number;
  /** Where they lie, in order; or the bytes themselves. */
  readonly data: readonly Run[] | Uint8Array;
}

/** A file entry or an extended one. */
export function entryOf(spec: EntrySpec, { extended, long }: EntryStyle): Uint8Array {
  const { data } = spec;
  const isEmbedded = data instanceof Uint8Array;
  const descriptors = isEmbedded ? data : joined(...data.map(long ? longDescriptor : shortDescriptor));
  const blocks = isEmbedded ? 0 : data.reduce((sum, { length }) => sum + Math.ceil(length / BLOCK_SIZE), 0);
  const plain = {
    strategyType: STRATEGY_SINGLE,
    maximumNumberOfEntries: 1,
    fileType: spec.directory ? FILE_TYPE.directory : FILE_TYPE.file,
    icbFlags: isEmbedded ? ALLOCATION.embedded : long ? ALLOCATION.long : ALLOCATION.short,
    uid: 0xffff_ffff,
    gid: 0xffff_ffff,
    permissions: 0x14a5,
    fileLinkCount: spec.links,
    informationLength: BigInt(spec.size),
    logicalBlocksRecorded: BigInt(blocks),
    accessDateAndTime: MOMENT,
    modificationDateAndTime: MOMENT,
    attributeDateAndTime: MOMENT,
    checkpoint: 1,
    implementationIdentifier: entity('*isoboot tests'),
    uniqueId: BigInt(spec.uniqueId),
    lengthOfAllocationDescriptors: descriptors.length,
  };
  const head = extended
    ? filled(extendedFileEntry, {
        ...plain,
        objectSize: BigInt(spec.size),
        creationDateAndTime: MOMENT,
      })
    : filled(fileEntry, plain);
  const kind = extended ? 'extendedFileEntry' : 'fileEntry';
  return tagged(kind, spec.at, joined(head, descriptors), extended ? 3 : 2);
}

/** What a file identifier descriptor is to say. */
export interface IdentifierSpec {
  /** Logical block number in which the descriptor itself starts. */
  readonly at: number;
  /** Empty for the parent. */
  readonly name: string;
  /** Logical block number of the file entry. */
  readonly entry: number;
  readonly uniqueId: number;
  readonly directory: boolean;
}

/** Bytes in the file identifier descriptor of a name. */
export function identifierLength(name: string): number {
  const length = name === '' ? 0 : encodeCompressedUnicode(name).length;
  return Math.ceil((fileIdentifierDescriptor.span + length) / 4) * 4;
}

/** A file identifier descriptor. */
export function identifierOf(spec: IdentifierSpec, version: number): Uint8Array {
  const identifier = spec.name === '' ? new Uint8Array(0) : encodeCompressedUnicode(spec.name);
  const bytes = new Uint8Array(identifierLength(spec.name));
  const implementationUse = new Uint8Array(6);
  u32le().encode(spec.uniqueId, implementationUse, 2);
  bytes.set(
    filled(fileIdentifierDescriptor, {
      fileVersionNumber: 1,
      fileCharacteristics:
        (spec.directory ? FILE_CHARACTERISTIC.directory : 0) |
        (spec.name === '' ? FILE_CHARACTERISTIC.parent : 0),
      lengthOfFileIdentifier: identifier.length,
      icbLength: BLOCK_SIZE,
      icbLocation: spec.entry,
      icbImplementationUse: implementationUse,
    }),
  );
  bytes.set(identifier, fileIdentifierDescriptor.span);
  return tagged('fileIdentifier', spec.at, bytes, version);
}
