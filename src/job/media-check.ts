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
  /** The image. */
  readonly input: ImageInput;
  /** Told how far the reading has come; in bytes. */
  readonly onProgress?: OnProgress | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of what is done; without one, nothing is said. */
  readonly logger?: Logger | undefined;
}

/** The outcome of `media-check`; documented in docs/json.md. */
export interface MediaCheckReport {
  readonly schema: 'isoboot.media-check/1';
  /** The image, as it was named. */
  readonly input: string;
  /** The answer. */
  readonly result: MediaCheckResult;
  /** The MD5 of the covered bytes, the field itself taken as spaces. */
  readonly md5: {
    /** 32 hexadecimal digits: what the image says. */
    readonly recorded: string;
    /** 32 hexadecimal digits: what its bytes give, as far as there are any. */
    readonly computed: string;
  };
  /** Bytes from the start of the image that the MD5 covers. */
  readonly coveredBytes: number;
  /** Blocks at the end of the volume that it does not cover. */
  readonly skipSectors: number;
  /** Bytes that the image has, that its volume says it has, and that are missing. */
  readonly size: number;
  /** Bytes that its volume says it has; what lies behind them does not matter. */
  readonly volumeSize: number;
  /** Bytes that are missing of those. */
  readonly missingBytes: number;
  /** Nothing where the field has no fragment sums. */
  readonly fragments: {
    /** How many there are. */
    readonly count: number;
    /** Nothing for sums that are no known version's: the MD5 alone was judged by. */
    readonly form: FragmentForm | null;
    /** The first fragment that is not as it was; null where none is, or where it cannot be told. */
    readonly firstBad: BadFragment | null;
  } | null;
  /** The field's `RHLISOSTATUS`, as it stands there; null where there is none. */
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
