import { isZero } from '../bytes.js';
import {
  GPT_SIGNATURE,
  gptHeader,
  gptPartition,
  masterBootRecord,
  MBR_SIGNATURE,
  MBR_TYPE,
  mbrPartition,
} from '../layout/partition-table.js';
import {
  BLOCK_SIZE,
  lba,
  PRIMARY_VOLUME_DESCRIPTOR_LBA,
  SYSTEM_AREA_BYTES,
  VIRTUAL_SECTOR_SIZE,
  type Lba,
} from '../units.js';
import type { AllocationMap } from './allocation-map.js';
import { applePartitions, claimHfs } from './apple-partition.js';
import type { BlockReader } from './block-reader.js';
import type { Findings } from './finding.js';
import { LIMITS } from './limits.js';

/** Which partition tables share the system area, and what they tell a firmware that boots from disk. */
export interface Hybrid {
  /** Whether it has a master boot record with partitions. */
  readonly mbr: boolean;
  /** Whether it has a GUID partition table. */
  readonly gpt: boolean;
  /** Whether it has an Apple partition map. */
  readonly apple: boolean;
  /** An HFS or HFS+ volume, from the start of the disc or in an Apple partition. */
  readonly hfs: boolean;
  /** The boot file that isohybrid's MBR code loads; nothing without such code. */
  readonly mbrBootFileLba: Lba | undefined;
}

const SECTORS_PER_BLOCK = BLOCK_SIZE / VIRTUAL_SECTOR_SIZE;

/** Reads the system area, claims every partition that does not merely span the disc, and says what is there. */
export async function claimPartitions(
  reader: BlockReader,
  map: AllocationMap,
  findings: Findings,
): Promise<Hybrid> {
  const area = await reader.readUpTo(0, SYSTEM_AREA_BYTES);
  const isMbr =
    area.length >= masterBootRecord.span && masterBootRecord.decode(area).signature === MBR_SIGNATURE;
  const gpt = isMbr && (await claimGpt(reader, map, area));
  const apple = applePartitions(area);
  return {
    mbr: isMbr && claimMbr(reader, map, area),
    gpt,
    apple: apple.length > 0,
    hfs: await claimHfs(reader, map, findings, apple),
    mbrBootFileLba: isMbr ? bootFileOfMbr(area, reader.size) : undefined,
  };
}

/**
 * A partition given in 512-byte sectors. One that holds the volume descriptors too is the volume itself, and claims
 * nothing: isohybrid's starts at block 0, libisofs's with a partition offset at 16.
 */
function claimSectors(map: AllocationMap, first: number, count: number): void {
  const start = Math.floor(first / SECTORS_PER_BLOCK);
  const end = Math.ceil((first + count) / SECTORS_PER_BLOCK);
  if (start > PRIMARY_VOLUME_DESCRIPTOR_LBA) {
    map.claim('partition', start, end - start);
  }
}

function mbrPartitions(area: Uint8Array): { type: number; firstSector: number; numberOfSectors: number }[] {
  const { partitions } = masterBootRecord.decode(area);
  return [0, 1, 2, 3].map((i) => mbrPartition.decode(partitions, i * mbrPartition.span));
}

/** Whether any entry is a partition: HFS hybrids carry the signature over entries that are none. */
function claimMbr(reader: BlockReader, map: AllocationMap, area: Uint8Array): boolean {
  const used = mbrPartitions(area).filter(({ numberOfSectors, firstSector, type }) => {
    const isUsed = numberOfSectors > 0;
    return isUsed && firstSector * VIRTUAL_SECTOR_SIZE < reader.size && type !== MBR_TYPE.gptProtective;
  });
  used.forEach(({ firstSector, numberOfSectors }) => claimSectors(map, firstSector, numberOfSectors));
  return used.length > 0 || mbrPartitions(area).some(({ type }) => type === MBR_TYPE.gptProtective);
}

async function claimGpt(reader: BlockReader, map: AllocationMap, area: Uint8Array): Promise<boolean> {
  const header = gptHeader.decode(area, VIRTUAL_SECTOR_SIZE);
  if (header.signature !== GPT_SIGNATURE) {
    return false;
  }
  const entryAt = Number(header.partitionEntryLba) * VIRTUAL_SECTOR_SIZE;
  const count = Math.min(header.numberOfPartitionEntries, LIMITS.partitions);
  const size = Math.max(gptPartition.span, Math.min(header.sizeOfPartitionEntry, BLOCK_SIZE));
  const entries = await reader.readUpTo(entryAt, count * size);
  for (let at = 0; at + gptPartition.span <= entries.length; at += size) {
    const { typeGuid, startingLba, endingLba } = gptPartition.decode(entries, at);
    if (!isZero(typeGuid) && endingLba >= startingLba) {
      claimSectors(map, Number(startingLba), Number(endingLba - startingLba) + 1);
    }
  }
  claimBackupGpt(reader, map, Number(header.alternateLba), count * size);
  return true;
}

/** The second header stands in the disk's last sector, its entries in front of it. */
function claimBackupGpt(
  reader: BlockReader,
  map: AllocationMap,
  headerSector: number,
  entryBytes: number,
): void {
  if (headerSector <= 1 || headerSector * VIRTUAL_SECTOR_SIZE >= reader.size) {
    return;
  }
  const first = Math.max(0, headerSector - Math.ceil(entryBytes / VIRTUAL_SECTOR_SIZE));
  const start = Math.floor(first / SECTORS_PER_BLOCK);
  map.claim('partition table', start, Math.floor(headerSector / SECTORS_PER_BLOCK) - start + 1);
}

/**
 * isohybrid's code holds its loader's place in 512-byte sectors, GRUB 2's that of the block behind its start; code that is
 * neither holds 0 or nonsense, and without code there is nothing to load anything.
 */
function bootFileOfMbr(area: Uint8Array, size: number): Lba | undefined {
  const { code, bootFileSector, unused436 } = masterBootRecord.decode(area);
  const isPlace = bootFileSector > 0 && unused436 === 0 && bootFileSector % SECTORS_PER_BLOCK === 0;
  const isInside = bootFileSector * VIRTUAL_SECTOR_SIZE < size && !isZero(code);
  return isPlace && isInside ? lba(bootFileSector / SECTORS_PER_BLOCK) : undefined;
}
