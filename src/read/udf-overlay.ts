import { fileSetDescriptor } from '../layout/udf-file.js';
import { TAG_IDENTIFIER, tagChecksumHolds, udfDescriptorTag } from '../layout/udf-tag.js';
import { BLOCK_SIZE, blocksFor, lba, offsetOfLba, type Lba } from '../units.js';
import type { AllocationMap, Gap } from './allocation-map.js';
import type { BlockReader } from './block-reader.js';
import type { Findings } from './finding.js';
import { LIMITS } from './limits.js';
import { readUsedRuns } from './udf-bitmap.js';
import { UdfDoubts } from './udf-doubt.js';
import type { TreeNode } from './tree-node.js';
import { readUdfTree, type UdfTree } from './udf-tree.js';
import {
  addressOf,
  readUdfDescriptors,
  type BlockRun,
  type UdfAddress,
  type UdfDescriptors,
  type UdfPartition,
} from './udf-volume.js';

/** The UDF volume of a bridge disc. */
export interface UdfVolume {
  /** Of the logical volume. */
  readonly identifier: string;
  /** As `1.02`; nothing where no logical volume was found. */
  readonly revision: string | undefined;
  /** Blocks at which an anchor stands. */
  readonly anchors: readonly Lba[];
  /** Whether all of it was found sound and understood; if not, its partitions are claimed as a whole. */
  readonly isComplete: boolean;
  /** As much of its tree as could be read. */
  readonly tree: UdfTree | undefined;
}

/**
 * Reads the UDF volume of a bridge disc and claims what it refers to by address: its structures, and the extents of
 * its files. `volumeBlocks` is how long ISO 9660 says that the disc is. Oddities are findings.
 */
export async function readUdf(
  reader: BlockReader,
  map: AllocationMap,
  volumeBlocks: number,
  findings: Findings,
): Promise<UdfVolume> {
  const doubts = new UdfDoubts(findings);
  const descriptors = await readUdfDescriptors(reader, volumeBlocks, doubts);
  descriptors.runs.forEach(({ start, count }) => map.claim('UDF structure', start, count));
  const root = await readFileSet(reader, map, descriptors, doubts);
  const onFile = (node: TreeNode, run: BlockRun): void => claimFile(reader, map, findings, node, run);
  const { maps } = descriptors;
  const walked =
    root === undefined ? undefined : await readUdfTree(reader, { maps, rootIcb: root, doubts, onFile });
  if (walked !== undefined) {
    const runs = [...joinedRuns(walked.entryBlocks), ...walked.structureRuns];
    runs.forEach(({ start, count }) => map.claim('UDF structure', start, count));
  }
  for (const partition of descriptors.partitions.slice(0, LIMITS.udfPartitions)) {
    await claimSpace(reader, map, partition, doubts);
  }
  if (descriptors.partitions.length > LIMITS.udfPartitions) {
    doubts.add('the UDF volume has too many partitions', 0);
  }
  if (doubts.any) {
    // What a broken or unknown structure refers to cannot be told, so nothing in the partitions is anyone else's.
    descriptors.partitions.forEach(({ start, length }) => map.claim('UDF partition', start, length));
  }
  const { identifier, revision, anchors } = descriptors;
  return { identifier, revision, anchors, isComplete: !doubts.any, tree: walked?.tree };
}

