import { IsoError } from '../errors.js';
import { halvesAgree } from '../layout/field.js';
import { MEDIA_CHECK_RANGE } from '../layout/media-check.js';
import {
  STANDARD_IDENTIFIER,
  volumeDescriptor,
  VOLUME_DESCRIPTOR_TYPE,
} from '../layout/volume-descriptor.js';
import type { Source } from '../source/source.js';
import { BLOCK_SIZE, offsetOfLba, PRIMARY_VOLUME_DESCRIPTOR_LBA } from '../units.js';

/** What a media check has to know of a volume. */
export interface PrimaryVolume {
  /** Bytes that the volume lays claim to. */
  readonly size: number;
  readonly mediaCheckField: Uint8Array;
}

/**
 * Reads the Primary Volume Descriptor alone, so that damage elsewhere keeps nobody from being told of it.
 *
 * Errors: `ISO_VOLUME_NOT_ISO9660`, `ISO_VOLUME_BLOCK_SIZE` for blocks other than 2048 bytes, `ISO_VOLUME_BYTE_ORDER`
 * where the two halves of the volume's size differ; what the source raises.
 */
export async function readPrimaryVolume(source: Source): Promise<PrimaryVolume> {
  const at = offsetOfLba(PRIMARY_VOLUME_DESCRIPTOR_LBA);
  const block = source.size < at + BLOCK_SIZE ? undefined : await source.read(at, BLOCK_SIZE);
  const fields = block === undefined ? undefined : volumeDescriptor.decode(block);
  if (
    block === undefined ||
    fields?.type !== VOLUME_DESCRIPTOR_TYPE.primary ||
    fields.standardIdentifier !== STANDARD_IDENTIFIER
  ) {
    throw new IsoError('ISO_VOLUME_NOT_ISO9660', `${source.name} is not an ISO 9660 image`, {
      offset: at,
      found: block === undefined ? 'the end of the image' : 'something else',
      wanted: 'a Primary Volume Descriptor',
    });
  }
  const { logicalBlockSize, volumeSpaceSize } = fields;
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
