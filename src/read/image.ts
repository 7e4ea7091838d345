import { decodeMediaCheck, MEDIA_CHECK_RANGE, type MediaCheck } from '../layout/media-check.js';
import type { Source } from '../source/source.js';
import {
  BLOCK_SIZE,
  blocksFor,
  lba,
  offsetOfLba,
  PRIMARY_VOLUME_DESCRIPTOR_LBA,
  roundUpToBlock,
} from '../units.js';
import { AllocationMap } from './allocation-map.js';
import { BlockReader } from './block-reader.js';
import { readBoot, type Boot } from './boot.js';
import { readDescriptorSet, type DescriptorSet } from './descriptor-set.js';
import { decodeVolumeText } from './file-identifier.js';
import { Findings, type Finding } from './finding.js';
import { claimPartitions, type Hybrid } from './partition-overlay.js';
import { readTree, type Tree } from './tree.js';
import { claimUdf } from './udf-overlay.js';

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
 * Reads an image into its model: descriptors, every tree, boot catalog, and what all of them refer to.
 *
 * Oddities are findings. Errors: `ISO_VOLUME_NOT_ISO9660`, `ISO_VOLUME_NO_TERMINATOR`, `ISO_TREE_LIMIT`; what the
 * source raises.
 */
export async function readImage(source: Source): Promise<Image> {
  const findings = new Findings();
  const descriptorReader = new BlockReader(source);
  const descriptorSet = await readDescriptorSet(descriptorReader, findings);
  const { fields } = descriptorSet.primary;
  const logicalBlockSize = fields.logicalBlockSize.littleEndian || BLOCK_SIZE;
  const reader = new BlockReader(source, logicalBlockSize);

  const trees: Tree[] = [];
  for (const descriptor of descriptorSet.trees) {
    trees.push(await readTree(reader, descriptor, findings));
  }
  const map = new AllocationMap();
  const { hybrid } = await claimPartitions(descriptorReader, map);
  claimVolume(map, descriptorSet, trees, source.size, findings);
  if (descriptorSet.hasUdf) {
    await claimUdf(descriptorReader, map);
  }
  const boot = await readBoot(descriptorReader, descriptorSet, trees, map, findings);

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

/** Claims what ISO 9660 itself refers to. An extent beyond the end of the image is a finding. */
function claimVolume(
  map: AllocationMap,
  set: DescriptorSet,
  trees: readonly Tree[],
  size: number,
  findings: Findings,
): void {
  map.claim('system area', 0, PRIMARY_VOLUME_DESCRIPTOR_LBA);
  map.claim('volume descriptor', PRIMARY_VOLUME_DESCRIPTOR_LBA, set.descriptors.length);
  map.claim('UDF recognition sequence', set.terminatorLba + 1, set.recognition.length);
  for (const { fields } of set.trees) {
    const blocks = blocksFor(fields.pathTableSize.littleEndian);
    const tables = [
      fields.locationOfTypeLPathTable,
      fields.locationOfOptionalTypeLPathTable,
      fields.locationOfTypeMPathTable,
      fields.locationOfOptionalTypeMPathTable,
    ];
    tables.filter((at) => at !== 0).forEach((at) => map.claim('path table', at, blocks));
  }
  for (const tree of trees) {
    claimTree(map, tree, size, findings);
  }
}

function claimTree(map: AllocationMap, tree: Tree, size: number, findings: Findings): void {
  tree.continuationBlocks.forEach((block) => map.claim('continuation area', block, 1));
  for (const directory of tree.directories) {
    for (const { lba: start, length } of directory.extents) {
      map.claim('directory', start, blocksFor(length), directory);
    }
    for (const node of directory.children ?? []) {
      if (node.isDirectory) {
        continue;
      }
      for (const { lba: start, length } of node.extents) {
        const { extendedAttributeBlocks, interleaved } = node.oddities;
        // Interleaved files lie in pieces; claiming twice their length errs on the safe side.
        map.claim(
          'file',
          start - extendedAttributeBlocks,
          blocksFor(length) * (interleaved ? 2 : 1) + extendedAttributeBlocks,
          node,
        );
        if (length > 0 && offsetOfLba(start) + length > size) {
          findings.add(
            'error',
            'ISO_SOURCE_TRUNCATED',
            `the file ${node.path} lies beyond the end of the image`,
            {
              offset: node.recordOffset,
              found: size,
              wanted: offsetOfLba(start) + length,
            },
          );
        }
      }
    }
  }
}

/** Padding that is missing is only told; data that are missing are findings of their own. */
function checkVolumeSize(size: number, volumeSize: number, findings: Findings): void {
  const at = offsetOfLba(lba(PRIMARY_VOLUME_DESCRIPTOR_LBA));
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
