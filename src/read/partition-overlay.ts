import {
  APPLE_PARTITION_SIGNATURE,
  applePartition,
  GPT_SIGNATURE,
  gptHeader,
  gptPartition,
  HFS_SIGNATURES,
  HFS_VOLUME_HEADER_OFFSET,
  hfsVolumeHeader,
  masterBootRecord,
  MBR_SIGNATURE,
  MBR_TYPE,
  mbrPartition,
} from '../layout/partition-table.js';
import { BLOCK_SIZE, blocksFor, lba, VIRTUAL_SECTOR_SIZE, type Lba } from '../units.js';
import type { AllocationMap } from './allocation-map.js';
import type { BlockReader } from './block-reader.js';
import { LIMITS } from './limits.js';

/** Which partition tables share the system area, and what they tell a firmware that boots from disk. */
export interface Hybrid {
  readonly mbr: boolean;
  readonly gpt: boolean;
  readonly apple: boolean;
  readonly hfs: boolean;
  /** The boot file that isohybrid's MBR code loads; nothing without such code. */
  readonly mbrBootFileLba: Lba | undefined;
}

/** Bytes in front of the volume that partition tables and boot code have for themselves (ECMA-119 6.2.1). */
const SYSTEM_AREA_BYTES = 16 * BLOCK_SIZE;
const SECTORS_PER_BLOCK = BLOCK_SIZE / VIRTUAL_SECTOR_SIZE;

/** Reads the system area, claims every partition that does not merely span the disc, and says what is there. */
export async function claimPartitions(reader: BlockReader, map: AllocationMap): Promise<Hybrid> {
  const area = await reader.readUpTo(0, SYSTEM_AREA_BYTES);
  const isMbr =
    area.length >= masterBootRecord.span && masterBootRecord.decode(area).signature === MBR_SIGNATURE;
  const gpt = isMbr && (await claimGpt(reader, map, area));
  return {
    mbr: isMbr && claimMbr(reader, map, area),
    gpt,
    apple: claimApple(reader, map, area),
    hfs: claimHfs(reader, map, area),
    mbrBootFileLba: isMbr ? bootFileOfMbr(area) : undefined,
  };
}

/** A partition given in 512-byte sectors; one from the start of the disc is the disc itself, and claims nothing. */
function claimSectors(map: AllocationMap, first: number, count: number): void {
  const start = Math.floor(first / SECTORS_PER_BLOCK);
  const end = Math.ceil((first + count) / SECTORS_PER_BLOCK);
  if (start > 0) {
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
    if (typeGuid.some((byte) => byte !== 0) && endingLba >= startingLba) {
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

/** Apple's map follows the driver descriptor in units of 512 or 2048 bytes; both are looked at. */
function claimApple(reader: BlockReader, map: AllocationMap, area: Uint8Array): boolean {
  let found = false;
  for (const unit of [VIRTUAL_SECTOR_SIZE, BLOCK_SIZE]) {
    let count = 1;
    for (let i = 1; i <= count && (i + 1) * unit <= area.length; i += 1) {
      const entry = applePartition.decode(area, i * unit);
      if (entry.signature !== APPLE_PARTITION_SIGNATURE) {
        break;
      }
      found = true;
      count = Math.min(entry.mapBlockCount, LIMITS.partitions);
      const start = Math.floor((entry.firstBlock * unit) / BLOCK_SIZE);
      // A partition from inside the system area is the map itself, or a hybrid that spans the disc.
      if (start >= 16 && start * BLOCK_SIZE < reader.size) {
        map.claim('partition', start, blocksFor(entry.blockCount * unit));
      }
    }
  }
  return found;
}

/** An HFS volume from the start of the disc keeps a bitmap of its own; nothing under it is ours to take. */
function claimHfs(reader: BlockReader, map: AllocationMap, area: Uint8Array): boolean {
  if (area.length < HFS_VOLUME_HEADER_OFFSET + hfsVolumeHeader.span) {
    return false;
  }
  const { signature } = hfsVolumeHeader.decode(area, HFS_VOLUME_HEADER_OFFSET);
  const found = HFS_SIGNATURES.includes(signature);
  if (found) {
    map.claim('HFS volume', 0, blocksFor(reader.size));
  }
  return found;
}

/** isohybrid's code holds its loader's place in 512-byte sectors; code that is not isohybrid's holds 0 or nonsense. */
function bootFileOfMbr(area: Uint8Array): Lba | undefined {
  const { bootFileSector, unused436 } = masterBootRecord.decode(area);
  const isPlace = bootFileSector > 0 && unused436 === 0 && bootFileSector % SECTORS_PER_BLOCK === 0;
  return isPlace ? lba(bootFileSector / SECTORS_PER_BLOCK) : undefined;
}
