import type { BootEntry } from '../read/boot.js';
import type { BootFileFacts } from '../read/boot-file.js';
import {
  BOOT_INFO_TABLE_MINIMUM_FILE,
  BOOT_INFO_TABLE_OFFSET,
  GRUB2_BLOCK_LIST_OFFSET,
  grub2BlockList,
  ruleOnBootInfoTable,
} from '../layout/boot-info-table.js';
import { BOOT_MEDIA_TYPE_MASK } from '../layout/el-torito.js';
import { sectorCountFor } from '../plan/boot-catalog.js';
import { u32le } from '../layout/field.js';
import { BOOT_RECORD_LBA, roundUpToBlock } from '../units.js';
import type { EntryRequest } from '../plan/request.js';
import type { ManifestEntry } from '../read/manifest.js';
import type { Image } from '../read/image.js';
import type { ChosenBoot } from './boot-choice.js';
import type { CarriedOut } from './edit-plan.js';
import { bootsOf } from './inject-report.js';
import { mediaFor } from './medium.js';
import { emulationName, loaderReport, platformName } from './name.js';
import type { OpenImage } from './open-image.js';
import type { InjectReport } from './report.js';

/** Whether the image already boots what was chosen, entry by entry. */
export function isAlreadyDone(image: Image, chosen: ChosenBoot): boolean {
  return (
    chosen.entries.length === image.boot?.entries.length && missingEntries(image, chosen.entries).length === 0
  );
}

/** Of the entries that were chosen, those that the image does not boot already. */
export function missingEntries({ boot }: Image, entries: readonly EntryRequest[]): EntryRequest[] {
  const isFound = boot?.catalog !== undefined && boot.recordLba === BOOT_RECORD_LBA;
  return entries.filter((request) => !isFound || !boot.entries.some((entry) => isEqual(entry, request)));
}

function isEqual(entry: BootEntry, request: EntryRequest): boolean {
  const sameShape =
    entry.bootable &&
    entry.platformId === request.platformId &&
    (entry.bootMediaType & BOOT_MEDIA_TYPE_MASK) === request.bootMediaType &&
    entry.loadSegment === request.loadSegment &&
    entry.sectorCount === sectorCountFor(request);
  const wantsTable =
    request.bootInfoTable === 'yes' ||
    (request.bootInfoTable === 'auto' && ruleOnBootInfoTable(request.file).writable);
  const sameTable = !wantsTable || entry.bootInfoTable === 'valid';
  return sameShape && sameTable && isSameFile(entry, request);
}

function isSameFile(
  { file, loadRba, sizeCertain }: BootEntry,
  { place, file: wanted }: EntryRequest,
): boolean {
  if (place.kind === 'tree') {
    return place.lba === loadRba;
  }
  // Without a certain size, the image is known in whole blocks; the zeros behind it add nothing to its sum.
  const sameSize = file?.size === wanted.size || (!sizeCertain && file?.size === roundUpToBlock(wanted.size));
  // A file too large to be summed up is not known well enough to be called the same.
  const sum = sameSize ? neutralSum(file) : undefined;
  return sum !== undefined && file !== undefined && sum === neutralSum(wanted) && sameHead(file, wanted);
}

const LIST_START = GRUB2_BLOCK_LIST_OFFSET;
const LIST_END = LIST_START + grub2BlockList.rangeOf('firstSector').length;

/** A file's sum without GRUB 2's block list, which like the table differs from image to image. */
function neutralSum({ checksum, head, hasGrub2BlockList }: BootFileFacts): number | undefined {
  if (checksum === undefined || !hasGrub2BlockList) {
    return checksum;
  }
  const word = u32le();
  return (checksum - word.decode(head, LIST_START) - word.decode(head, LIST_START + word.span)) >>> 0;
}

/** The heads agree but for what a disc writes into them. */
function sameHead({ head: a, hasGrub2BlockList }: BootFileFacts, { head: b }: BootFileFacts): boolean {
  const isOwn = (i: number): boolean =>
    (i >= BOOT_INFO_TABLE_OFFSET && i < BOOT_INFO_TABLE_MINIMUM_FILE) ||
    (hasGrub2BlockList && i >= LIST_START && i < LIST_END);
  return a.every((byte, i) => byte === (b[i] ?? 0) || isOwn(i));
}

/** The report of an injection that found nothing to do. */
export function reportAlreadyDone(
  { model: image, name: input }: OpenImage,
  { mode, dryRun, output, sha256 }: CarriedOut,
  manifests: readonly ManifestEntry[],
): InjectReport {
  const entries = (image.boot?.entries ?? []).map((entry) => ({
    platform: platformName(entry.platformId),
    emulation: emulationName(entry.bootMediaType),
    path: entry.node?.path ?? `hidden boot image ${entry.index}`,
    lba: entry.loadRba,
    size: entry.size,
    loadSize: entry.sectorCount,
    loadSegment: entry.loadSegment,
  }));
  const [main] = image.boot?.entries ?? [];
  return {
    schema: 'isoboot.inject/1',
    input,
    output,
    mode,
    dryRun,
    alreadyDone: true,
    bootFile: {
      path: entries[0]?.path ?? '',
      lba: main?.loadRba ?? 0,
      size: main?.size ?? 0,
      loader: loaderReport(main?.file?.loader),
      bootInfoTable: { written: false, reason: 'the image is bootable in this very way already' },
    },
    entries,
    boots: bootsOf(
      (image.boot?.entries ?? []).map(({ platformId, file }, i) => ({
        platformId,
        what: entries[i]?.path ?? '',
        isFat: file?.fatSize !== undefined,
      })),
      image.hybrid,
    ),
    catalog: { lba: image.boot?.catalogLba ?? 0, placement: 'unchanged' },
    moved: [],
    changes: [],
    bytesChanged: 0,
    grownBy: 0,
    size: image.size,
    media: mediaFor(image.size),
    mediaCheck: { before: image.mediaCheck?.md5 ?? null, after: image.mediaCheck?.md5 ?? null },
    manifests: manifests.map((each) => ({ ...each, changed: false })),
    undo: null,
    warnings: [],
    sha256,
  };
}
