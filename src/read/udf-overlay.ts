import {
  anchorVolumeDescriptorPointer,
  FIRST_ANCHOR_LBA,
  udfLogicalVolumeDescriptor,
  udfPartitionDescriptor,
} from '../layout/udf.js';
import { TAG_IDENTIFIER, tagChecksumHolds, udfDescriptorTag } from '../layout/udf-tag.js';
import { BLOCK_SIZE, blocksFor, lba, offsetOfLba } from '../units.js';
import type { AllocationMap } from './allocation-map.js';
import type { BlockReader } from './block-reader.js';

/** Blocks of a volume descriptor sequence that are looked at; a sequence has sixteen as a rule. */
const SEQUENCE_BLOCKS = 64;

/**
 * Claims the UDF structures of a bridge disc: anchors, both descriptor sequences, the integrity sequence, and the
 * whole of every partition, since what is free inside one is for its own space bitmap to say (ECMA-167 3/8.4).
 */
export async function claimUdf(reader: BlockReader, map: AllocationMap): Promise<void> {
  const last = Math.floor(reader.size / BLOCK_SIZE) - 1;
  for (const at of [FIRST_ANCHOR_LBA, last - FIRST_ANCHOR_LBA, last]) {
    const block = at > 0 ? await readTagged(reader, at, TAG_IDENTIFIER.anchor) : undefined;
    if (block !== undefined) {
      map.claim('UDF structure', at, 1);
      await claimSequences(reader, map, block);
    }
  }
}

async function claimSequences(reader: BlockReader, map: AllocationMap, anchor: Uint8Array): Promise<void> {
  const pointer = anchorVolumeDescriptorPointer.decode(anchor);
  const sequences = [
    [pointer.mainVolumeDescriptorSequenceLocation, pointer.mainVolumeDescriptorSequenceLength],
    [pointer.reserveVolumeDescriptorSequenceLocation, pointer.reserveVolumeDescriptorSequenceLength],
  ] as const;
  for (const [start, length] of sequences) {
    if (map.isUnreferenced(start, start + 1)) {
      map.claim('UDF structure', start, blocksFor(length));
      await claimDescriptors(reader, map, start, Math.min(blocksFor(length), SEQUENCE_BLOCKS));
    }
  }
}

async function claimDescriptors(
  reader: BlockReader,
  map: AllocationMap,
  start: number,
  count: number,
): Promise<void> {
  const bytes = await reader.readUpTo(offsetOfLba(lba(start)), count * BLOCK_SIZE);
  for (let at = 0; at + BLOCK_SIZE <= bytes.length; at += BLOCK_SIZE) {
    const block = bytes.subarray(at, at + BLOCK_SIZE);
    const { tagIdentifier } = udfDescriptorTag.decode(block);
    if (!tagChecksumHolds(block) || tagIdentifier === TAG_IDENTIFIER.terminating) {
      return;
    }
    if (tagIdentifier === TAG_IDENTIFIER.partition) {
      const partition = udfPartitionDescriptor.decode(block);
      map.claim('UDF partition', partition.partitionStartingLocation, partition.partitionLength);
    }
    if (tagIdentifier === TAG_IDENTIFIER.logicalVolume) {
      const volume = udfLogicalVolumeDescriptor.decode(block);
      map.claim('UDF structure', volume.integritySequenceLocation, blocksFor(volume.integritySequenceLength));
    }
  }
}

async function readTagged(reader: BlockReader, at: number, tag: number): Promise<Uint8Array | undefined> {
  const block = await reader.readUpTo(offsetOfLba(lba(at)), BLOCK_SIZE);
  const sound =
    block.length === BLOCK_SIZE &&
    tagChecksumHolds(block) &&
    udfDescriptorTag.decode(block).tagIdentifier === tag &&
    udfDescriptorTag.decode(block).tagLocation === at;
  return sound ? block : undefined;
}
