import {
  BOOT_INFO_TABLE_MINIMUM_FILE,
  BOOT_INFO_TABLE_OFFSET,
  bootInfoTable,
} from '../layout/boot-info-table.js';
import { BOOT_MEDIA_TYPE, BOOT_MEDIA_TYPE_MASK, FLOPPY_SIZE } from '../layout/el-torito.js';
import { fatVolumeSize } from '../layout/fat.js';
import { masterBootRecord, MBR_SIGNATURE, MBR_TYPE, mbrPartition } from '../layout/partition-table.js';
import { BLOCK_SIZE, offsetOfLba, roundUpToBlock, VIRTUAL_SECTOR_SIZE, type Lba } from '../units.js';
import type { AllocationMap } from './allocation-map.js';
import type { BlockReader } from './block-reader.js';
import type { CatalogEntry } from './boot-catalog.js';
import type { BootFileFacts } from './boot-file.js';
import { LIMITS } from './limits.js';
import type { TreeNode } from './tree-node.js';

/** What told the size of a boot image. */
export type SizeFrom =
  'directory-record' | 'boot-info-table' | 'emulation' | 'mbr' | 'fat' | 'gap' | 'sector-count';

/** How large a boot image is, in bytes, and how that is known. */
export interface BootImageSize {
  /** Bytes. */
  readonly size: number;
  /** What the size was taken from. */
  readonly sizeFrom: SizeFrom;
  /** False for sizes that are only an upper limit with its zero blocks cut off. */
  readonly sizeCertain: boolean;
}

/** Reads boot files at blocks of the image, each once, however many entries load it. */
export type BootFileReader = (at: Lba, size: number) => Promise<BootFileFacts>;

/** What is looked at to size the image of one catalog entry. */
export interface SizeQuestion {
  readonly reader: BlockReader;
  readonly readFile: BootFileReader;
  readonly entry: CatalogEntry;
  /** The file whose data start at the entry's block. */
  readonly node: TreeNode | undefined;
  /** Everything but the boot images themselves. */
  readonly map: AllocationMap;
  /** The blocks at which any boot image starts. */
  readonly starts: readonly number[];
  /** Lengths that were found up to the next thing on the disc, by first block: hundreds of entries may load one image. */
  readonly lengths: Map<number, number>;
}

/**
 * Finds the size of a boot image. The catalog's sector count says how much the firmware loads, not how long the
 * image is, so it is asked last: directory record, boot info table, emulation type or MBR, FAT boot sector, the gap
 * to the next allocated block, and only then the count.
 */
export async function sizeBootImage(question: SizeQuestion): Promise<BootImageSize> {
  const { reader, readFile, entry, node } = question;
  if (node !== undefined && node.size > 0) {
    return { size: node.size, sizeFrom: 'directory-record', sizeCertain: true };
  }
  const head = await reader.readUpTo(offsetOfLba(entry.loadRba), BLOCK_SIZE);
  const told =
    (await sizeFromTable(reader, readFile, entry.loadRba, head)) ??
    sizeFromEmulation(entry, head) ??
    sizeFromFat(entry, head);
  if (told !== undefined && offsetOfLba(entry.loadRba) + told.size <= reader.size) {
    return told;
  }
  return sizeFromGap(question);
}

async function sizeFromTable(
  reader: BlockReader,
  readFile: BootFileReader,
  at: Lba,
  head: Uint8Array,
): Promise<BootImageSize | undefined> {
  if (head.length < BOOT_INFO_TABLE_MINIMUM_FILE) {
    return undefined;
  }
  const table = bootInfoTable.decode(head, BOOT_INFO_TABLE_OFFSET);
  const length = table.bootFileLength;
  const fits = length >= BOOT_INFO_TABLE_MINIMUM_FILE && offsetOfLba(at) + length <= reader.size;
  if (table.locationOfBootFile !== at || !fits || length > LIMITS.bootFileBytes) {
    return undefined;
  }
  const { checksum } = await readFile(at, length);
  return checksum === table.checksum
    ? { size: length, sizeFrom: 'boot-info-table', sizeCertain: true }
    : undefined;
}

