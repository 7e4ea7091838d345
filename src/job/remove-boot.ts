import { checkRemoval } from '../check/removal.js';
import type { HiddenRun } from '../plan/hidden-boot.js';
import type { PatchList } from '../plan/patch.js';
import { planRemoval, type RemovalPlan } from '../plan/removal.js';
import type { BootEntry } from '../read/boot.js';
import type { Image } from '../read/image.js';
import { isDevice } from '../source/file-source.js';
import { stoppable } from '../source/stoppable-source.js';
import { BLOCK_SIZE, blocksFor } from '../units.js';
import { planWithReads } from './carry-out.js';
import { edit } from './edit.js';
import type { EditOptions } from './edit-options.js';
import { editPlan, type CarriedOut, type EditPlan, type PlanOptions } from './edit-plan.js';
import { fieldWarnings } from './field-warning.js';
import { coveredBytes, mediaCheckAfter } from './inject-report.js';
import { platformName, type PlatformName } from './name.js';
import type { OpenImage } from './open-image.js';
import type { ChangeReport } from './report.js';

/** How an image is to stop being bootable. */
export interface RemoveBootChoice {
  /** What becomes of an implanted MD5; it is kept true without a word. */
  readonly mediaCheck?: 'keep' | 'strip' | undefined;
  /** Whether what stands in the media check's field may be lost where it is blanked. */
  readonly force?: boolean | undefined;
  /** Whether the result may be shorter; without it, so it may unless the image is on a device. */
  readonly mayShrink?: boolean | undefined;
}

/** A removal, and where its result goes. */
export interface RemoveBootOptions extends Omit<RemoveBootChoice, 'mayShrink'>, EditOptions {}

/** How an open image stops being bootable. */
export interface RemoveBootPlan extends EditPlan<RemoveBootReport> {
  /** The records that go, and what becomes of what they led to. */
  readonly removal: RemovalPlan;
}

/** What became of what the boot record led to: zeros, cut off with the end of the image, or as it was. */
export type Fate = 'blanked' | 'cut-off' | 'left';

/** The outcome of `remove-boot`; documented in docs/json.md. */
export interface RemoveBootReport {
  readonly schema: 'isoboot.remove-boot/1';
  /** The image, as it was named. */
  readonly input: string;
  /** Nothing for a dry run. */
  readonly output: string | null;
  /** How it was written, as in `isoboot.inject/1`. */
  readonly mode: 'in-place' | 'copy' | 'stream';
  /** Whether nothing was to be written. */
  readonly dryRun: boolean;
  /** The El Torito boot records that are gone. */
  readonly records: readonly {
    /** The block where it stood. */
    readonly lba: number;
  }[];
  /** Nothing where the boot record led to no catalog. */
  readonly catalog: {
    /** Its block. */
    readonly lba: number;
    /** The file that holds it; null for a hidden catalog. */
    readonly path: string | null;
    /** What became of it. */
    readonly fate: Fate;
  } | null;
  /** The entries of that catalog. */
  readonly entries: readonly {
    /** Its number, from 1 on. */
    readonly index: number;
    /** What it was for, as in `isoboot.inject/1`. */
    readonly platform: PlatformName;
    /** The first block of its boot image. */
    readonly lba: number;
    /** Bytes in its boot image. */
    readonly size: number;
    /** Nothing for a hidden boot image. */
    readonly path: string | null;
    /** What became of the boot image. */
    readonly fate: Fate;
  }[];
  /** Every write, in order. */
  readonly changes: readonly ChangeReport[];
  /** Bytes that are written over, each counted once. */
  readonly bytesChanged: number;
  /** Bytes by which the image is shorter than before. */
  readonly shrunkBy: number;
  /** Bytes in the result. */
  readonly size: number;
  /** The implanted MD5 that installers check. */
  readonly mediaCheck: {
    /** 32 hexadecimal digits; null where there was none. */
    readonly before: string | null;
    /** 32 hexadecimal digits; null where there is none. */
    readonly after: string | null;
  };
  /** Path of the undo file. */
  readonly undo: string | null;
  /** What was left, and what may boot still, for people. */
  readonly warnings: readonly string[];
  /** Of the result, where the whole of it was read anyway. */
  readonly sha256: string | null;
}

/**
 * Takes every El Torito boot record out of an image, with what only they led to, and proves the result before it says
 * so. Files stay as they are.
 *
 * On failure the original, or nothing, is left. Errors: those of `planRemoveBoot` and of `apply`.
 */
