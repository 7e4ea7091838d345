import {
  judgeMediaCheck,
  readingPoints,
  type BadFragment,
  type MediaCheckResult,
} from '../check/media-check.js';
import { IsoError } from '../errors.js';
import { decodeMediaCheck, MEDIA_CHECK_RANGE, type MediaCheck } from '../layout/media-check.js';
import type { FragmentForm } from '../layout/media-check-sum.js';
import { decodeSuseDigest } from '../layout/suse-digest.js';
import { readPrimaryVolume } from '../read/primary-volume.js';
import { digestOverlay } from '../sink/digest.js';
import type { OnProgress } from '../sink/progress.js';
import { BLOCK_SIZE, offsetOfLba, PRIMARY_VOLUME_DESCRIPTOR_LBA } from '../units.js';
import { inputName, openInput, type ImageInput } from './input.js';
import { tellOfReading, type Logger } from './logger.js';
import { refuseInterrupted } from './undo.js';

/** An image whose media check is to be judged. */
export interface MediaCheckOptions {
  readonly input: ImageInput;
  /** Told how far the reading has come; in bytes. */
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly logger?: Logger | undefined;
}

/** The outcome of `media-check`; documented in docs/json.md. */
export interface MediaCheckReport {
  readonly schema: 'isoboot.media-check/1';
  readonly input: string;
  readonly result: MediaCheckResult;
  readonly md5: { readonly recorded: string; readonly computed: string };
  /** Bytes from the start of the image that the MD5 covers. */
  readonly coveredBytes: number;
  /** Blocks at the end of the volume that it does not cover. */
  readonly skipSectors: number;
  /** Bytes that the image has, that its volume says it has, and that are missing. */
  readonly size: number;
  readonly volumeSize: number;
  readonly missingBytes: number;
  /** Nothing where the field has no fragment sums. */
  readonly fragments: {
    readonly count: number;
    /** Nothing for sums that are no known version's: the MD5 alone was judged by. */
    readonly form: FragmentForm | null;
    readonly firstBad: BadFragment | null;
  } | null;
  readonly rhlIsoStatus: string | null;
}

/**
 * Judges the MD5 that an image carries: one read of the bytes that it covers, in a thread of its own.
 *
 * That it fails is an answer and no error. Only the primary volume descriptor has to be readable. Errors:
 * `ISO_MEDIA_CHECK_NONE`; those of `readPrimaryVolume`;
 * `ISO_UNDO_INTERRUPTED`, `ISO_UNDO_LOCKED`; those of reading.
 */
export async function mediaCheck(options: MediaCheckOptions): Promise<MediaCheckReport> {
  const { input, onProgress, signal, logger } = options;
  const source = await openInput(input, options);
  try {
    await refuseInterrupted(source.path);
    const volume = await readPrimaryVolume(source);
    const field = requireMediaCheck(volume.mediaCheckField);
    const coveredBytes = Math.max(0, volume.size - field.skipSectors * BLOCK_SIZE);
    tellOfReading(coveredBytes, logger);
    const { runningMd5: sums } = await digestOverlay({
      base: source,
      runningMd5: { coveredBytes, fieldOffset: FIELD_OFFSET, readAt: readingPoints(field, coveredBytes) },
      onProgress,
      signal,
    });
    if (sums === undefined) {
      throw new IsoError('ISO_INTERNAL', 'a media check sum was not computed');
    }
    const missingBytes = Math.max(0, volume.size - source.size);
    const { result, fragments } = judgeMediaCheck(field, sums, { coveredBytes, missingBytes });
    return {
      schema: 'isoboot.media-check/1',
      input: inputName(input),
      result,
      md5: { recorded: field.md5, computed: sums.md5 },
      coveredBytes,
      skipSectors: field.skipSectors,
      size: source.size,
      volumeSize: volume.size,
      missingBytes,
      fragments:
        fragments === undefined
          ? null
          : {
              count: fragments.count,
              form: fragments.form ?? null,
              firstBad: fragments.firstBad ?? null,
            },
      rhlIsoStatus: field.rhlIsoStatus ?? null,
    };
  } finally {
    await source.close();
  }
}

const FIELD_OFFSET = offsetOfLba(PRIMARY_VOLUME_DESCRIPTOR_LBA) + MEDIA_CHECK_RANGE.offset;

function requireMediaCheck(bytes: Uint8Array): MediaCheck {
  const field = decodeMediaCheck(bytes);
  if (field === undefined) {
    const suse = decodeSuseDigest(bytes);
    throw new IsoError(
      'ISO_MEDIA_CHECK_NONE',
      suse === undefined
        ? 'the image has no media check'
        : `the image carries a ${suse.algorithm} digest of SUSE's checkmedia, which judges it`,
      {
        offset: FIELD_OFFSET,
        ...(suse === undefined ? {} : { found: suse.digest }),
        wanted: 'an implanted MD5',
      },
    );
  }
  return field;
}
