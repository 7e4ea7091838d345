/** The volume structures of built bridge discs, from what is known of their files. */
import { u32le } from '../../src/layout/field.js';
import {
  fileSetDescriptor,
  partitionHeaderDescriptor,
  spaceBitmapDescriptor,
} from '../../src/layout/udf-file.js';
import {
  logicalVolumeIntegrityDescriptor,
  partitionMap,
  udfLogicalVolumeDescriptor,
  udfPartitionDescriptor,
  udfPrimaryVolumeDescriptor,
  unallocatedSpaceDescriptor,
} from '../../src/layout/udf.js';
import { encodeDstring } from '../../src/layout/udf-text.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { joined } from './image-builder.js';
import {
  characterSet,
  entity,
  filled,
  longDescriptor,
  MOMENT,
  shortDescriptor,
  tagged,
} from './udf-descriptors.js';

/** What the volume structures say. */
export interface VolumeFacts {
  /** Of the descriptors: 2, or 3 for UDF 2.01. */
  readonly version: number;
  readonly revision: number;
  readonly bitmap: 'exact' | 'all used' | undefined;
  readonly accessType: number;
  readonly usedBlocks: number;
  readonly partitionBlocks: number;
  readonly files: number;
  readonly folders: number;
  readonly rootEntry: number;
}

/** Where the partition of a built disc starts, as genisoimage has it. */
export const PARTITION_START = 257;

/** Where the volume descriptor sequences and the integrity sequence of a built disc lie. */
export const SEQUENCES = { main: 128, reserve: 144, integrity: 160, blocks: 16, integrityBlocks: 2 } as const;

/** Logical block of the space bitmap, and room for 16,000 blocks in it. */
export const BITMAP_AT = 2;
export const BITMAP_BLOCKS = 1;

/** The name of every built volume. */
export const UDF_IDENTIFIER = 'BUILT';

/** The descriptors of a volume descriptor sequence, each with its kind of tag. */
export function volumeSequence(facts: VolumeFacts): [Parameters<typeof tagged>[0], Uint8Array][] {
  const implementation = entity('*isoboot tests');
  const primary = filled(udfPrimaryVolumeDescriptor, {
    volumeIdentifier: encodeDstring(UDF_IDENTIFIER, 32),
    volumeSequenceNumber: 1,
    maximumVolumeSequenceNumber: 1,
    interchangeLevel: 2,
    maximumInterchangeLevel: 2,
    characterSetList: 1,
    maximumCharacterSetList: 1,
    volumeSetIdentifier: encodeDstring('0123456789abcdef', 128),
    descriptorCharacterSet: characterSet(),
    explanatoryCharacterSet: characterSet(),
    recordingDateAndTime: MOMENT,
    implementationIdentifier: implementation,
  });
  const volume = filled(udfLogicalVolumeDescriptor, {
    volumeDescriptorSequenceNumber: 2,
    descriptorCharacterSet: characterSet(),
    logicalVolumeIdentifier: encodeDstring(UDF_IDENTIFIER, 128),
    logicalBlockSize: BLOCK_SIZE,
    domainIdentifier: entity('*OSTA UDF Compliant', facts.revision),
    logicalVolumeContentsUse: longDescriptor({ at: 0, length: 2 * BLOCK_SIZE }),
    mapTableLength: partitionMap.span,
    numberOfPartitionMaps: 1,
    implementationIdentifier: implementation,
    integritySequenceLength: SEQUENCES.integrityBlocks * BLOCK_SIZE,
    integritySequenceLocation: SEQUENCES.integrity,
  });
  const map = filled(partitionMap, {
    partitionMapType: 1,
    partitionMapLength: partitionMap.span,
    volumeSequenceNumber: 1,
    partitionNumber: 0,
  });
  const unallocated = filled(unallocatedSpaceDescriptor, {
    volumeDescriptorSequenceNumber: 4,
  });
  return [
    ['primaryVolume', primary],
    ['logicalVolume', joined(volume, map)],
    ['partition', partition(facts, implementation)],
    ['unallocatedSpace', unallocated],
    ['terminating', new Uint8Array(512)],
  ];
}

function partition(facts: VolumeFacts, implementationIdentifier: Uint8Array): Uint8Array {
  const header = filled(partitionHeaderDescriptor, {
    ...(facts.bitmap === undefined
      ? {}
      : { unallocatedSpaceBitmap: shortDescriptor({ at: BITMAP_AT, length: BITMAP_BLOCKS * BLOCK_SIZE }) }),
  });
  return filled(udfPartitionDescriptor, {
    volumeDescriptorSequenceNumber: 3,
    partitionFlags: 1,
    partitionContents: entity(facts.version === 3 ? '+NSR03' : '+NSR02'),
    partitionContentsUse: header,
    accessType: facts.accessType,
    partitionStartingLocation: PARTITION_START,
    partitionLength: facts.partitionBlocks,
    implementationIdentifier,
  });
}

/** The Logical Volume Integrity Descriptor of a closed volume. */
export function integrity(facts: VolumeFacts): Uint8Array {
  const use = new Uint8Array(46);
  use.set(entity('*isoboot tests'));
  u32le().encode(facts.files, use, 32);
  u32le().encode(facts.folders, use, 36);
  [40, 42, 44].forEach((at) => use.set([facts.revision & 0xff, facts.revision >> 8], at));
  const contentsUse = new Uint8Array(32);
  u32le().encode(17 + facts.files + facts.folders, contentsUse);
  const sizes = new Uint8Array(8);
  u32le().encode(facts.partitionBlocks - facts.usedBlocks, sizes);
  u32le().encode(facts.partitionBlocks, sizes, 4);
  const head = filled(logicalVolumeIntegrityDescriptor, {
    recordingDateAndTime: MOMENT,
    integrityType: 1,
    logicalVolumeContentsUse: contentsUse,
    numberOfPartitions: 1,
    lengthOfImplementationUse: use.length,
  });
  return tagged('logicalVolumeIntegrity', SEQUENCES.integrity, joined(head, sizes, use), facts.version);
}

/** The File Set Descriptor. */
export function fileSet(facts: VolumeFacts): Uint8Array {
  const body = filled(fileSetDescriptor, {
    recordingDateAndTime: MOMENT,
    interchangeLevel: 3,
    maximumInterchangeLevel: 3,
    characterSetList: 1,
    maximumCharacterSetList: 1,
    logicalVolumeIdentifierCharacterSet: characterSet(),
    logicalVolumeIdentifier: encodeDstring(UDF_IDENTIFIER, 128),
    fileSetCharacterSet: characterSet(),
    fileSetIdentifier: encodeDstring(UDF_IDENTIFIER, 32),
    rootDirectoryIcb: longDescriptor({ at: facts.rootEntry, length: BLOCK_SIZE }),
    domainIdentifier: entity('*OSTA UDF Compliant', facts.revision),
  });
  return tagged('fileSet', 0, body, facts.version);
}

/** The space bitmap: free blocks are those behind the used ones, or none at all. */
export function spaceBitmap(facts: VolumeFacts): Uint8Array {
  const bits = facts.partitionBlocks;
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  for (let block = facts.usedBlocks; block < bits && facts.bitmap === 'exact'; block += 1) {
    bytes[block >> 3] = (bytes[block >> 3] ?? 0) | (1 << (block & 7));
  }
  const head = filled(spaceBitmapDescriptor, {
    numberOfBits: bits,
    numberOfBytes: bytes.length,
  });
  return tagged('spaceBitmap', BITMAP_AT, joined(head, bytes), facts.version);
}
