import { IsoError } from '../errors.js';
import { halvesAgree } from '../layout/field.js';
import { volumeDescriptor } from '../layout/volume-descriptor.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, BOOT_RECORD_LBA, offsetOfLba } from '../units.js';
import type { ExistingBoot } from './request.js';

/**
 * Refuses an image that no edit can be trusted with.
 *
 * Errors: `ISO_VOLUME_BLOCK_SIZE`, `ISO_VOLUME_BYTE_ORDER`, `ISO_VOLUME_MULTI_SESSION`, `ISO_SOURCE_TRUNCATED`.
 */
export function requireEditable(image: Image): void {
  const { primary } = image.descriptorSet;
  const at = offsetOfLba(primary.lba);
  const { logicalBlockSize, volumeSpaceSize } = primary.fields;
  if (image.logicalBlockSize !== BLOCK_SIZE) {
    throw new IsoError('ISO_VOLUME_BLOCK_SIZE', 'images with another logical block size are not edited', {
      offset: at + volumeDescriptor.offsetOf('logicalBlockSize'),
      found: image.logicalBlockSize,
      wanted: BLOCK_SIZE,
    });
  }
  for (const [field, value] of Object.entries({ logicalBlockSize, volumeSpaceSize })) {
    if (!halvesAgree(value)) {
      throw new IsoError('ISO_VOLUME_BYTE_ORDER', `the two halves of ${field} differ`, {
        offset: at + volumeDescriptor.offsetOf(field as 'logicalBlockSize' | 'volumeSpaceSize'),
        found: value.bigEndian,
        wanted: value.littleEndian,
      });
    }
  }
  if ((image.sessionCount ?? 1) > 1) {
    throw new IsoError('ISO_VOLUME_MULTI_SESSION', 'images of several sessions are read, not edited', {
      offset: offsetOfLba(image.sessions[0]?.primaryLba ?? primary.lba),
      found: image.sessionCount ?? 0,
      wanted: 1,
    });
  }
  requireWhole(image);
}

/** Refuses an image that lacks bytes which something in it refers to. Errors: `ISO_SOURCE_TRUNCATED`. */
export function requireWhole(image: Image): void {
  const missing = image.findings.filter(({ code }) => code === 'ISO_SOURCE_TRUNCATED');
  const [first] = missing;
  if (first !== undefined) {
    const wanted = Math.max(...missing.map((finding) => Number(finding.wanted ?? 0)));
    throw new IsoError('ISO_SOURCE_TRUNCATED', `the image is cut short: ${first.message}`, {
      ...(first.offset === undefined ? {} : { offset: first.offset }),
      found: image.size,
      wanted: Math.max(wanted, image.volumeSize),
    });
  }
}

/** Refuses an image that has a boot record already. Errors: `ISO_PLAN_ALREADY_BOOTABLE`, `ISO_BOOT_BROKEN`. */
export function requireNotBootable(image: Image): void {
  const { boot } = image;
  if (boot === undefined) {
    return;
  }
  const offset = offsetOfLba(boot.recordLba);
  if (boot.catalog === undefined) {
    throw new IsoError('ISO_BOOT_BROKEN', 'the image has a boot record, but it points at no boot catalog', {
      offset,
      found: boot.catalogLba,
      wanted: 'a boot catalog',
    });
  }
  if (boot.recordLba !== BOOT_RECORD_LBA) {
    throw new IsoError(
      'ISO_BOOT_BROKEN',
      'the image has a boot record, but not where firmware looks for one',
      {
        offset,
        found: boot.recordLba,
        wanted: BOOT_RECORD_LBA,
      },
    );
  }
  const entries = boot.entries.map((entry) => {
    const what = entry.node?.path ?? entry.file?.loader?.name ?? 'a hidden boot image';
    return `entry ${entry.index} loads ${what} at block ${entry.loadRba}`;
  });
  throw new IsoError('ISO_PLAN_ALREADY_BOOTABLE', `the image is bootable already: ${entries.join('; ')}`, {
    offset,
    found: `${boot.entries.length} boot entries`,
    wanted: 'none, or --add, --replace or --ensure',
  });
}

/**
 * Refuses what a wish for an image with a boot record cannot be: nothing can join a catalog that is none.
 *
 * Errors: `ISO_PLAN_ALREADY_BOOTABLE`, `ISO_BOOT_BROKEN`.
 */
export function requireOnto(image: Image, onto: ExistingBoot | undefined): void {
  if (onto === undefined || (onto === 'add' && image.boot?.catalog === undefined)) {
    requireNotBootable(image);
  }
}

/** The image without what its boot catalog says of images that are not there: it is to go, and they with it. */
export function withoutBootFindings(image: Image): Image {
  const entries = new Set(image.boot?.entries.map(({ offset }) => offset));
  const findings = image.findings.filter(({ offset }) => offset === undefined || !entries.has(offset));
  return { ...image, findings };
}
