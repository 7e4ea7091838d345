/** Builds small images block by block, true or lying, on the layout tables. */
import { encodeDirectoryRecord, FILE_FLAG } from '../../src/layout/directory-record.js';
import { encodeValidationEntry, initialEntry } from '../../src/layout/el-torito.js';
import { bothByteOrders } from '../../src/layout/field.js';
import {
  bootRecord,
  EL_TORITO_IDENTIFIER,
  STANDARD_IDENTIFIER,
  terminator,
  volumeDescriptor,
  VOLUME_DESCRIPTOR_TYPE,
  type VolumeDescriptor,
} from '../../src/layout/volume-descriptor.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ascii } from './golden.js';

/** What a directory record of a built image says; the rest is plain. */
export interface RecordSpec {
  readonly name: string;
  readonly at: number;
  /** Bytes. */
  readonly length: number;
  readonly directory?: boolean;
  readonly flags?: number;
  readonly extendedAttributeBlocks?: number;
  readonly fileUnitSize?: number;
  readonly interleaveGapSize?: number;
  readonly systemUse?: Uint8Array;
}

/** A directory record's bytes. */
export function record(spec: RecordSpec): Uint8Array {
  return encodeDirectoryRecord(
    {
      extendedAttributeRecordLength: spec.extendedAttributeBlocks ?? 0,
      locationOfExtent: bothByteOrders(spec.at),
      dataLength: bothByteOrders(spec.length),
      recordingDateAndTime: Uint8Array.of(111, 3, 14, 15, 9, 26, 0),
      fileFlags: (spec.flags ?? 0) | (spec.directory === true ? FILE_FLAG.directory : 0),
      fileUnitSize: spec.fileUnitSize ?? 0,
      interleaveGapSize: spec.interleaveGapSize ?? 0,
      volumeSequenceNumber: bothByteOrders(1),
    },
    ascii(spec.name),
    spec.systemUse,
  );
}

/** The records `.` and `..` of a directory of one block. */
export function dots(at: number, parent: number, systemUse?: Uint8Array, length = BLOCK_SIZE): Uint8Array[] {
  const own = { name: '\0', at, length, directory: true };
  return [
    record(systemUse === undefined ? own : { ...own, systemUse }),
    record({ name: '\x01', at: parent, length: BLOCK_SIZE, directory: true }),
  ];
}

/** System use entries, or anything, one behind the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Where the root directory of a built image lies, unless told otherwise. */
export const ROOT = 20;

/** An image of so many blocks; whatever is put into it stands where it was put. */
export class ImageBuilder {
  readonly bytes: Uint8Array;

  constructor(readonly blocks: number) {
    this.bytes = new Uint8Array(blocks * BLOCK_SIZE);
  }

  /** Puts bytes at a block. */
  put(block: number, bytes: Uint8Array, offset = 0): this {
    this.bytes.set(bytes, block * BLOCK_SIZE + offset);
    return this;
  }

  /** A Primary Volume Descriptor whose root record may lie. */
  primary(changes: Partial<VolumeDescriptor> = {}, root: Partial<RecordSpec> = {}): this {
    const rootRecord = record({ name: '\0', at: ROOT, length: BLOCK_SIZE, directory: true, ...root });
    const text = (length: number): string => ' '.repeat(length);
    const blank = volumeDescriptor.decode(new Uint8Array(BLOCK_SIZE));
    return this.put(
      16,
      volumeDescriptor.encode({
        ...blank,
        type: VOLUME_DESCRIPTOR_TYPE.primary,
        standardIdentifier: STANDARD_IDENTIFIER,
        version: 1,
        systemIdentifier: text(32),
        volumeIdentifier: 'BUILT',
        volumeSpaceSize: bothByteOrders(this.blocks),
        volumeSetSize: bothByteOrders(1),
        volumeSequenceNumber: bothByteOrders(1),
        logicalBlockSize: bothByteOrders(BLOCK_SIZE),
        directoryRecordForRoot: rootRecord,
        fileStructureVersion: 1,
        ...changes,
      }),
    );
  }

  /** El Torito's boot record. */
  bootRecord(catalog: number, at = 17): this {
    const record = {
      type: VOLUME_DESCRIPTOR_TYPE.bootRecord,
      standardIdentifier: STANDARD_IDENTIFIER,
      version: 1,
    };
    return this.put(
      at,
      bootRecord.encode({
        ...record,
        bootSystemIdentifier: EL_TORITO_IDENTIFIER,
        bootIdentifier: '',
        locationOfBootCatalog: catalog,
        bootSystemUse: new Uint8Array(1973),
      }),
    );
  }

  terminator(at: number): this {
    const head = {
      type: VOLUME_DESCRIPTOR_TYPE.terminator,
      standardIdentifier: STANDARD_IDENTIFIER,
      version: 1,
    };
    return this.put(at, terminator.encode({ ...head, reserved7: new Uint8Array(2041) }));
  }

  /** Records from the start of a block, none across the border of two. */
  directory(block: number, records: readonly Uint8Array[]): this {
    let at = 0;
    for (const bytes of records) {
      if ((at % BLOCK_SIZE) + bytes.length > BLOCK_SIZE) {
        at += BLOCK_SIZE - (at % BLOCK_SIZE);
      }
      this.put(block, bytes, at);
      at += bytes.length;
    }
    return this;
  }

  /** A boot catalog of a validation entry, an initial one, and what else is given. */
  catalog(block: number, initial: BootSpec, ...others: readonly Uint8Array[]): this {
    const first = [encodeValidationEntry({ platformId: 0, idString: '' }), bootEntry(initial)];
    return this.put(block, joined(...first, ...others));
  }
}

/** What a boot entry says; without emulation and 4 sectors unless told. */
export interface BootSpec {
  readonly at: number;
  readonly media?: number;
  readonly sectors?: number;
  readonly indicator?: number;
}

/** A boot entry's 32 bytes. */
export function bootEntry({ at, media, sectors, indicator }: BootSpec): Uint8Array {
  return initialEntry.encode({
    bootIndicator: indicator ?? 0x88,
    bootMediaType: media ?? 0,
    loadSegment: 0,
    systemType: 0,
    unused5: 0,
    sectorCount: sectors ?? 4,
    loadRba: at,
    unused12: new Uint8Array(20),
  });
}

/** A plain image: descriptors, a root, one folder, two files; 30 blocks of which the last eight are padding. */
export function plainImage(): ImageBuilder {
  return new ImageBuilder(30)
    .primary()
    .terminator(17)
    .directory(ROOT, [
      ...dots(ROOT, ROOT),
      record({ name: 'FILE.TXT;1', at: 21, length: 5 }),
      record({ name: 'FOLDER', at: 22, length: BLOCK_SIZE, directory: true }),
    ])
    .put(21, ascii('hello'))
    .directory(22, [...dots(22, ROOT), record({ name: 'DEEP.BIN;1', at: 23, length: 3000 })])
    .put(23, new Uint8Array(3000).fill(0x42));
}
