import { basename } from 'node:path';
import { BOOT_MEDIA_TYPE, PLATFORM_ID } from '../layout/el-torito.js';
import { IsoError } from '../errors.js';
import type { SourceName } from '../plan/patch.js';
import type { BootFilePlace, EntryRequest } from '../plan/request.js';
import { readBootFile, type BootFileFacts } from '../read/boot-file.js';
import type { Image } from '../read/image.js';
import { requireFile } from '../read/lookup.js';
import { FileSource } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import { placeInTree, readTreeFile, type AddedEntry, type ChosenBoot } from './boot-choice.js';

/**
 * The entries that `--add` asks for. Errors: `ISO_BOOT_FILE` where UEFI would find no FAT image, `ISO_TREE_NOT_FOUND`,
 * `ISO_TREE_NOT_A_FILE`, those of opening and reading.
 */
export async function chooseAdded(
  image: Image,
  source: Source,
  added: readonly AddedEntry[],
): Promise<ChosenBoot> {
  const entries: EntryRequest[] = [];
  const sources = new Map<SourceName, Source>();
  try {
    for (const { platform, from } of added) {
      const { place, file } =
        'path' in from ? await inImage(image, source, from.path) : await openLocal(from.local, sources);
      if (platform === 'efi' && file.fatSize === undefined) {
        throw new IsoError('ISO_BOOT_FILE', `UEFI boots FAT images only, and ${nameOf(from)} is none`, {
          found: file.loader?.name ?? 'something else',
          wanted: 'a FAT image',
        });
      }
      entries.push({ ...PLAIN, place, file, ...BY_PLATFORM[platform] });
    }
    return { entries, sources, idString: '' };
  } catch (error) {
    await Promise.all([...sources.values()].map((each) => each.close()));
    throw error;
  }
}

const PLAIN = {
  bootMediaType: BOOT_MEDIA_TYPE.noEmulation,
  loadSegment: 0,
  loadSize: 'auto',
  systemType: undefined,
} as const;

const BY_PLATFORM = {
  bios: { platformId: PLATFORM_ID.x86, bootInfoTable: 'auto' },
  efi: { platformId: PLATFORM_ID.efi, bootInfoTable: 'no' },
} as const;

interface Found {
  readonly place: BootFilePlace;
  readonly file: BootFileFacts;
}

async function inImage(image: Image, source: Source, path: string): Promise<Found> {
  const { node } = requireFile(image, path);
  return { place: placeInTree(node), file: await readTreeFile(source, node) };
}

async function openLocal(path: string, sources: Map<SourceName, Source>): Promise<Found> {
  const local = await FileSource.open(path);
  sources.set('efi-file', local);
  const place = { kind: 'source', source: 'efi-file', offset: 0, name: basename(path) } as const;
  return { place, file: await readBootFile(local, 0, local.size) };
}

function nameOf(from: AddedEntry['from']): string {
  return 'path' in from ? from.path : from.local;
}
