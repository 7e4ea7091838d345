import { basename } from 'node:path';
import { IsoError } from '../errors.js';
import { BOOT_MEDIA_TYPE, BOOT_MEDIA_TYPE_MASK, FLOPPY_SIZE, PLATFORM_ID } from '../layout/el-torito.js';
import { refuseUnbootable } from '../plan/boot-extent.js';
import type { SourceName } from '../plan/patch.js';
import type { BootFilePlace, EntryRequest, LoadSize } from '../plan/request.js';
import type { BootEntry } from '../read/boot.js';
import { readBootFile, type BootFileFacts } from '../read/boot-file.js';
import { piecesOf } from '../read/file-pieces.js';
import { readImage, type Image } from '../read/image.js';
import { findFile, requireFile } from '../read/lookup.js';
import type { TreeNode } from '../read/tree-node.js';
import { FileSource } from '../source/file-source.js';
import { PiecesSource } from '../source/pieces-source.js';
import type { Source } from '../source/source.js';
import { lba, offsetOfLba, type Lba } from '../units.js';
import { EFI_IMAGE_PLACES, LOADER_PLACES } from './known-places.js';

/** Which loader to take, and how its entry is to look. */
export interface BootChoice {
  /** A file in the image. */
  readonly bootPath?: string | undefined;
  /** A local file. */
  readonly bootFile?: string | undefined;
  /** A bootable image or disc. */
  readonly donor?: string | undefined;
  /** One entry of the donor's catalog, from 1 on; all bootable ones without it. */
  readonly donorEntry?: number | undefined;
  /** Adds an EFI image at a known place; true unless it is false. */
  readonly efi?: boolean | undefined;
  /** Whether a boot info table is written; `auto` goes by its rule. */
  readonly bootInfoTable?: 'auto' | 'yes' | 'no' | undefined;
  /** How much of the loader the firmware loads; what suits it without it. */
  readonly loadSize?: LoadSize | undefined;
  /** Segment that the firmware loads to; 0 stands for 0x7c0. */
  readonly loadSegment?: number | undefined;
  /** A boot media type of El Torito 2.2. */
  readonly bootMediaType?: number | undefined;
  /** A platform ID of El Torito 2.1; that of the BIOS without it. */
  readonly platformId?: number | undefined;
  /** More entries, besides the loader; with a bootable image, besides the entries that it has. */
  readonly add?: readonly AddedEntry[] | undefined;
}

/** One more entry: a file in the image, or for UEFI a local FAT image. */
export interface AddedEntry {
  /** Which firmware the entry is for. */
  readonly platform: 'bios' | 'efi';
  /** Where the file is: in the image, or a local one. */
  readonly from:
    | {
        /** A path in the image. */
        readonly path: string;
      }
    | {
        /** Path of a local FAT image. */
        readonly local: string;
      };
}

/** The entries to be made, and the sources that their files come from. */
export interface ChosenBoot {
  readonly entries: readonly EntryRequest[];
  readonly sources: ReadonlyMap<SourceName, Source>;
  /** The donor's identification, to be carried over. */
  readonly idString: string;
}

/**
 * Finds the boot files that a choice asks for, or those that lie at known places, and reads each of them once.
 *
 * Errors: `ISO_PLAN_NO_BOOT_FILE`, listing where it looked; `ISO_TREE_NOT_FOUND`, `ISO_BOOT_NONE`,
 * `ISO_BOOT_NO_ENTRY`; what opening and reading raise.
 */
export async function chooseBoot(
  image: Image,
  source: Source,
  choice: BootChoice & { readonly signal?: AbortSignal | undefined },
): Promise<ChosenBoot> {
  if (choice.donor !== undefined) {
    return chooseFromDonor(choice.donor, choice, choice.signal);
  }
  const main = await chooseMain(image, source, choice);
  const isEfi = main?.entry.platformId === PLATFORM_ID.efi;
  const efi = choice.efi === false || isEfi ? undefined : await findEfiImage(image, source, choice);
  const entries = [main?.entry, efi].filter((entry) => entry !== undefined);
  if (entries.length === 0) {
    const looked = [...LOADER_PLACES, ...(choice.efi === false ? [] : EFI_IMAGE_PLACES)];
    throw new IsoError(
      'ISO_PLAN_NO_BOOT_FILE',
      `no loader is in the image; looked for ${looked.join(', ')}`,
      {
        found: 'none of them',
        wanted: 'a loader there, or --boot-path, --boot-file or --donor',
      },
    );
  }
  return { entries, sources: main?.sources ?? new Map(), idString: '' };
}

async function chooseMain(
  image: Image,
  source: Source,
  choice: BootChoice,
): Promise<{ entry: EntryRequest; sources: Map<SourceName, Source> } | undefined> {
  if (choice.bootFile !== undefined) {
    const local = await FileSource.open(choice.bootFile);
    try {
      const file = await readBootFile(local, 0, local.size);
      const name = basename(choice.bootFile);
      const place: BootFilePlace = { kind: 'source', source: 'boot-file', offset: 0, name };
      return { entry: makeEntry(place, file, choice), sources: new Map([['boot-file', local]]) };
    } catch (error) {
      await local.close();
      throw error;
    }
  }
  const node = choice.bootPath === undefined ? findLoader(image) : requireFile(image, choice.bootPath).node;
  if (node === undefined) {
    return undefined;
  }
  return {
    entry: makeEntry(placeInTree(node), await readTreeFile(source, node), choice),
    sources: new Map(),
  };
}

