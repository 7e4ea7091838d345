import type { BootEntry } from '../read/boot.js';
import type { BootFileFacts } from '../read/boot-file.js';
import {
  BOOT_INFO_TABLE_MINIMUM_FILE,
  BOOT_INFO_TABLE_OFFSET,
  ruleOnBootInfoTable,
} from '../layout/boot-info-table.js';
import { BOOT_MEDIA_TYPE_MASK } from '../layout/el-torito.js';
import { sectorCountFor } from '../plan/boot-catalog.js';
import type { EntryRequest } from '../plan/request.js';
import type { Image } from '../read/image.js';
import type { ChosenBoot } from './boot-choice.js';
import { bootsOf } from './inject-report.js';
import type { InjectOptions } from './inject.js';
import { mediaFor } from './medium.js';
import { emulationName, loaderReport, platformName } from './name.js';
import type { InjectReport } from './report.js';

/** Whether the image already boots what was chosen, entry by entry. */
export function isAlreadyDone(image: Image, chosen: ChosenBoot): boolean {
  const entries = image.boot?.entries ?? [];
  return (
    image.boot?.catalog !== undefined &&
    chosen.entries.length === entries.length &&
    chosen.entries.every((request) => entries.some((entry) => isEqual(entry, request)))
  );
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

function isSameFile({ file, loadRba }: BootEntry, { place, file: wanted }: EntryRequest): boolean {
  if (place.kind === 'tree') {
    return place.lba === loadRba;
  }
  return file?.size === wanted.size && file.checksum === wanted.checksum && sameHead(file, wanted);
}

/** The heads agree but for the table, which differs from image to image. */
function sameHead({ head: a }: BootFileFacts, { head: b }: BootFileFacts): boolean {
  return a.every(
    (byte, i) => byte === b[i] || (i >= BOOT_INFO_TABLE_OFFSET && i < BOOT_INFO_TABLE_MINIMUM_FILE),
  );
}

/** The report of an injection that found nothing to do. */
export function reportAlreadyDone(image: Image, { input, target, dryRun }: InjectOptions): InjectReport {
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
    output: null,
    mode: target.kind,
    dryRun: dryRun === true,
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
      (image.boot?.entries ?? []).map(({ platformId }, i) => ({ platformId, what: entries[i]?.path ?? '' })),
      image.hybrid,
    ),
    catalog: { lba: image.boot?.catalogLba ?? 0, placement: 'unchanged' },
    changes: [],
    bytesChanged: 0,
    grownBy: 0,
    size: image.size,
    media: mediaFor(image.size),
    mediaCheck: { before: image.mediaCheck?.md5 ?? null, after: image.mediaCheck?.md5 ?? null },
    undo: null,
    warnings: [],
    sha256: null,
  };
}
