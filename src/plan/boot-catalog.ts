import { isZero } from '../bytes.js';
import { IsoError } from '../errors.js';
import {
  BOOT_INDICATOR,
  BOOT_MEDIA_TYPE,
  CATALOG_ENTRY_SIZE,
  encodeValidationEntry,
  FLOPPY_SIZE,
  initialEntry,
  PLATFORM_ID,
  SECTION_HEADER,
  sectionEntry,
  sectionHeader,
  VALIDATION_HEADER_ID,
  VALIDATION_KEY,
  validationEntry,
} from '../layout/el-torito.js';
import { masterBootRecord, MBR_SIGNATURE, mbrPartition } from '../layout/partition-table.js';
import type { ClaimKind } from '../read/allocation-map.js';
import type { Image } from '../read/image.js';
import type { TreeNode } from '../read/tree-node.js';
import { BLOCK_SIZE, offsetOfLba, roundUpToBlock, virtualSectorsFor, type Lba } from '../units.js';
import type { Tools } from './tools.js';
import { RUN_OUT_BLOCKS } from './free-space.js';
import type { Phase } from './patch.js';
import type { EntryRequest } from './request.js';
import type { View } from './view.js';

/** The fields of a catalog entry, all known. */
export interface PlannedEntry {
  /** Platform ID (El Torito 2.1). */
  readonly platformId: number;
  /** Boot media type (El Torito 2.2). */
  readonly bootMediaType: number;
  /** Segment that the firmware loads to; 0 stands for 0x7c0. */
  readonly loadSegment: number;
  /** Partition type of a hard-disk image. */
  readonly systemType: number;
  /** In 512-byte sectors. */
  readonly sectorCount: number;
  /** The block that the boot file starts at. */
  readonly loadRba: Lba;
}

/** Where the catalog went. */
export type CatalogPlacement = 'free-block' | 'appended' | 'reused-file' | 'overwritten';

const COUNT_LIMIT = 0xffff;
export const ENTRIES_IN_A_BLOCK = BLOCK_SIZE / CATALOG_ENTRY_SIZE;

/** What ISOLINUX and GRUB are started with: the first block of the file, from which they load the rest. */
const DEFAULT_SECTOR_COUNT = 4;
/** Microsoft's etfsboot.com is two blocks long and has no code to load the second. */
const ETFSBOOT_SECTOR_COUNT = 8;

/**
 * How many 512-byte sectors the firmware is told to load.
 *
 * EDK II takes the count as the size of the EFI image; 0 there means up to the end of the volume (UEFI 2.11, 13.3.2.1).
 * Errors: `ISO_BOOT_FILE` when the whole file was asked for and is too large.
 */
export function sectorCountFor({ loadSize, platformId, bootMediaType, file }: EntryRequest): number {
  if (typeof loadSize === 'number') {
    return loadSize;
  }
  const whole = virtualSectorsFor(roundUpToBlock(file.size));
  if (loadSize === 'full') {
    if (whole > COUNT_LIMIT) {
      throw new IsoError('ISO_BOOT_FILE', 'the boot file is too large to be loaded whole', {
        found: whole,
        wanted: COUNT_LIMIT,
      });
    }
    return whole;
  }
  if (platformId === PLATFORM_ID.efi) {
    const sectors = virtualSectorsFor(file.fatSize ?? file.size);
    return sectors > COUNT_LIMIT ? 0 : sectors;
  }
  if (bootMediaType !== BOOT_MEDIA_TYPE.noEmulation) {
    return 1;
  }
  return file.loader?.name.startsWith('Windows') === true ? ETFSBOOT_SECTOR_COUNT : DEFAULT_SECTOR_COUNT;
}

/** The system type of an entry: a hard-disk image's comes from its MBR. Errors: `ISO_BOOT_FILE` where the image is not what is to be emulated. */
export function systemTypeFor({ bootMediaType, systemType, file }: EntryRequest): number {
  const floppy = FLOPPY_SIZE[bootMediaType];
  if (floppy !== undefined && file.size !== floppy) {
    throw new IsoError('ISO_BOOT_FILE', 'the boot file has not the size of the floppy to be emulated', {
      found: file.size,
      wanted: floppy,
    });
  }
  if (systemType !== undefined || bootMediaType !== BOOT_MEDIA_TYPE.hardDisk) {
    return systemType ?? 0;
  }
  if (
    file.head.length < masterBootRecord.span ||
    masterBootRecord.decode(file.head).signature !== MBR_SIGNATURE
  ) {
    throw new IsoError('ISO_BOOT_FILE', 'the boot file is no hard-disk image: it has no MBR', {
      offset: masterBootRecord.offsetOf('signature'),
      wanted: '55 AA',
    });
  }
  const { partitions } = masterBootRecord.decode(file.head);
  const types = [0, 1, 2, 3].map((i) => mbrPartition.decode(partitions, i * mbrPartition.span).type);
  return types.find((type) => type !== 0) ?? 0;
}

/** The catalog's block: validation entry, initial entry, and a section a platform for the others. */
export function encodeCatalog(entries: readonly PlannedEntry[], idString: string): Uint8Array {
  const [initial, ...others] = entries;
  if (initial === undefined) {
    throw new IsoError('ISO_INTERNAL', 'a boot catalog without entries');
  }
  const platforms = [...new Set(others.map(({ platformId }) => platformId))];
  const parts = [encodeValidationEntry({ platformId: initial.platformId, idString }), encodeInitial(initial)];
  platforms.forEach((platformId, i) => {
    const isLast = i === platforms.length - 1;
    const members = others.filter((entry) => entry.platformId === platformId);
    const headerIndicator = isLast ? SECTION_HEADER.last : SECTION_HEADER.moreFollow;
    parts.push(
      sectionHeader.encode({
        headerIndicator,
        platformId,
        numberOfSectionEntries: members.length,
        idString: '',
      }),
    );
    members.forEach((member) => parts.push(encodeSectionEntry(member)));
  });
  return catalogBlock(parts);
}

