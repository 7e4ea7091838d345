import {
  longAllocationDescriptor,
  partitionHeaderDescriptor,
  shortAllocationDescriptor,
} from '../layout/udf-file.js';
import {
  ACCESS_TYPE,
  anchorVolumeDescriptorPointer,
  entityIdentifier,
  FIRST_ANCHOR_LBA,
  partitionMap,
  PLAIN_PARTITION_MAP,
  udfLogicalVolumeDescriptor,
  udfPartitionDescriptor,
  volumeDescriptorPointer,
} from '../layout/udf.js';
import { TAG_IDENTIFIER, tagChecksumHolds, udfDescriptorTag } from '../layout/udf-tag.js';
import { decodeDstring } from '../layout/udf-text.js';
import { BLOCK_SIZE, blocksFor, lba, offsetOfLba, type Lba } from '../units.js';
import type { BlockReader } from './block-reader.js';
import { LIMITS } from './limits.js';
import type { UdfDoubts } from './udf-doubt.js';

/** A run of blocks of the image. */
export interface BlockRun {
  readonly start: number;
  readonly count: number;
}

/** A partition of a UDF volume. */
export interface UdfPartition {
  readonly number: number;
  /** Its first block, and how many it has. */
  readonly start: number;
  readonly length: number;
  readonly isWritable: boolean;
  /** What its header names: bitmaps and tables of free space, in blocks of the partition and bytes. */
  readonly spaceBitmap: { readonly block: number; readonly bytes: number } | undefined;
  readonly otherSpace: readonly { readonly block: number; readonly bytes: number }[];
}

/** A place in a UDF volume: a block of a partition, by the number of the partition's map. */
export interface UdfAddress {
  readonly partitionReference: number;
  readonly block: number;
  /** Bytes. */
  readonly length: number;
}

/** What the volume descriptors of UDF say. */
export interface UdfDescriptors {
  readonly anchors: readonly Lba[];
  /** Anchors, and the extents of both sequences and of the integrity sequence. */
  readonly runs: readonly BlockRun[];
  readonly identifier: string;
  /** As `1.02`; nothing without a logical volume. */
  readonly revision: string | undefined;
  readonly partitions: readonly UdfPartition[];
  /** The partitions by the numbers that addresses refer to; nothing where one is no plain run of blocks. */
  readonly maps: readonly (UdfPartition | undefined)[];
  readonly fileSet: UdfAddress | undefined;
}

/** The places at which readers look for an anchor (ECMA-167 3/8.4.2.1). */
export function anchorPlaces(blocks: number): number[] {
  const last = blocks - 1;
  return [...new Set([FIRST_ANCHOR_LBA, last, last - FIRST_ANCHOR_LBA])].filter((at) => at > 0);
}

/** Reads anchors and volume descriptor sequences (ECMA-167 3/8.4). What is missing or broken is a doubt. */
export async function readUdfDescriptors(
  reader: BlockReader,
  volumeBlocks: number,
  doubts: UdfDoubts,
): Promise<UdfDescriptors> {
  const anchors: { at: Lba; block: Uint8Array }[] = [];
  // Behind the volume there may be more bytes, in which readers of the disc would not look for its end.
  const places = [...anchorPlaces(Math.floor(reader.size / BLOCK_SIZE)), ...anchorPlaces(volumeBlocks)];
  for (const at of new Set(places)) {
    const block = await readTagged(reader, at, TAG_IDENTIFIER.anchor);
    if (block !== undefined) {
      anchors.push({ at: lba(at), block });
    }
  }
  const reading = new SequenceReader(reader, doubts);
  anchors.forEach(({ at }) => reading.runs.push({ start: at, count: 1 }));
  for (const { block } of anchors) {
    const pointer = anchorVolumeDescriptorPointer.decode(block);
    const { mainVolumeDescriptorSequenceLocation: main, reserveVolumeDescriptorSequenceLocation: reserve } =
      pointer;
    await reading.read(main, pointer.mainVolumeDescriptorSequenceLength);
    await reading.read(reserve, pointer.reserveVolumeDescriptorSequenceLength);
  }
  if (anchors.length === 0) {
    doubts.add('a UDF volume is announced, but has no anchor', offsetOfLba(lba(FIRST_ANCHOR_LBA)));
  }
  return { anchors: anchors.map(({ at }) => at), ...reading.result() };
}

class SequenceReader {
  readonly runs: BlockRun[] = [];
  readonly #seen = new Set<number>();
  readonly #partitions = new Map<number, { sequenceNumber: number; partition: UdfPartition }>();
  #volume: { sequenceNumber: number; block: Uint8Array; at: number } | undefined;

  constructor(
    private readonly reader: BlockReader,
    private readonly doubts: UdfDoubts,
  ) {}

  /** Reads a sequence and those that it goes on in, each once: the anchors name the same ones. */
  async read(location: number, length: number): Promise<void> {
    let next: BlockRun | undefined = { start: location, count: blocksFor(length) };
    while (next !== undefined && next.count > 0 && !this.#seen.has(next.start)) {
      if (this.#seen.size >= LIMITS.udfSequences) {
        this.doubts.add('there are too many volume descriptor sequences', offsetOfLba(lba(next.start)));
        return;
      }
      this.#seen.add(next.start);
      this.runs.push(next);
      next = await this.#readExtent(next);
    }
  }

