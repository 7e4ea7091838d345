import { isBlank } from '../layout/media-check.js';
import { checkMediaCheckEdit } from '../check/media-check-edit.js';
import { planMediaCheckEdit, type MediaCheckEditPlan } from '../plan/media-check-edit.js';
import { readImage, type Image } from '../read/image.js';
import { carryOut, planWithReads, withInput, type CarriedOut } from './carry-out.js';
import type { EditOptions } from './edit-options.js';
import { fieldWarnings } from './field-warning.js';
import { coveredBytes, mediaCheckAfter } from './inject-report.js';
import type { ChangeReport } from './report.js';

/** What is to be done about the media check of an image, and where the result goes. */
export interface MediaCheckEditOptions extends EditOptions {
  readonly action: 'implant' | 'strip';
}

/** Whose bytes stood in the field: an implanted MD5, a digest by SUSE's tagmedia, or something else. */
export type FieldContent = 'isomd5sum' | 'suse' | 'other';

/** The outcome of `media-check --implant` and `--strip`; documented in docs/json.md. */
export interface MediaCheckEditReport {
  readonly schema: 'isoboot.media-check-edit/1';
  readonly input: string;
  /** Nothing for a dry run. */
  readonly output: string | null;
  readonly mode: 'in-place' | 'copy' | 'stream';
  readonly dryRun: boolean;
  readonly action: 'implant' | 'strip';
  /** What stood in the field before; nothing where it was blank. */
  readonly replaced: FieldContent | null;
  readonly mediaCheck: { readonly before: string | null; readonly after: string | null };
  /** Bytes from the start of the image that the new sum covers; nothing without one. */
  readonly coveredBytes: number | null;
  readonly rhlIsoStatus: string | null;
  readonly changes: readonly ChangeReport[];
  /** Bytes that are written over. */
  readonly bytesChanged: number;
  readonly size: number;
  /** Path of the undo file. */
  readonly undo: string | null;
  readonly warnings: readonly string[];
  /** Of the result, where the whole of it was read anyway. */
  readonly sha256: string | null;
}

/**
 * Implants the MD5 that installers check, byte for byte as implantisomd5 does, or blanks its field, and proves the
 * result before it says so. Nothing but the field's 512 bytes changes.
 *
 * On failure the original, or nothing, is left. Errors: those of `planMediaCheckEdit` and of the sinks;
 * `ISO_SOURCE_DIGEST`, `ISO_USAGE_SAME_FILE`, `ISO_OUTPUT_VERIFY`, `ISO_UNDO_INTERRUPTED`.
 */
export async function editMediaCheck(options: MediaCheckEditOptions): Promise<MediaCheckEditReport> {
  return withInput(options, async (source) => {
    const image = await readImage(source);
    const request = { action: options.action, force: options.force === true };
    const plan = await planWithReads(source, (seen) => planMediaCheckEdit(image, request, seen));
    const outcome = await carryOut({
      ...plan,
      options,
      source,
      sources: new Map(),
      check: (result, how) => checkMediaCheckEdit(result, image, plan, how),
    });
    return report(image, plan, options, outcome);
  });
}

function report(
  image: Image,
  plan: MediaCheckEditPlan,
  options: MediaCheckEditOptions,
  { list, ...outcome }: CarriedOut,
): MediaCheckEditReport {
  const sum = plan.mediaCheck.kind === 'sum' ? plan.mediaCheck : undefined;
  return {
    schema: 'isoboot.media-check-edit/1',
    input: options.input,
    output: outcome.output,
    mode: options.target.kind,
    dryRun: options.dryRun === true,
    action: options.action,
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