/** The first loader at a known place; a file without bytes is none. */
export function findLoader(image: Image): TreeNode | undefined {
  return LOADER_PLACES.map((path) => findFile(image, path)?.node).find(
    (node) => node !== undefined && node.size > 0,
  );
}

/** A file of the tree as a place for a boot file. */
export function placeInTree(node: TreeNode): BootFilePlace {
  return { kind: 'tree', lba: startOf(node), node, path: node.path, pieces: piecesOf(node) };
}

/** Where a file's bytes start; an empty one has no place. Errors: `ISO_BOOT_FILE` for one without blocks of its own. */
function startOf(node: TreeNode): Lba {
  refuseUnbootable(node);
  return node.extents[0]?.lba ?? lba(0);
}

/** Reads a file of the tree, however many pieces it lies in. */
export async function readTreeFile(source: Source, node: TreeNode): Promise<BootFileFacts> {
  return readBootFile(new PiecesSource(source, piecesOf(node)), 0, node.size);
}

function makeEntry(place: BootFilePlace, file: BootFileFacts, choice: BootChoice): EntryRequest {
  return {
    place,
    file,
    platformId: choice.platformId ?? PLATFORM_ID.x86,
    bootMediaType: choice.bootMediaType ?? BOOT_MEDIA_TYPE.noEmulation,
    loadSegment: choice.loadSegment ?? 0,
    loadSize: choice.loadSize ?? 'auto',
    systemType: undefined,
    bootInfoTable: choice.bootInfoTable ?? 'auto',
  };
}

/** An EFI image counts only if it is one: EDK II mounts the entry as a FAT file system. */
async function findEfiImage(
  image: Image,
  source: Source,
  choice: BootChoice,
): Promise<EntryRequest | undefined> {
  for (const path of EFI_IMAGE_PLACES) {
    const node = findFile(image, path)?.node;
    const isMain =
      choice.bootPath !== undefined && node?.path === requireFile(image, choice.bootPath).node.path;
    if (node === undefined || node.size === 0 || node.oddities.unlocated || isMain) {
      continue;
    }
    const file = await readTreeFile(source, node);
    if (file.fatSize !== undefined) {
      return makeEntry(placeInTree(node), file, { platformId: PLATFORM_ID.efi, bootInfoTable: 'no' });
    }
  }
  return undefined;
}

async function chooseFromDonor(
  donor: string,
  choice: BootChoice,
  signal: AbortSignal | undefined,
): Promise<ChosenBoot> {
  const source = await FileSource.open(donor);
  try {
    const { boot } = await readImage(source, { signal });
    if (boot?.catalog === undefined) {
      throw new IsoError('ISO_BOOT_NONE', `the donor ${donor} is not bootable`, { wanted: 'a boot catalog' });
    }
    const wanted = boot.entries.filter(({ index, bootable, platformId }) =>
      choice.donorEntry === undefined
        ? bootable && !(choice.efi === false && platformId === PLATFORM_ID.efi)
        : index === choice.donorEntry,
    );
    if (wanted.length === 0) {
      throw new IsoError('ISO_BOOT_NO_ENTRY', `the donor ${donor} has no such boot entry`, {
        found: `${boot.entries.length} entries`,
        wanted: choice.donorEntry ?? 'a bootable entry',
      });
    }
    const entries = wanted.map((entry) => donorEntry(entry, choice));
    return { entries, sources: new Map([['donor', source]]), idString: boot.entries[0]?.idString ?? '' };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** A donor's entry with its settings; what is given on the command line rules over them. */
function donorEntry(entry: BootEntry, options: BootChoice): EntryRequest {
  // Load size, segment and emulation on the command line are meant for the BIOS; UEFI would fail over them.
  const choice = entry.platformId === PLATFORM_ID.efi ? {} : options;
  const { file, node, index, loadRba } = entry;
  if (file !== undefined && file.size < entry.size) {
    throw new IsoError('ISO_SOURCE_TRUNCATED', `the donor ends inside its boot image ${index}`, {
      offset: offsetOfLba(loadRba),
      found: file.size,
      wanted: entry.size,
    });
  }
  if (file === undefined || file.size === 0) {
    throw new IsoError('ISO_BOOT_FILE', `boot image ${index} of the donor cannot be read`, {
      offset: entry.offset,
    });
  }
  const bootMediaType = choice.bootMediaType ?? entry.bootMediaType & BOOT_MEDIA_TYPE_MASK;
  const isFloppy = FLOPPY_SIZE[bootMediaType] !== undefined;
  return {
    place: {
      kind: 'source',
      source: 'donor',
      offset: offsetOfLba(loadRba),
      sizeCertain: entry.sizeCertain,
      name: node?.path ?? `${isFloppy ? 'floppy' : 'boot'} image ${index}`,
    },
    file,
    platformId: entry.platformId,
    bootMediaType,
    loadSegment: choice.loadSegment ?? entry.loadSegment,
    loadSize: choice.loadSize ?? entry.sectorCount,
    systemType: entry.systemType,
    bootInfoTable: entry.platformId === PLATFORM_ID.efi ? 'no' : (choice.bootInfoTable ?? 'auto'),
  };
}
