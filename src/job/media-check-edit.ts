import { isBlank } from '../layout/media-check.js';
import { checkMediaCheckEdit } from '../check/media-check-edit.js';
import { planMediaCheckEdit, type MediaCheckEditPlan } from '../plan/media-check-edit.js';
import type { Image } from '../read/image.js';
import { stopIfAborted } from '../source/stop.js';
import { stoppable } from '../source/stoppable-source.js';
import { planWithReads } from './carry-out.js';
import { edit } from './edit.js';
import type { EditOptions } from './edit-options.js';
import { editPlan, type CarriedOut, type EditPlan, type PlanOptions } from './edit-plan.js';
import { fieldWarnings } from './field-warning.js';
import { coveredBytes, mediaCheckAfter } from './inject-report.js';
import type { OpenImage } from './open-image.js';
import type { ChangeReport } from './report.js';

/** What is to be done about the media check of an image. */
export interface MediaCheckChoice {
  /** Whether an MD5 is put in or taken out. */
  readonly action: 'implant' | 'strip';
  /** Whether what else stands in the media check's field may be lost. */
  readonly force?: boolean | undefined;
}

/** What is to be done about the media check of an image, and where the result goes. */
export interface MediaCheckEditOptions extends MediaCheckChoice, EditOptions {}

/** Whose bytes stood in the field: an implanted MD5, a digest by SUSE's tagmedia, or something else. */
export type FieldContent = 'isomd5sum' | 'suse' | 'other';

/** The outcome of `media-check --implant` and `--strip`; documented in docs/json.md. */
export interface MediaCheckEditReport {
  readonly schema: 'isoboot.media-check-edit/1';
  /** The image, as it was named. */
  readonly input: string;
  /** Nothing for a dry run. */
  readonly output: string | null;
  /** How it was written, as in `isoboot.inject/1`. */
  readonly mode: 'in-place' | 'copy' | 'stream';
  /** Whether nothing was to be written. */
  readonly dryRun: boolean;
  /** `implant` or `strip`. */
  readonly action: 'implant' | 'strip';
  /** What stood in the field before; nothing where it was blank. */
  readonly replaced: FieldContent | null;
  /** The implanted MD5. */
  readonly mediaCheck: {
    /** 32 hexadecimal digits; null where there was none. */
    readonly before: string | null;
    /** 32 hexadecimal digits; null where there is none. */
    readonly after: string | null;
  };
  /** Bytes from the start of the image that the new sum covers; nothing without one. */
  readonly coveredBytes: number | null;
  /** One digit, `0` unless the image had another; null without a new MD5. */
  readonly rhlIsoStatus: string | null;
  /** Every write, in order. */
  readonly changes: readonly ChangeReport[];
  /** Bytes that are written over. */
  readonly bytesChanged: number;
  /** Bytes in the result. */
  readonly size: number;
  /** Path of the undo file. */
  readonly undo: string | null;
  /** What is odd about the result, for people. */
  readonly warnings: readonly string[];
  /** Of the result, where the whole of it was read anyway. */
  readonly sha256: string | null;
}

/**
 * Implants the MD5 that installers check, byte for byte as implantisomd5 does, or blanks its field, and proves the
 * result before it says so. Nothing but the field's 512 bytes changes.
 *
 * On failure the original, or nothing, is left. Errors: those of `planEditMediaCheck` and of `apply`.
 */
export async function editMediaCheck(options: MediaCheckEditOptions): Promise<MediaCheckEditReport> {
  return edit(options, (image) => planEditMediaCheck(image, options));
}

/**
 * Plans how to implant a media check in an open image, or to take it out. Nothing is written; `apply` does that, and
 * computes the sum.
 *
 * Errors: those of `planMediaCheckEdit`; those of reading.
 */
export async function planEditMediaCheck(
  image: OpenImage,
  options: MediaCheckChoice & PlanOptions,
): Promise<EditPlan<MediaCheckEditReport>> {
  const { model } = image;
  const source = stoppable(image.source, options.signal);
  const { action, force = false, signal } = options;
  stopIfAborted(signal);
  const plan = await planWithReads(source, (seen) => planMediaCheckEdit(model, { action, force }, seen));
  return editPlan<MediaCheckEditReport>({
    image,
    list: plan.list,
    mediaCheck: plan.mediaCheck,
    check: (result, how) => checkMediaCheckEdit(result, model, plan, how),
    report: (done) => report(image, plan, action, done),
  });
}

function report(
  { model: image, name: input }: OpenImage,
  plan: MediaCheckEditPlan,
  action: MediaCheckChoice['action'],
  { list, ...outcome }: CarriedOut,
): MediaCheckEditReport {
  const sum = plan.mediaCheck.kind === 'sum' ? plan.mediaCheck : undefined;
  return {
    schema: 'isoboot.media-check-edit/1',
    input,
    output: outcome.output,
    mode: outcome.mode,
    dryRun: outcome.dryRun,
    action,
    replaced: contentOf(image) ?? null,
    mediaCheck: { before: image.mediaCheck?.md5 ?? null, after: mediaCheckAfter(plan, list, image) },
    coveredBytes: sum?.coveredBytes ?? null,
    rhlIsoStatus: sum?.rhlIsoStatus ?? null,
    changes: list.patches.map(({ offset, length, phase, why }) => ({ offset, length, phase, what: why })),
    bytesChanged: coveredBytes(list),
    size: list.newSize,
    undo: outcome.undo,
    warnings: [...fieldWarnings(image, plan), ...warningsFor(image, plan)],
    sha256: outcome.sha256,
  };
}

function contentOf(image: Image): FieldContent | undefined {
  if (image.mediaCheck !== undefined) {
    return 'isomd5sum';
  }
  return image.suseDigest !== undefined ? 'suse' : isBlank(image.mediaCheckField) ? undefined : 'other';
}

function warningsFor(image: Image, { mediaCheck }: MediaCheckEditPlan): string[] {
  const missing = image.volumeSize - image.size;
  return mediaCheck.kind === 'sum' && missing > 0
    ? [
        `the image is ${missing} bytes shorter than its volume says; the sum does not cover them, and isoboot ` +
          'media-check will call it incomplete',
      ]
    : [];
}
