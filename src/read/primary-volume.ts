import { IsoError } from '../errors.js';
import { halvesAgree } from '../layout/field.js';
import { MEDIA_CHECK_RANGE } from '../layout/media-check.js';
import { volumeDescriptor } from '../layout/volume-descriptor.js';
import type { Source } from '../source/source.js';
import { BLOCK_SIZE, offsetOfLba, PRIMARY_VOLUME_DESCRIPTOR_LBA } from '../units.js';
import { BlockReader } from './block-reader.js';
import { requirePrimary } from './descriptor-set.js';

/** What a media check has to know of a volume. */
export interface PrimaryVolume {
  /** Bytes that the volume lays claim to. */
  readonly size: number;
  readonly mediaCheckField: Uint8Array;
}

/**
 * Reads the Primary Volume Descriptor alone, so that damage elsewhere keeps nobody from being told of it.
 *
 * Errors: those of `requirePrimary`, `ISO_VOLUME_BLOCK_SIZE` for blocks other than 2048 bytes, `ISO_VOLUME_BYTE_ORDER`
 * where the two halves of the volume's size differ; what the source raises.
 */
export async function readPrimaryVolume(source: Source): Promise<PrimaryVolume> {
  const at = offsetOfLba(PRIMARY_VOLUME_DESCRIPTOR_LBA);
  const reader = new BlockReader(source);
  const bytes = await reader.readUpTo(at, BLOCK_SIZE);
  const whole = bytes.length === BLOCK_SIZE ? bytes : undefined;
  const { block } = await requirePrimary(reader, PRIMARY_VOLUME_DESCRIPTOR_LBA, whole);
  const { logicalBlockSize, volumeSpaceSize } = volumeDescriptor.decode(block);
  if (logicalBlockSize.littleEndian !== BLOCK_SIZE) {
    throw new IsoError('ISO_VOLUME_BLOCK_SIZE', 'media checks count in blocks of 2048 bytes', {
      offset: at + volumeDescriptor.offsetOf('logicalBlockSize'),
      found: logicalBlockSize.littleEndian,
      wanted: BLOCK_SIZE,
    });
  }
  if (!halvesAgree(volumeSpaceSize)) {
    throw new IsoError('ISO_VOLUME_BYTE_ORDER', 'the two halves of volumeSpaceSize differ', {
      offset: at + volumeDescriptor.offsetOf('volumeSpaceSize'),
      found: volumeSpaceSize.bigEndian,
      wanted: volumeSpaceSize.littleEndian,
    });
  }
  const { offset, length } = MEDIA_CHECK_RANGE;
  return {
    size: volumeSpaceSize.littleEndian * BLOCK_SIZE,
    mediaCheckField: block.subarray(offset, offset + length),
  };
}