  async #readExtent({ start, count }: BlockRun): Promise<BlockRun | undefined> {
    const length = Math.min(count, LIMITS.udfSequenceBlocks) * BLOCK_SIZE;
    const bytes = await this.reader.readUpTo(offsetOfLba(lba(start)), length);
    let next: BlockRun | undefined;
    for (let at = 0; at + BLOCK_SIZE <= bytes.length; at += BLOCK_SIZE) {
      const block = bytes.subarray(at, at + BLOCK_SIZE);
      const { tagIdentifier } = udfDescriptorTag.decode(block);
      if (!tagChecksumHolds(block) || tagIdentifier === 0 || tagIdentifier === TAG_IDENTIFIER.terminating) {
        break;
      }
      if (tagIdentifier === TAG_IDENTIFIER.volumeDescriptorPointer) {
        const pointer = volumeDescriptorPointer.decode(block);
        const blocks = blocksFor(pointer.nextVolumeDescriptorSequenceLength);
        next = { start: pointer.nextVolumeDescriptorSequenceLocation, count: blocks };
      }
      this.#note(tagIdentifier, block, offsetOfLba(lba(start)) + at);
    }
    return next;
  }

  /** Of two descriptors of the same thing the one with the higher number prevails (ECMA-167 3/8.4.3). */
  #note(tagIdentifier: number, block: Uint8Array, at: number): void {
    if (tagIdentifier === TAG_IDENTIFIER.partition) {
      const fields = udfPartitionDescriptor.decode(block);
      const sequenceNumber = fields.volumeDescriptorSequenceNumber;
      const known = this.#partitions.get(fields.partitionNumber);
      if (known === undefined || known.sequenceNumber < sequenceNumber) {
        this.#partitions.set(fields.partitionNumber, { sequenceNumber, partition: partitionOf(fields) });
      }
    }
    if (tagIdentifier === TAG_IDENTIFIER.logicalVolume) {
      const sequenceNumber = udfLogicalVolumeDescriptor.decode(block).volumeDescriptorSequenceNumber;
      if (this.#volume === undefined || this.#volume.sequenceNumber < sequenceNumber) {
        this.#volume = { sequenceNumber, block, at };
      }
    }
  }

  result(): Omit<UdfDescriptors, 'anchors'> {
    const partitions = [...this.#partitions.values()].map(({ partition }) => partition);
    if (this.#volume === undefined) {
      this.doubts.add('the UDF volume has no logical volume descriptor', 0);
      const nothing = { identifier: '', revision: undefined, maps: [], fileSet: undefined };
      return { runs: this.runs, partitions, ...nothing };
    }
    const { block, at } = this.#volume;
    const volume = udfLogicalVolumeDescriptor.decode(block);
    if (volume.logicalBlockSize !== BLOCK_SIZE) {
      this.doubts.add(`the UDF volume has blocks of ${volume.logicalBlockSize} bytes`, at);
    }
    const maps = mapsOf(block, volume.mapTableLength, volume.numberOfPartitionMaps).map((number) =>
      number === undefined ? undefined : this.#partitions.get(number)?.partition,
    );
    if (maps.length === 0 || maps.includes(undefined)) {
      this.doubts.add('the UDF volume has a partition that is no plain run of blocks', at);
    }
    const { udfRevision } = entityIdentifier.decode(volume.domainIdentifier);
    const integrity = volume.integritySequenceLocation;
    const runs = [...this.runs, { start: integrity, count: blocksFor(volume.integritySequenceLength) }];
    return {
      runs,
      identifier: decodeDstring(volume.logicalVolumeIdentifier),
      revision: formatRevision(udfRevision),
      partitions,
      maps: volume.logicalBlockSize === BLOCK_SIZE ? maps : [],
      fileSet: addressOf(volume.logicalVolumeContentsUse),
    };
  }
}

/** A long allocation descriptor as the place that it names. */
export function addressOf(bytes: Uint8Array, at = 0): UdfAddress {
  const { partitionReference, extentLocation, extentLength } = longAllocationDescriptor.decode(bytes, at);
  return { partitionReference, block: extentLocation, length: extentLength };
}

function partitionOf(fields: ReturnType<typeof udfPartitionDescriptor.decode>): UdfPartition {
  const header = partitionHeaderDescriptor.decode(fields.partitionContentsUse);
  const extent = (bytes: Uint8Array): { block: number; bytes: number } => {
    const { extentPosition, extentLength } = shortAllocationDescriptor.decode(bytes);
    return { block: extentPosition, bytes: extentLength };
  };
  const { unallocatedSpaceTable, partitionIntegrityTable, freedSpaceTable, freedSpaceBitmap } = header;
  const bitmap = extent(header.unallocatedSpaceBitmap);
  return {
    number: fields.partitionNumber,
    start: fields.partitionStartingLocation,
    length: fields.partitionLength,
    isWritable: fields.accessType !== ACCESS_TYPE.readOnly,
    spaceBitmap: bitmap.bytes === 0 ? undefined : bitmap,
    otherSpace: [unallocatedSpaceTable, partitionIntegrityTable, freedSpaceTable, freedSpaceBitmap]
      .map(extent)
      .filter(({ bytes }) => bytes > 0),
  };
}

/** The partition number of each map; nothing for one that is not of the plain type. */
function mapsOf(block: Uint8Array, tableLength: number, count: number): (number | undefined)[] {
  const numbers: (number | undefined)[] = [];
  let at = udfLogicalVolumeDescriptor.span;
  const end = Math.min(block.length, at + tableLength);
  while (numbers.length < Math.min(count, LIMITS.partitions) && at + partitionMap.span <= end) {
    const { partitionMapType, partitionMapLength, partitionNumber } = partitionMap.decode(block, at);
    const isPlain = partitionMapType === PLAIN_PARTITION_MAP && partitionMapLength === partitionMap.span;
    numbers.push(isPlain ? partitionNumber : undefined);
    at += Math.max(partitionMapLength, 1);
  }
  return numbers;
}

/** Binary-coded decimals, as `1.02`. */
function formatRevision(revision: number): string {
  return `${(revision >> 8).toString(16)}.${(revision & 0xff).toString(16).padStart(2, '0')}`;
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
