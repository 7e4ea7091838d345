import { decodeMediaCheck, MEDIA_CHECK_RANGE, type MediaCheck } from '../layout/media-check.js';
import { directoryRecord } from '../layout/directory-record.js';
import { volumeDescriptor } from '../layout/volume-descriptor.js';
import type { Source } from '../source/source.js';
import { BLOCK_SIZE, offsetOfLba, PRIMARY_VOLUME_DESCRIPTOR_LBA, roundUpToBlock } from '../units.js';
import { AllocationMap } from './allocation-map.js';
import { BlockReader } from './block-reader.js';
import { readBoot, type Boot } from './boot.js';
import { readDescriptorSet, type DescriptorSet, type TreeDescriptor } from './descriptor-set.js';
import { decodeVolumeText } from './file-identifier.js';
import { Findings, type Finding } from './finding.js';
import { claimPartitions, type Hybrid } from './partition-overlay.js';
import { codingOf, readTree, type Tree } from './tree.js';
import { claimUdf } from './udf-overlay.js';
import { claimVolume } from './volume-overlay.js';

/** All that is known of an image: the model that planning starts from. */
export interface Image {
  /** Length in bytes. */
  readonly size: number;
  /** Bytes that the volume descriptors lay claim to. */
  readonly volumeSize: number;
  /** Bytes in a logical block; other than 2048 only in images that are not edited. */
  readonly logicalBlockSize: number;
  readonly volumeIdentifier: string;
  readonly descriptorSet: DescriptorSet;
  /** One tree a tree descriptor, the primary one first. */
  readonly trees: readonly Tree[];
  readonly map: AllocationMap;
  readonly boot: Boot | undefined;
  readonly hybrid: Hybrid;
  /** The media check field's 512 bytes, and what they say. */
  readonly mediaCheckField: Uint8Array;
  readonly mediaCheck: MediaCheck | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Reads an image into its model: descriptors, every tree, boot catalog, and what all of them refer to. `known.trees`
 * are taken for a descriptor's where its root lies where theirs does, instead of reading them again.
 *
 * Oddities are findings. Errors: `ISO_VOLUME_NOT_ISO9660`, `ISO_VOLUME_NO_TERMINATOR`, `ISO_TREE_LIMIT`; what the
 * source raises.
 */
export async function readImage(source: Source, known: { trees?: readonly Tree[] } = {}): Promise<Image> {
  const findings = new Findings();
  const descriptorReader = new BlockReader(source);
  const descriptorSet = await readDescriptorSet(descriptorReader, findings);
  const { fields } = descriptorSet.primary;
  const logicalBlockSize = fields.logicalBlockSize.littleEndian || BLOCK_SIZE;
  const reader = new BlockReader(source, logicalBlockSize);

  const trees: Tree[] = [];
  for (const descriptor of descriptorSet.trees) {
    // An enhanced descriptor often shares its whole tree with the primary one (ECMA-119 8.5).
    const shared = [...trees, ...(known.trees ?? [])].find((tree) => isTreeOf(tree, descriptor));
    trees.push(
      shared === undefined
        ? await readTree(reader, descriptor, findings)
        : { ...shared, kind: descriptor.kind },
    );
  }
  const map = new AllocationMap();
  const { hybrid } = await claimPartitions(descriptorReader, map);
  claimVolume(reader, map, descriptorSet, trees, findings);
  if (descriptorSet.hasUdf) {
    await claimUdf(descriptorReader, map);
  }
  const boot = await readBoot(reader, descriptorSet, trees, map, findings);

  const volumeSize = fields.volumeSpaceSize.littleEndian * logicalBlockSize;
  checkVolumeSize(source.size, volumeSize, findings);
  const { block } = descriptorSet.primary;
  const mediaCheckField = block.subarray(
    MEDIA_CHECK_RANGE.offset,
    MEDIA_CHECK_RANGE.offset + MEDIA_CHECK_RANGE.length,
  );
  return {
    size: source.size,
    volumeSize,
    logicalBlockSize,
    volumeIdentifier: decodeVolumeText(fields.volumeIdentifier, 'single-byte'),
    descriptorSet,
    trees,
    map,
    boot,
    hybrid,
    mediaCheckField,
    mediaCheck: decodeMediaCheck(mediaCheckField),
    findings: findings.list,
  };
}

function isTreeOf({ root, coding }: Tree, descriptor: TreeDescriptor): boolean {
  const [extent] = root.extents;
  const { locationOfExtent, dataLength } = directoryRecord.decode(descriptor.fields.directoryRecordForRoot);
  return (
    coding === codingOf(descriptor) &&
    extent?.lba === locationOfExtent.littleEndian &&
    extent.length === dataLength.littleEndian
  );
}

/** Padding that is missing is only told; data that are missing are findings of their own. */
function checkVolumeSize(size: number, volumeSize: number, findings: Findings): void {
  const at = offsetOfLba(PRIMARY_VOLUME_DESCRIPTOR_LBA) + volumeDescriptor.offsetOf('volumeSpaceSize');
  if (volumeSize > roundUpToBlock(size)) {
    findings.add('warning', 'ISO_VOLUME_SPACE_SIZE', 'the image is shorter than its volume says', {
      offset: at,
      found: size,
      wanted: volumeSize,
    });
  } else if (size > volumeSize) {
    findings.add('note', 'ISO_VOLUME_SPACE_SIZE', 'there are bytes behind the end of the volume', {
      offset: at,
      found: size,
      wanted: volumeSize,
    });
  }
}
