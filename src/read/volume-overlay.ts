import { PATH_TABLE_FIELDS } from '../layout/path-table.js';
import { BLOCK_SIZE, PRIMARY_VOLUME_DESCRIPTOR_LBA } from '../units.js';
import type { AllocationMap, ClaimKind } from './allocation-map.js';
import type { BlockReader } from './block-reader.js';
import type { DescriptorSet } from './descriptor-set.js';
import type { Findings } from './finding.js';
import type { Tree } from './tree.js';
import type { TreeNode } from './tree-node.js';

/** Claims what ISO 9660 itself refers to. A file beyond the end of the image is a finding. */
export function claimVolume(
  reader: BlockReader,
  map: AllocationMap,
  set: DescriptorSet,
  trees: readonly Tree[],
  findings: Findings,
): void {
  const overlay = new VolumeOverlay(reader, map, findings);
  map.claim('system area', 0, PRIMARY_VOLUME_DESCRIPTOR_LBA);
  map.claim('volume descriptor', set.primary.lba, set.descriptors.length);
  map.claim('UDF recognition sequence', set.terminatorLba + 1, set.recognition.length);
  for (const { fields } of set.trees) {
    PATH_TABLE_FIELDS.map(([field]) => fields[field])
      .filter((at) => at !== 0)
      .forEach((at) => overlay.claim('path table', at, fields.pathTableSize.littleEndian));
  }
  trees.forEach((tree) => overlay.claimTree(tree));
}

/** Claims in the image's own logical blocks, which the map counts in blocks of 2048 bytes. */
class VolumeOverlay {
  readonly #blockSize: number;

  constructor(
    private readonly reader: BlockReader,
    private readonly map: AllocationMap,
    private readonly findings: Findings,
  ) {
    this.#blockSize = reader.blockSize;
  }

  claim(kind: ClaimKind, start: number, bytes: number, node?: TreeNode, recordOffset?: number): void {
    const offset = start * this.#blockSize;
    const first = Math.floor(offset / BLOCK_SIZE);
    const end = Math.ceil((offset + bytes) / BLOCK_SIZE);
    this.map.claim(kind, first, bytes === 0 ? 0 : end - first, node, recordOffset);
  }

  claimTree({ continuationAreas, directories }: Tree): void {
    for (const [start, end] of continuationAreas) {
      this.claim('continuation area', start, (end - start) * this.#blockSize);
    }
    for (const directory of directories) {
      this.#claimDirectory(directory);
      for (const node of directory.subdirectories) {
        if (!node.wasRead) {
          // Listed a second time, and read only once; this record leads to it as well.
          this.#claimDirectory(node);
        }
      }
      this.#claimFiles(directory);
    }
  }

  #claimFiles(directory: TreeNode): void {
    const isOrdinary = directory.contents !== undefined && this.#blockSize === BLOCK_SIZE;
    if (!isOrdinary) {
      (directory.children ?? []).filter((node) => !node.isDirectory).forEach((node) => this.#claimFile(node));
      return;
    }
    if (this.map.claimFiles(directory) * BLOCK_SIZE > this.reader.size) {
      directory.eachFile((start, length, recordOffset) =>
        this.#noteBeyond(start, length, directory, recordOffset),
      );
    }
  }

  #claimDirectory(directory: TreeNode): void {
    for (const { lba, length, locationOfExtent = lba } of directory.extents) {
      this.claim(
        'directory',
        locationOfExtent,
        (lba - locationOfExtent) * this.#blockSize + length,
        directory,
      );
    }
  }

  #claimFile(node: TreeNode): void {
    const { interleaveGapBlocks } = node.oddities;
    for (const { lba, length, locationOfExtent = lba } of node.extents) {
      const around = (lba - locationOfExtent + interleaveGapBlocks) * this.#blockSize;
      this.claim('file', locationOfExtent, length + around, node);
      if (length === 0) {
        this.map.nameByEmpty(Math.floor((lba * this.#blockSize) / BLOCK_SIZE));
      }
      this.#noteBeyond(lba, length, node);
    }
  }

  /** Tells of an extent beyond the end of the image: one of `owner`, or of the file in it with this record. */
  #noteBeyond(start: number, length: number, owner: TreeNode, recordOffset?: number): void {
    const end = start * this.#blockSize + length;
    if (length === 0 || end <= this.reader.size) {
      return;
    }
    const file = recordOffset === undefined ? owner : owner.childAt(recordOffset);
    const message = (): string => `the file ${file?.path ?? ''} lies beyond the end of the image`;
    this.findings.add('error', 'ISO_SOURCE_TRUNCATED', message, {
      offset: file?.recordOffset ?? 0,
      found: this.reader.size,
      wanted: end,
    });
  }
}
