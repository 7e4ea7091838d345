import { decodeMediaCheck, MEDIA_CHECK_RANGE } from '../layout/media-check.js';
import { PLATFORM_ID } from '../layout/el-torito.js';
import type { InjectedEntry, InjectionPlan } from '../plan/inject.js';
import type { MediaCheckPlan } from '../plan/media-check.js';
import { orderEntries } from '../plan/joined-catalog.js';
import type { PatchList } from '../plan/patch.js';
import type { BootFilePlace } from '../plan/request.js';
import type { BootEntry } from '../read/boot.js';
import type { Image } from '../read/image.js';
import { failsAt } from '../read/loader.js';
import { findFile } from '../read/lookup.js';
import { fieldWarnings } from './field-warning.js';
import { LDLINUX_PLACES } from './known-places.js';
import { mediaFor } from './medium.js';
import { emulationName, loaderReport, platformName } from './name.js';
import type { BootsReport, InjectReport } from './report.js';

/** What only the caller of a plan knows. */
export interface Outcome {
  readonly input: string;
  readonly output: string | null;
  readonly mode: InjectReport['mode'];
  readonly dryRun: boolean;
  readonly manifests: InjectReport['manifests'];
  readonly undo: string | null;
  readonly sha256: string | null;
  readonly warnings: readonly string[];
}

/** Makes the report of an injection from its plan; `list` is the plan's with the media check field in it. */
export function reportInjection(
  image: Image,
  plan: InjectionPlan,
  list: PatchList,
  outcome: Outcome,
): InjectReport {
  const [main] = plan.entries;
  return {
    schema: 'isoboot.inject/1',
    input: outcome.input,
    output: outcome.output,
    mode: outcome.mode,
    dryRun: outcome.dryRun,
    alreadyDone: false,
    bootFile: bootFileOf(main),
    entries: entriesOf(plan),
    boots: bootsOf(orderEntries(plan.kept, plan.entries).map(bootingEntry), image.hybrid),
    catalog: { lba: plan.catalog.lba, placement: plan.catalog.placement },
    moved: plan.moves.map(({ what, start, end, to }) => ({ what, from: start, to, blocks: end - start })),
    changes: list.patches.map(({ offset, length, phase, why }) => ({ offset, length, phase, what: why })),
    bytesChanged: coveredBytes(list),
    grownBy: list.newSize - list.oldSize,
    size: list.newSize,
    media: mediaFor(list.newSize),
    mediaCheck: { before: image.mediaCheck?.md5 ?? null, after: mediaCheckAfter(plan, list, image) },
    manifests: outcome.manifests,
    undo: outcome.undo,
    warnings: [...outcome.warnings, ...warningsFor(image, plan)],
    sha256: outcome.sha256,
  };
}

/** All entries of the catalog; those that were there before are called by what they load. */
function entriesOf(plan: InjectionPlan): InjectReport['entries'] {
  return orderEntries(plan.kept, plan.entries).map((each) => {
    const entry = 'kept' in each ? each.kept : each.added;
    return {
      platform: platformName(entry.platformId),
      emulation: emulationName(entry.bootMediaType),
      path: bootingEntry(each).what,
      lba: entry.loadRba,
      size: 'kept' in each ? each.kept.size : each.added.request.file.size,
      loadSize: entry.sectorCount,
      loadSegment: entry.loadSegment,
    };
  });
}

function bootingEntry(each: { readonly kept: BootEntry } | { readonly added: InjectedEntry }): BootingEntry {
  if ('added' in each) {
    const { platformId, request } = each.added;
    return { platformId, what: placeName(request.place), isFat: request.file.fatSize !== undefined };
  }
  const { platformId, node, index, file } = each.kept;
  return { platformId, what: node?.path ?? `hidden boot image ${index}`, isFat: file?.fatSize !== undefined };
}

function bootFileOf(main: InjectedEntry | undefined): InjectReport['bootFile'] {
  const file = main?.request.file;
  return {
    path: main === undefined ? '' : placeName(main.request.place),
    lba: main?.loadRba ?? 0,
    size: file?.size ?? 0,
    loader: loaderReport(file?.loader),
    bootInfoTable: { written: main?.tableWritten ?? false, reason: main?.tableReason ?? '' },
  };
}

/** What a boot file is called: its path in the image, or the name it comes from. */
export function placeName(place: BootFilePlace): string {
  return place.kind === 'tree' ? place.path : place.name;
}

/** What matters of an entry to the question of what it boots. */
export interface BootingEntry {
  readonly platformId: number;
  /** What it loads, for people. */
  readonly what: string;
  /** UEFI mounts what it loads as a FAT file system, and boots nothing else. */
  readonly isFat: boolean;
}