function sizeFromEmulation(entry: CatalogEntry, head: Uint8Array): BootImageSize | undefined {
  const media = entry.bootMediaType & BOOT_MEDIA_TYPE_MASK;
  const floppy = FLOPPY_SIZE[media];
  if (floppy !== undefined) {
    return { size: floppy, sizeFrom: 'emulation', sizeCertain: true };
  }
  return media === BOOT_MEDIA_TYPE.hardDisk ? sizeFromMbr(head) : undefined;
}

/** The end of the last partition; an MBR of nonsense has given tools sizes of a terabyte, so the caller bounds it. */
function sizeFromMbr(head: Uint8Array): BootImageSize | undefined {
  if (head.length < masterBootRecord.span) {
    return undefined;
  }
  const { partitions, signature } = masterBootRecord.decode(head);
  if (signature !== MBR_SIGNATURE) {
    return undefined;
  }
  const ends = [0, 1, 2, 3]
    .map((i) => mbrPartition.decode(partitions, i * mbrPartition.span))
    .filter(({ type }) => type !== MBR_TYPE.empty)
    .map(({ firstSector, numberOfSectors }) => firstSector + numberOfSectors);
  const sectors = Math.max(0, ...ends);
  return sectors === 0
    ? undefined
    : { size: sectors * VIRTUAL_SECTOR_SIZE, sizeFrom: 'mbr', sizeCertain: true };
}

function sizeFromFat(entry: CatalogEntry, head: Uint8Array): BootImageSize | undefined {
  const size = (entry.bootMediaType & BOOT_MEDIA_TYPE_MASK) === 0 ? fatVolumeSize(head) : undefined;
  return size === undefined ? undefined : { size, sizeFrom: 'fat', sizeCertain: true };
}

/** Up to the next thing on the disc, less the zero blocks in front of that. */
async function sizeFromGap({ reader, entry, map, starts, lengths }: SizeQuestion): Promise<BootImageSize> {
  const start = entry.loadRba;
  const nextImage = starts.reduce((next, other) => (other > start ? Math.min(next, other) : next), Infinity);
  const end = Math.min(
    map.nextStart(start) ?? Infinity,
    nextImage,
    Math.floor(reader.size / BLOCK_SIZE),
    start + LIMITS.hiddenImageBytes / BLOCK_SIZE,
  );
  const counted = Math.min(
    entry.sectorCount * VIRTUAL_SECTOR_SIZE,
    Math.max(0, reader.size - offsetOfLba(start)),
  );
  if (!map.isUnreferenced(start, start + 1) || end <= start) {
    return { size: counted, sizeFrom: 'sector-count', sizeCertain: false };
  }
  const trimmed = lengths.get(start) ?? (await lengthWithoutZeroBlocks(reader, start, end));
  lengths.set(start, trimmed);
  return trimmed >= counted
    ? { size: trimmed, sizeFrom: 'gap', sizeCertain: false }
    : { size: counted, sizeFrom: 'sector-count', sizeCertain: false };
}

/** A run of zeros this long, in bytes, is taken for the padding behind a boot image. */
const ZERO_RUN = 128 * 1024;

async function lengthWithoutZeroBlocks(reader: BlockReader, start: number, end: number): Promise<number> {
  let length = 0;
  for (let offset = start * BLOCK_SIZE; offset < end * BLOCK_SIZE; offset += ZERO_RUN) {
    const piece = await reader.read(offset, Math.min(ZERO_RUN, end * BLOCK_SIZE - offset), 'boot image');
    const last = lastUsed(piece);
    if (last < 0) {
      break;
    }
    length = offset - start * BLOCK_SIZE + roundUpToBlock(last + 1);
  }
  return length;
}

/** Where the last byte is that is not zero; -1 where all are. By hand, as many entries may ask for many megabytes. */
function lastUsed(bytes: Uint8Array): number {
  let at = bytes.length - 1;
  while (at >= 0 && bytes[at] === 0) {
    at -= 1;
  }
  return at;
}
