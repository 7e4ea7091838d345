/** Finds the structures of an image that our reader can read: descriptors, trees, catalogs, partition tables. */
import { bootInfoTable, BOOT_INFO_TABLE_OFFSET } from '../../src/layout/boot-info-table.js';
import { directoryRecord, systemUseOffset } from '../../src/layout/directory-record.js';
import {
  CATALOG_ENTRY_SIZE,
  EXTENSION_INDICATOR,
  initialEntry,
  SECTION_HEADER,
  sectionEntry,
  sectionEntryExtension,
  sectionHeader,
  validationEntry,
} from '../../src/layout/el-torito.js';
import { fatBootSector, fatVolumeSize } from '../../src/layout/fat.js';
import {
  APPLE_PARTITION_SIGNATURE,
  applePartition,
  GPT_SIGNATURE,
  gptHeader,
  gptPartition,
  masterBootRecord,
  mbrPartition,
} from '../../src/layout/partition-table.js';
import { PATH_TABLE_FIELDS, scanPathTable } from '../../src/layout/path-table.js';
import { typeLPathTableRecord, typeMPathTableRecord } from '../../src/layout/path-table-record.js';
import { latin1 } from '../../src/layout/field.js';
import { volumeStructureDescriptor } from '../../src/layout/udf.js';
import { bootRecord, terminator, volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { zisofsHeader, ZISOFS_MAGIC } from '../../src/layout/zisofs.js';
import type { ClaimKind } from '../../src/read/allocation-map.js';
import type { Image } from '../../src/read/image.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { surveyHfsBlock } from './survey-hfs.js';
import { surveySystemUse } from './survey-system-use.js';
import { surveyUdfBlock } from './survey-udf.js';
import { StructureList, type Structure } from './structure.js';

/** Blocks of one claim that are looked at: enough for every kind of structure there is. */
const BLOCKS_LOOKED_AT = 64;
const SECTOR = 512;

/** The structures of an image. */
export function surveyOf(image: Image, bytes: Uint8Array): Structure[] {
  const list = new StructureList(bytes);
  surveyDescriptors(list, image);
  surveyPartitions(list);
  surveyCatalog(list, image);
  surveyPathTables(list, image);
  for (const block of blocksOf(image, 'directory')) {
    surveyDirectory(list, block * image.logicalBlockSize);
  }
  blocksOf(image, 'UDF structure').forEach((block) => surveyUdfBlock(list, block * BLOCK_SIZE));
  blocksOf(image, 'HFS structure').forEach((block) => surveyHfsBlock(list, block * BLOCK_SIZE));
  blocksOf(image, 'file').forEach((block) => surveyFile(list, block * image.logicalBlockSize));
  return list.all;
}

function blocksOf({ map }: Image, wanted: ClaimKind): Set<number> {
  const blocks = new Set<number>();
  for (const { kind, start, end } of map.claims) {
    for (let block = start; kind === wanted && block < Math.min(end, start + BLOCKS_LOOKED_AT); block += 1) {
      blocks.add(block);
    }
  }
  return blocks;
}

function surveyDescriptors(list: StructureList, { descriptorSet }: Image): void {
  const { descriptors, recognition } = descriptorSet;
  for (const { lba, kind } of descriptors) {
    const offset = lba * BLOCK_SIZE;
    if (kind === 'terminator') {
      list.add(terminator, offset);
    } else if (kind === 'el-torito' || kind === 'boot-record') {
      list.add(bootRecord, offset);
    } else {
      list.add(volumeDescriptor, offset);
      list.add(directoryRecord, offset + volumeDescriptor.offsetOf('directoryRecordForRoot'));
    }
  }
  recognition.forEach(({ lba }) => list.add(volumeStructureDescriptor, lba * BLOCK_SIZE));
}

function surveyPartitions(list: StructureList): void {
  list.add(masterBootRecord, 0);
  for (let i = 0; i < 4; i += 1) {
    list.add(mbrPartition, masterBootRecord.offsetOf('partitions') + i * mbrPartition.span);
  }
  if (latin1(list.at(SECTOR, GPT_SIGNATURE.length)) === GPT_SIGNATURE) {
    list.add(gptHeader, SECTOR);
    const { partitionEntryLba } = gptHeader.decode(list.bytes, SECTOR);
    for (let i = 0; i < 4; i += 1) {
      list.add(gptPartition, Number(partitionEntryLba) * SECTOR + i * 128);
    }
  }
  for (const unit of [SECTOR, BLOCK_SIZE]) {
    for (let i = 1; i < 8; i += 1) {
      if (latin1(list.at(i * unit, 2)) === APPLE_PARTITION_SIGNATURE) {
        list.add(applePartition, i * unit);
      }
    }
  }
  surveyHfsBlock(list, 0);
}

function surveyCatalog(list: StructureList, { boot }: Image): void {
  if (boot?.catalog === undefined) {
    return;
  }
  const start = boot.catalogLba * BLOCK_SIZE;
  list.add(validationEntry, start);
  list.add(initialEntry, start + CATALOG_ENTRY_SIZE);
  const entries = Math.min(64, (boot.catalog.blocks * BLOCK_SIZE) / CATALOG_ENTRY_SIZE);
  for (let i = 2; i < entries; i += 1) {
    const offset = start + i * CATALOG_ENTRY_SIZE;
    const [indicator] = list.at(offset, 1);
    const isHeader = indicator === SECTION_HEADER.moreFollow || indicator === SECTION_HEADER.last;
    const isExtension = indicator === EXTENSION_INDICATOR;
    list.add(isHeader ? sectionHeader : isExtension ? sectionEntryExtension : sectionEntry, offset);
    if (indicator === 0 && i > 4) {
      break;
    }
  }
  for (const { loadRba } of boot.entries) {
    list.add(bootInfoTable, loadRba * BLOCK_SIZE + BOOT_INFO_TABLE_OFFSET);
  }
}

function surveyPathTables(list: StructureList, { descriptorSet, logicalBlockSize }: Image): void {
  for (const { fields } of descriptorSet.trees) {
    for (const [field, type] of PATH_TABLE_FIELDS) {
      const start = fields[field] * logicalBlockSize;
      const table = list.at(start, fields[field] === 0 ? 0 : fields.pathTableSize.littleEndian);
      for (const { at, directoryNumber } of scanPathTable(table, type)) {
        list.add(type === 'L' ? typeLPathTableRecord : typeMPathTableRecord, start + at);
        if (directoryNumber > BLOCKS_LOOKED_AT) {
          break;
        }
      }
    }
  }
}

function surveyDirectory(list: StructureList, start: number): void {
  for (let at = 0; at < BLOCK_SIZE;) {
    const offset = start + at;
    const length = list.bytes[offset] ?? 0;
    if (length < directoryRecord.span || at + length > BLOCK_SIZE) {
      return;
    }
    list.add(directoryRecord, offset);
    const identifier = list.bytes[offset + directoryRecord.offsetOf('lengthOfFileIdentifier')] ?? 0;
    const from = systemUseOffset(identifier);
    surveySystemUse(list, offset + from, length - from);
    at += length;
  }
}

/** What a file may start with that anything looks at. */
function surveyFile(list: StructureList, offset: number): void {
  const head = list.at(offset, BLOCK_SIZE);
  if (ZISOFS_MAGIC.every((byte, i) => head[i] === byte)) {
    list.add(zisofsHeader, offset);
  }
  if (fatVolumeSize(head) !== undefined) {
    list.add(fatBootSector, offset);
  }
}