/** What firmware finds in a catalog of these entries; BIOS takes only the first, and only for its own platform. */
export function bootsOf(entries: readonly BootingEntry[], { mbr, gpt }: Image['hybrid']): BootsReport {
  const [first] = entries;
  const bios = first?.platformId === PLATFORM_ID.x86;
  const efi = entries.filter(({ platformId }) => platformId === PLATFORM_ID.efi);
  const fat = efi.find(({ isFat }) => isFat);
  return {
    bios,
    uefi: fat !== undefined,
    usb: mbr || gpt,
    because: {
      bios: bios ? `its entry loads ${first.what}` : 'the first boot entry is not for the BIOS',
      uefi: fat === undefined ? whyNotUefi(efi[0]) : `its entry loads ${fat.what}`,
      usb: mbr || gpt ? 'it has a partition table, which was left as it is' : 'not hybrid',
    },
  };
}

function whyNotUefi(entry: BootingEntry | undefined): string {
  return entry === undefined ? 'no FAT image for UEFI is in the catalog' : `${entry.what} is no FAT image`;
}

/** Bytes that any patch covers, each once. */
export function coveredBytes({ patches }: PatchList): number {
  let total = 0;
  let reach = 0;
  for (const { offset, length } of [...patches].sort((a, b) => a.offset - b.offset)) {
    const end = offset + length;
    total += Math.max(0, end - Math.max(offset, reach));
    reach = Math.max(reach, end);
  }
  return total;
}

/** The sum in the media check field afterwards; nothing where there is none. */
export function mediaCheckAfter(
  plan: { readonly mediaCheck: MediaCheckPlan },
  list: PatchList,
  image: Image,
): string | null {
  if (plan.mediaCheck.kind !== 'sum') {
    return plan.mediaCheck.kind === 'strip' ? null : (image.mediaCheck?.md5 ?? null);
  }
  const { fieldOffset } = plan.mediaCheck;
  const field = list.patches.find(
    ({ offset, length }) => offset === fieldOffset && length === MEDIA_CHECK_RANGE.length,
  );
  const content = field?.content;
  return content?.kind === 'bytes' ? (decodeMediaCheck(content.bytes)?.md5 ?? null) : null;
}

function warningsFor(image: Image, plan: InjectionPlan): string[] {
  const warnings: string[] = [];
  for (const { request, loadRba, sharedBy, copiedBecause } of plan.entries) {
    const { loader } = request.file;
    if (copiedBecause !== undefined) {
      warnings.push(
        `${placeName(request.place)} was copied to block ${loadRba} to be booted, because ${copiedBecause}; the file itself is as it was`,
      );
    }
    if (request.place.kind === 'source' && request.place.sizeCertain === false) {
      warnings.push(
        `the size of ${request.place.name} is an upper limit: nothing on the donor says it for sure`,
      );
    }
    if (loader?.name === 'ISOLINUX' && needsCoreModule(loader.version) && !hasCoreModule(image)) {
      warnings.push(
        `ISOLINUX ${loader.version ?? ''} needs ldlinux.c32 of the same version in the image, and it is not there`,
      );
    }
    if (failsAt(request.file, loadRba)) {
      warnings.push(
        `the loader lies at block ${loadRba}; ISOLINUX ${loader?.version ?? ''} fails there on some machines`,
      );
    }
    // Without Rock Ridge the trees differ in case: that is the boot file itself.
    const own = placeName(request.place).toLowerCase();
    const others = sharedBy.filter((name) => name.toLowerCase() !== own);
    if (others.length > 0) {
      warnings.push(
        `these names lead to the same bytes as the boot file and change with it: ${others.join(', ')}`,
      );
    }
  }
  warnings.push(...fieldWarnings(image, plan));
  for (const what of plan.outOfOrder) {
    warnings.push(
      `${what} could only go behind what it should stand in front of; programs that read images in one pass (bsdtar) may miss files`,
    );
  }
  for (const { primaryLba } of image.sessions) {
    const grows = plan.list.newSize > plan.list.oldSize;
    warnings.push(
      `a second descriptor set at block ${primaryLba} was left as it is${grows ? ', but for its volume size' : ''}`,
    );
  }
  const short = image.volumeSize - image.size;
  if (short > 0 && plan.list.newSize === plan.list.oldSize) {
    warnings.push(`the image is ${short} bytes shorter than its volume says; only padding is missing`);
  }
  return warnings;
}

function needsCoreModule(version: string | undefined): boolean {
  return Number.parseFloat(version ?? '0') >= 5;
}

function hasCoreModule(image: Image): boolean {
  return LDLINUX_PLACES.some((path) => findFile(image, path) !== undefined);
}