export async function removeBoot(options: RemoveBootOptions): Promise<RemoveBootReport> {
  const mayShrink = options.target.kind === 'in-place' ? undefined : true;
  return edit(options, (image) => planRemoveBoot(image, { ...options, mayShrink }));
}

/**
 * Plans how to take every El Torito boot record out of an open image. Nothing is written; `apply` does that.
 *
 * Errors: `ISO_BOOT_NONE`, others of `planRemoval`; those of reading.
 */
export async function planRemoveBoot(
  image: OpenImage,
  options: RemoveBootChoice & PlanOptions = {},
): Promise<RemoveBootPlan> {
  const { model } = image;
  const source = stoppable(image.source, options.signal);
  const { mediaCheck = 'keep', force } = options;
  const request = { mediaCheck, force, mayShrink: options.mayShrink ?? !isDevice(image.source) };
  const removal = await planWithReads(source, (seen) => planRemoval(model, request, seen));
  const plan = editPlan<RemoveBootReport>({
    image,
    list: removal.list,
    mediaCheck: removal.mediaCheck,
    check: (result, how) => checkRemoval(result, model, removal, how),
    report: (done) => report(image, removal, done),
  });
  return { ...plan, removal };
}

function report(
  { model: image, name: input }: OpenImage,
  plan: RemovalPlan,
  { list, ...outcome }: CarriedOut,
): RemoveBootReport {
  const { boot } = image;
  return {
    schema: 'isoboot.remove-boot/1',
    input,
    output: outcome.output,
    mode: outcome.mode,
    dryRun: outcome.dryRun,
    records: plan.records.map((lba) => ({ lba })),
    catalog:
      boot?.catalog === undefined
        ? null
        : { lba: boot.catalogLba, path: pathAt(image, boot.catalogLba), fate: fateOf(plan, boot.catalogLba) },
    entries: (boot?.entries ?? []).map((entry) => ({
      index: entry.index,
      platform: platformName(entry.platformId),
      lba: entry.loadRba,
      size: entry.size,
      path: entry.node?.path ?? null,
      fate: fateOf(plan, entry.loadRba),
    })),
    changes: list.patches.map(({ offset, length, phase, why }) => ({ offset, length, phase, what: why })),
    bytesChanged: coveredBytes(list),
    shrunkBy: list.oldSize - list.newSize,
    size: list.newSize,
    mediaCheck: mediaChecks(image, plan, list),
    undo: outcome.undo,
    warnings: [...warningsFor(image, plan), ...fieldWarnings(image, plan)],
    sha256: outcome.sha256,
  };
}

function mediaChecks(image: Image, plan: RemovalPlan, list: PatchList): RemoveBootReport['mediaCheck'] {
  return { before: image.mediaCheck?.md5 ?? null, after: mediaCheckAfter(plan, list, image) };
}

/** The file that holds a block, in the first tree that has one. */
function pathAt({ map }: Image, block: number): string | null {
  return map.overlapping(block, block + 1).find(({ kind }) => kind === 'file')?.node?.path ?? null;
}

function fateOf({ hidden, list }: RemovalPlan, block: number): Fate {
  const gone = hidden.some(({ start, reason }) => start === block && reason === undefined);
  if (!gone) {
    return 'left';
  }
  return block * BLOCK_SIZE >= list.newSize ? 'cut-off' : 'blanked';
}

function warningsFor(image: Image, { hidden, records }: RemovalPlan): string[] {
  const warnings = hidden.flatMap((run) => leftWarning(run));
  const { mbrBootFileLba } = image.hybrid;
  const loaded = image.boot?.entries.find((entry) => holds(entry, mbrBootFileLba));
  if (loaded !== undefined) {
    warnings.push(
      `the master boot record still loads ${loaded.node?.path ?? 'the hidden boot image'} at block ` +
        `${loaded.loadRba}: from a USB stick the image may boot as before`,
    );
  }
  if (records.length > 1) {
    warnings.push('only the first boot record was followed; what another one led to was left as it is');
  }
  return warnings;
}

function leftWarning({ kind, start, reason }: HiddenRun): string[] {
  return reason === undefined ? [] : [`the hidden ${kind} at block ${start} was left as it is: ${reason}`];
}

function holds({ loadRba, size }: BootEntry, block: number | undefined): boolean {
  return block !== undefined && block >= loadRba && block < loadRba + blocksFor(size);
}