/** Entries of a catalog in one block. Errors: `ISO_BOOT_CATALOG` where they are too many. */
export function catalogBlock(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length > ENTRIES_IN_A_BLOCK) {
    throw new IsoError('ISO_BOOT_CATALOG', 'the boot catalog would be larger than one block', {
      found: parts.length,
      wanted: ENTRIES_IN_A_BLOCK,
    });
  }
  const block = new Uint8Array(BLOCK_SIZE);
  parts.forEach((part, i) => block.set(part, i * CATALOG_ENTRY_SIZE));
  return block;
}

/** The initial entry's 32 bytes. */
export function encodeInitial(entry: PlannedEntry): Uint8Array {
  const unused12 = new Uint8Array(initialEntry.rangeOf('unused12').length);
  return initialEntry.encode({ ...entry, bootIndicator: BOOT_INDICATOR.bootable, unused5: 0, unused12 });
}

/** A section entry's 32 bytes. */
export function encodeSectionEntry(entry: PlannedEntry): Uint8Array {
  const selectionCriteria = new Uint8Array(sectionEntry.rangeOf('selectionCriteria').length);
  return sectionEntry.encode({
    ...entry,
    bootIndicator: BOOT_INDICATOR.bootable,
    unused5: 0,
    selectionCriteriaType: 0,
    selectionCriteria,
  });
}

/** Where a catalog goes, and in which phase it may be written there. */
export interface PlacedCatalog {
  /** The block that the catalog lies in. */
  readonly lba: Lba;
  /** How it came there. */
  readonly placement: CatalogPlacement;
  /** The file whose place it takes, if it has one. */
  readonly path: string | undefined;
  /** When it is written. */
  readonly phase: Phase;
}

/** What spans much of a disc, and has files and free blocks of its own inside. */
const SPANNING: readonly ClaimKind[] = ['UDF partition', 'HFS volume', 'partition'];

/** The block of the catalog that is there, where nothing but the catalog, or a file that is the catalog, has it. */
export function placeOverOld({ boot, map }: Image): PlacedCatalog | undefined {
  const catalog = boot?.catalog;
  if (catalog === undefined) {
    return undefined;
  }
  const { lba, blocks } = catalog;
  const claims = map.overlapping(lba, lba + 1).filter(({ kind }) => !SPANNING.includes(kind));
  const file = claims.find(({ kind }) => kind === 'file');
  const isAlone = claims.every(({ kind, start, end }) => {
    const isFile = kind === 'file' || kind === 'UDF file' || kind === 'HFS file';
    return kind === 'boot catalog' || (isFile && start === lba && end <= lba + blocks);
  });
  return isAlone
    ? { lba, placement: 'overwritten', path: file?.node?.path, phase: 'boot-record' }
    : undefined;
}

/**
 * Puts the catalog into a stale one beside the loader, into the lowest free block, or at the end. A block that becomes
 * free by a move is the lowest there is, but is written only when nothing points at it any more.
 */
export function placeCatalog(image: Image, stale: TreeNode | undefined, tools: Tools): PlacedCatalog {
  const { draft, view, space } = tools;
  const reused = stale === undefined ? undefined : reusableBlock(image, stale, view);
  if (reused !== undefined && draft.blockOf(reused) === reused) {
    return { lba: reused, placement: 'reused-file', path: stale?.path, phase: 'new' };
  }
  const freed = space.takeFreed(1);
  if (freed !== undefined) {
    return { lba: freed, placement: 'free-block', path: undefined, phase: 'descriptors' };
  }
  const free = space.take(1);
  return free === undefined
    ? { lba: draft.append(1), placement: 'appended', path: undefined, phase: 'new' }
    : { lba: free, placement: 'free-block', path: undefined, phase: 'new' };
}

/** The block of a stale catalog, if it is one block that no other file has, and holds a catalog or nothing. */
function reusableBlock(image: Image, node: TreeNode, view: View): Lba | undefined {
  const at = node.extents[0]?.lba;
  if (at === undefined || node.extents.length !== 1 || node.size !== BLOCK_SIZE) {
    return undefined;
  }
  const owners = image.map.overlapping(at, at + 1);
  // In each tree it has a name of its own, and under none of them may it be anything but a catalog.
  const isAlone = owners.every(
    ({ kind, node: owner }) => (kind === 'file' || kind === 'UDF file') && isNamedCatalog(owner),
  );
  if (!isAlone || at >= image.volumeSize / BLOCK_SIZE - RUN_OUT_BLOCKS) {
    return undefined;
  }
  const block = view.read(offsetOfLba(at), BLOCK_SIZE);
  const { headerId, key } = validationEntry.decode(block);
  const isCatalog = headerId === VALIDATION_HEADER_ID && key === VALIDATION_KEY;
  return isCatalog || isZero(block) ? at : undefined;
}

/** Names under which mkisofs and xorriso leave a catalog beside the loader. */
const CATALOG_NAMES = ['boot.cat', 'boot.catalog'];

/** Whether a file is called what catalogs are called. */
export function isNamedCatalog(node: TreeNode | undefined): boolean {
  return node !== undefined && CATALOG_NAMES.includes(node.name.toLowerCase());
}
