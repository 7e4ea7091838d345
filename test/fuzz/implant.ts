/** Structures to be put where an image has none: each with what makes a reader take it for one. */
import {
  grub2BlockList,
  GRUB2_BLOCK_LIST_OFFSET,
  GRUB2_BLOCK_LIST_SIGNATURE,
} from '../../src/layout/boot-info-table.js';
import { directoryRecord } from '../../src/layout/directory-record.js';
import { initialEntry, sectionHeader, validationEntry } from '../../src/layout/el-torito.js';
import { fatBootSector } from '../../src/layout/fat.js';
import { bothByteOrders } from '../../src/layout/field.js';
import {
  hfsMasterDirectoryBlock,
  hfsPlusVolumeHeader,
  HFS_VOLUME_HEADER_OFFSET,
} from '../../src/layout/hfs.js';
import {
  applePartition,
  GPT_SIGNATURE,
  gptHeader,
  gptPartition,
  MBR_SIGNATURE,
  masterBootRecord,
  mbrPartition,
} from '../../src/layout/partition-table.js';
import {
  childLink,
  continuationArea,
  parentLink,
  symbolicLink,
  zisofs,
} from '../../src/layout/system-use.js';
import { RECOGNITION_IDENTIFIERS, volumeStructureDescriptor } from '../../src/layout/udf.js';
import {
  bootRecord,
  EL_TORITO_IDENTIFIER,
  partitionDescriptor,
  STANDARD_IDENTIFIER,
  terminator,
  volumeDescriptor,
} from '../../src/layout/volume-descriptor.js';
import { zisofsHeader, ZISOFS_MAGIC } from '../../src/layout/zisofs.js';
import { BLOCK_SIZE } from '../../src/units.js';
import type { Mutant } from './mutation.js';
import { structureTable, type Structure, type StructureTable } from './structure.js';

/** A structure, where it may go, and the fields that it is known by. */
export interface Implant {
  readonly table: StructureTable;
  readonly offsets: readonly number[];
  readonly values: Record<string, unknown>;
}

const SECTOR = 512;
const DESCRIPTOR_BLOCKS = [16, 17, 18, 19, 20].map((block) => block * BLOCK_SIZE);

/** All that can be put into an image. */
export function implants({ structures, random, bytes }: Mutant): readonly [Implant, ...Implant[]] {
  const at = (name: string, by = 0): number[] =>
    structures.filter(({ table }) => table.name === name).map(({ offset }) => offset + by);
  const of = (table: object, offsets: readonly number[], values: Record<string, unknown> = {}): Implant => {
    return { table: structureTable(table), offsets, values };
  };
  const head = { standardIdentifier: STANDARD_IDENTIFIER, version: 1 };
  const blocks = structures.map(({ offset }) => offset - (offset % BLOCK_SIZE));
  const files = extentsOf(structures, bytes);
  const inSystemUse = [...at('PX'), ...at('TF'), ...at('NM'), ...at('RR')];
  return [
    of(masterBootRecord, [0], { signature: MBR_SIGNATURE }),
    of(mbrPartition, [446, 462, 478, 494], { type: random.pick([0, 0x17, 0xee, 0xef, 0xcd]) }),
    of(gptHeader, [SECTOR], { signature: GPT_SIGNATURE, partitionEntryLba: 2n, sizeOfPartitionEntry: 128 }),
    of(gptPartition, [2 * SECTOR, 2 * SECTOR + 128], { typeGuid: new Uint8Array(16).fill(1) }),
    of(applePartition, [SECTOR, 2 * SECTOR, 3 * SECTOR, BLOCK_SIZE, 2 * BLOCK_SIZE], {
      signature: 'PM',
      mapBlockCount: random.pick([1, 2, 3, 1000]),
      partitionType: random.pick(['Apple_HFS', 'Apple_partition_map', 'Apple_Free']),
    }),
    of(hfsMasterDirectoryBlock, [HFS_VOLUME_HEADER_OFFSET], { signature: 'BD', allocationBlockSize: SECTOR }),
    of(hfsPlusVolumeHeader, [HFS_VOLUME_HEADER_OFFSET], { signature: 'H+', blockSize: BLOCK_SIZE }),
    of(volumeDescriptor, DESCRIPTOR_BLOCKS, {
      ...head,
      type: random.pick([1, 2]),
      logicalBlockSize: bothByteOrders(BLOCK_SIZE),
    }),
    of(bootRecord, DESCRIPTOR_BLOCKS, { ...head, bootSystemIdentifier: EL_TORITO_IDENTIFIER }),
    of(partitionDescriptor, DESCRIPTOR_BLOCKS, { ...head, type: 3 }),
    of(terminator, DESCRIPTOR_BLOCKS, { ...head, type: 255 }),
    of(volumeStructureDescriptor, DESCRIPTOR_BLOCKS, {
      standardIdentifier: random.pick(['BEA01', ...RECOGNITION_IDENTIFIERS]),
    }),
    of(validationEntry, blocks, { headerId: 1, key: 0xaa55 }),
    of(
      initialEntry,
      blocks.map((block) => block + 32),
      { bootIndicator: 0x88 },
    ),
    of(sectionHeader, at('initial entry', 32), { headerIndicator: random.pick([0x90, 0x91]) }),
    of(fatBootSector, files, {
      jump: Uint8Array.of(0xeb, 0x3c, 0x90),
      bytesPerSector: SECTOR,
      numberOfFats: 2,
    }),
    of(
      grub2BlockList,
      files.map((file) => file + GRUB2_BLOCK_LIST_OFFSET),
      {
        signature: Uint8Array.from(GRUB2_BLOCK_LIST_SIGNATURE),
      },
    ),
    of(zisofsHeader, files, { magic: Uint8Array.from(ZISOFS_MAGIC), headerSizeDiv4: 4, blockSizeLog2: 15 }),
    of(continuationArea, inSystemUse, { signature: 'CE', length: continuationArea.span, version: 1 }),
    of(childLink, inSystemUse, { signature: 'CL', length: childLink.span, version: 1 }),
    of(parentLink, inSystemUse, { signature: 'PL', length: parentLink.span, version: 1 }),
    of(symbolicLink, inSystemUse, { signature: 'SL', length: random.pick([5, 7, 9, 12]), version: 1 }),
    of(zisofs, inSystemUse, { signature: 'ZF', length: zisofs.span, version: 1, headerSizeDiv4: 4 }),
  ];
}

/** Where directory records say that data start. */
function extentsOf(structures: readonly Structure[], bytes: Uint8Array): number[] {
  return structures
    .filter(({ table, offset }) => table.name === directoryRecord.name && offset + table.span <= bytes.length)
    .map(({ offset }) => directoryRecord.decode(bytes, offset).locationOfExtent.littleEndian * BLOCK_SIZE);
}
