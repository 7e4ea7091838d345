import { IsoError } from '../errors.js';
import { APPLE_FILLER_TYPES, APPLE_PARTITION_SIGNATURE, applePartition } from '../layout/partition-table.js';
import { BLOCK_SIZE, SYSTEM_AREA_BYTES, VIRTUAL_SECTOR_SIZE } from '../units.js';
import type { AllocationMap } from './allocation-map.js';
import type { BlockReader } from './block-reader.js';
import type { Findings } from './finding.js';
import { claimBytes, claimHfsVolume } from './hfs-overlay.js';
import { hasHfsSignature, HFS_HEAD_BYTES, type ByteRange } from './hfs-volume.js';
import { LIMITS } from './limits.js';

/** A partition of Apple's map, in bytes of the image. */
export interface ApplePartition extends ByteRange {
  readonly isFiller: boolean;
}

/** Apple's map follows the driver descriptor in units of 512 or 2048 bytes; both are looked at. */
export function applePartitions(area: Uint8Array): ApplePartition[] {
  const found: ApplePartition[] = [];
  for (const unit of [VIRTUAL_SECTOR_SIZE, BLOCK_SIZE]) {
    let count = 1;
    for (let i = 1; i <= count && (i + 1) * unit <= area.length; i += 1) {
      const entry = applePartition.decode(area, i * unit);
      if (entry.signature !== APPLE_PARTITION_SIGNATURE) {
        break;
      }
      count = Math.min(entry.mapBlockCount, LIMITS.partitions);
      const isFiller = APPLE_FILLER_TYPES.includes(entry.partitionType.replace(/\0.*$/s, ''));
      found.push({ offset: entry.firstBlock * unit, length: entry.blockCount * unit, isFiller });
    }
  }
  return found;
}

/**
 * Claims the HFS volumes at the start of the disc and in Apple's partitions, and Apple's other partitions as a whole.
 * A partition from inside the system area is the map itself, or a hybrid that spans the disc.
 */
export async function claimHfs(
  reader: BlockReader,
  map: AllocationMap,
  findings: Findings,
  partitions: readonly ApplePartition[],
): Promise<boolean> {
  const looked = new Set<number>();
  let volumes = 0;
  const costs = { nodes: 0, runs: 0 };
  for (const { offset, length, isFiller } of [{ offset: 0, length: 0, isFiller: true }, ...partitions]) {
    if (looked.has(offset) || offset >= reader.size) {
      continue;
    }
    looked.add(offset);
    if (volumes < LIMITS.hfsVolumes && (await claimHfsVolume(reader, map, findings, costs, offset))) {
      volumes += 1;
    } else if (!isFiller && offset >= SYSTEM_AREA_BYTES) {
      claimBytes(map, 'partition', { offset, length });
    }
  }
  return volumes > 0;
}

/** Says that an image without an ISO 9660 volume is one of HFS or HFS+, if it is. Errors: `ISO_VOLUME_HFS_ONLY`. */
export async function requireNotHfsAlone(reader: BlockReader): Promise<void> {
  const area = await reader.readUpTo(0, SYSTEM_AREA_BYTES);
  for (const offset of [0, ...applePartitions(area).map((partition) => partition.offset)]) {
    if (hasHfsSignature(await reader.readUpTo(offset, HFS_HEAD_BYTES))) {
      const message = `${reader.source.name} is an HFS disc without an ISO 9660 volume`;
      throw new IsoError('ISO_VOLUME_HFS_ONLY', message, {
        offset,
        found: 'an HFS volume',
        wanted: 'a Primary Volume Descriptor',
      });
    }
  }
}