/** Reads the File Set Descriptor, and gives the place of the root directory's entry. */
async function readFileSet(
  reader: BlockReader,
  map: AllocationMap,
  { fileSet, maps }: UdfDescriptors,
  doubts: UdfDoubts,
): Promise<UdfAddress | undefined> {
  const partition = fileSet === undefined ? undefined : maps[fileSet.partitionReference];
  if (fileSet === undefined || partition === undefined) {
    doubts.add('the file set of the UDF volume is nowhere', 0);
    return undefined;
  }
  const start = partition.start + fileSet.block;
  const count = Math.min(blocksFor(fileSet.length), LIMITS.udfFileSetBlocks);
  map.claim('UDF structure', start, blocksFor(fileSet.length));
  const bytes = await reader.readUpTo(offsetOfLba(lba(start)), count * BLOCK_SIZE);
  let found: { number: number; root: UdfAddress } | undefined;
  for (let at = 0; at + BLOCK_SIZE <= bytes.length; at += BLOCK_SIZE) {
    const { tagIdentifier } = udfDescriptorTag.decode(bytes, at);
    if (tagIdentifier !== TAG_IDENTIFIER.fileSet || !tagChecksumHolds(bytes, at)) {
      break;
    }
    const fields = fileSetDescriptor.decode(bytes, at);
    const others = [addressOf(fields.nextExtent), addressOf(fields.systemStreamDirectoryIcb)];
    if (fields.fileSetNumber !== 0 || others.some(({ length }) => length !== 0)) {
      doubts.add('the UDF volume has more than one file set, or streams', offsetOfLba(lba(start)) + at);
    }
    if (found === undefined || fields.fileSetDescriptorNumber > found.number) {
      found = { number: fields.fileSetDescriptorNumber, root: addressOf(fields.rootDirectoryIcb) };
    }
  }
  if (found === undefined) {
    doubts.add('there is no file set descriptor where UDF says so', offsetOfLba(lba(start)));
  }
  return found?.root;
}

function claimFile(
  reader: BlockReader,
  map: AllocationMap,
  findings: Findings,
  node: TreeNode,
  { start, count }: BlockRun,
): void {
  map.claim('UDF file', start, count, node);
  const end = Math.min(offsetOfLba(lba(start + count)), offsetOfLba(lba(start)) + node.size);
  if (end > reader.size) {
    const message = (): string => `the UDF file ${node.path} lies beyond the end of the image`;
    const details = { offset: node.recordOffset, found: reader.size, wanted: end };
    findings.add('error', 'ISO_SOURCE_TRUNCATED', message, details);
  }
}

/** Blocks as runs: file entries lie together as a rule, and a claim for each would be as many as there are files. */
function joinedRuns(blocks: readonly number[]): BlockRun[] {
  const runs: { start: number; count: number }[] = [];
  for (const block of Float64Array.from(blocks).sort()) {
    const last = runs.at(-1);
    const end = last === undefined ? -1 : last.start + last.count;
    if (last !== undefined && end === block) {
      last.count += 1;
    } else if (end < block) {
      runs.push({ start: block, count: 1 });
    }
  }
  return runs;
}

/**
 * Claims a partition's bitmap, and in a writable partition what the bitmap says is in use although nothing was found
 * that refers to it: whatever wrote there kept it for something.
 *
 * A read-only partition's bitmap says nothing of that kind: mastering tools mark all of it as used, ISO 9660's own
 * directories and free blocks with it, and no writer will ever ask the bitmap. What ISO 9660 refers to is its own in
 * either case, so that its path tables and directories can still be moved.
 */
async function claimSpace(
  reader: BlockReader,
  map: AllocationMap,
  partition: UdfPartition,
  doubts: UdfDoubts,
): Promise<void> {
  const { spaceBitmap, otherSpace, start, length, isWritable } = partition;
  for (const { block, bytes } of [...otherSpace, ...(spaceBitmap === undefined ? [] : [spaceBitmap])]) {
    map.claim('UDF structure', start + block, blocksFor(bytes));
  }
  if (otherSpace.length > 0) {
    doubts.add('the UDF partition keeps its free space in tables', offsetOfLba(lba(start)));
  }
  if (!isWritable) {
    return;
  }
  const used = await readUsedRuns(reader, partition, doubts);
  const unclaimed = [...map.gaps(start, start + length)];
  shared(used, unclaimed).forEach((run) => map.claim('UDF partition', run.start, run.count));
}

/** The blocks that are in both of two lists, each in order and without overlaps. */
function shared(used: readonly BlockRun[], gaps: readonly Gap[]): BlockRun[] {
  const both: BlockRun[] = [];
  let i = 0;
  for (const { start, count } of used) {
    while ((gaps[i]?.end ?? Number.POSITIVE_INFINITY) <= start) {
      i += 1;
    }
    for (let j = i; (gaps[j]?.start ?? Number.POSITIVE_INFINITY) < start + count; j += 1) {
      const from = Math.max(start, gaps[j]?.start ?? 0);
      both.push({ start: from, count: Math.min(start + count, gaps[j]?.end ?? 0) - from });
    }
  }
  return both;
}
