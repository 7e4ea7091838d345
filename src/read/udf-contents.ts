import { allocationExtentDescriptor, ALLOCATION, EXTENT_TYPE } from '../layout/udf-file.js';
import { TAG_IDENTIFIER, tagChecksumHolds, udfDescriptorTag } from '../layout/udf-tag.js';
import { BLOCK_SIZE, blocksFor, lba, lbaOfOffset, offsetOfLba } from '../units.js';
import type { BlockReader } from './block-reader.js';
import { LIMITS } from './limits.js';
import type { Extent } from './tree-node.js';
import type { UdfDoubts } from './udf-doubt.js';
import { scanExtents, scanOnlyExtent, type ScannedEntry, type ScannedExtent } from './udf-entry.js';
import type { BlockRun, UdfAddress, UdfPartition } from './udf-volume.js';

/** Where the bytes of a file or directory are. */
export interface UdfContents {
  /** The recorded bytes, in order; runs that follow one another are one. */
  readonly extents: Extent[];
  /** Every block that is allocated to it, with or without bytes in it. */
  readonly runs: BlockRun[];
  /** Blocks of allocation descriptors outside its entry. */
  readonly descriptorRuns: BlockRun[];
  /** Its bytes where they stand in the file entry itself. */
  readonly embedded: Uint8Array | undefined;
  /** Whether every byte of it is in a block of its own. */
  readonly isLocated: boolean;
}

/** Finds the contents of file entries in the partitions of a volume. */
export class UdfContentsReader {
  /** What was met so far: many file entries may share one chain of allocation descriptors. */
  #blocks = 0;
  readonly #budget = { extents: 0 };

  constructor(
    private readonly reader: BlockReader,
    private readonly maps: readonly (UdfPartition | undefined)[],
    private readonly doubts: UdfDoubts,
  ) {}

  /** The block of the image that an address names; nothing when it lies outside its partition. */
  blockOf({ partitionReference, block, length }: UdfAddress): number | undefined {
    const partition = this.maps[partitionReference];
    const isInside = partition !== undefined && block + blocksFor(length) <= partition.length;
    return isInside ? partition.start + block : undefined;
  }

  /** Which partition the file entry at an offset is in: its short descriptors count from there. */
  #referenceAt(offset: number): number {
    const block = lbaOfOffset(offset);
    return this.maps.findIndex(
      (partition) =>
        partition !== undefined && block >= partition.start && block < partition.start + partition.length,
    );
  }

  /** The extents of a file that has one at most, as nearly all have; nothing where more has to be looked at. */
  onlyExtentOf(entry: ScannedEntry, block: Uint8Array, offset: number): Extent[] | undefined {
    if (entry.informationLength === 0 && entry.descriptorsLength === 0) {
      return [];
    }
    const only = scanOnlyExtent(block, entry);
    if (only?.type !== EXTENT_TYPE.recorded || only.length !== entry.informationLength) {
      return undefined;
    }
    const partitionReference = only.partitionReference ?? this.#referenceAt(offset);
    const start = this.blockOf({ ...only, partitionReference });
    return start === undefined ? undefined : [{ lba: lba(start), length: only.length }];
  }

  /** The contents of a file entry in the block at an offset of the image. */
  async contentsOf(entry: ScannedEntry, block: Uint8Array, offset: number): Promise<UdfContents> {
    const own = { partitionReference: this.#referenceAt(offset), offset };
    const { allocation, descriptorsAt, descriptorsLength, informationLength } = entry;
    if (allocation === ALLOCATION.embedded) {
      const embedded = block.slice(
        descriptorsAt,
        descriptorsAt + Math.min(descriptorsLength, informationLength),
      );
      return { extents: [], runs: [], descriptorRuns: [], embedded, isLocated: informationLength === 0 };
    }
    if (allocation !== ALLOCATION.short && allocation !== ALLOCATION.long) {
      this.doubts.add('a file entry has allocation descriptors that UDF does not have', offset);
    }
    const gathering = new Gathering(this, this.doubts, own, informationLength, this.#budget);
    const next = gathering.take(scanExtents(block, descriptorsAt, descriptorsLength, allocation));
    return next === undefined ? gathering.result() : this.#follow(gathering, next, allocation, offset);
  }

  async #follow(
    gathering: Gathering,
    first: UdfAddress,
    allocation: number,
    offset: number,
  ): Promise<UdfContents> {
    const seen = new Set<number>();
    let next: UdfAddress | undefined = first;
    while (next !== undefined) {
      const at = this.blockOf(next);
      this.#blocks += 1;
      const isTooMuch = seen.size >= LIMITS.udfAllocationHops || this.#blocks > LIMITS.udfAllocationBlocks;
      if (at === undefined || seen.has(at) || isTooMuch) {
        this.doubts.add('the allocation descriptors of a file go on where they cannot', offset);
        break;
      }
      seen.add(at);
      const length = Math.min(next.length, BLOCK_SIZE);
      const block = await this.reader.readUpTo(offsetOfLba(lba(at)), length);
      if (
        block.length < allocationExtentDescriptor.span ||
        !tagChecksumHolds(block) ||
        udfDescriptorTag.decode(block).tagIdentifier !== TAG_IDENTIFIER.allocationExtent
      ) {
        this.doubts.add('the allocation descriptors of a file break off', offsetOfLba(lba(at)));
        break;
      }
      gathering.descriptorRuns.push({ start: at, count: blocksFor(next.length) });
      const { lengthOfAllocationDescriptors } = allocationExtentDescriptor.decode(block);
      const extents = scanExtents(
        block,
        allocationExtentDescriptor.span,
        lengthOfAllocationDescriptors,
        allocation,
      );
      next = gathering.take(extents);
    }
    return gathering.result();
  }
}

/** Puts the extents of one file together. */
class Gathering {
  readonly #extents: Extent[] = [];
  readonly #runs: BlockRun[] = [];
  readonly descriptorRuns: BlockRun[] = [];
  /** Bytes of the file that have not been found yet. */
  #left: number;
  #isLocated = true;

  constructor(
    private readonly places: UdfContentsReader,
    private readonly doubts: UdfDoubts,
    private readonly own: { partitionReference: number; offset: number },
    size: number,
    private readonly budget: { extents: number },
  ) {
    this.#left = size;
  }

  /** Takes extents in order; where there are more elsewhere, that place is given back. */
  take(extents: Iterable<ScannedExtent>): UdfAddress | undefined {
    for (const { type, length, block, partitionReference } of extents) {
      this.budget.extents += 1;
      if (this.budget.extents > LIMITS.udfExtents) {
        this.doubts.add('the files of the UDF volume lie in too many pieces', this.own.offset);
        return undefined;
      }
      const address = {
        partitionReference: partitionReference ?? this.own.partitionReference,
        block,
        length,
      };
      if (type === EXTENT_TYPE.nextDescriptors) {
        return address;
      }
      const bytes = Math.min(length, this.#left);
      this.#left -= bytes;
      const start = type === EXTENT_TYPE.notAllocated ? undefined : this.places.blockOf(address);
      if (type !== EXTENT_TYPE.recorded && bytes > 0) {
        this.#isLocated = false;
      }
      if (start !== undefined) {
        this.#runs.push({ start, count: blocksFor(length) });
        if (type === EXTENT_TYPE.recorded && bytes > 0) {
          this.#push(start, bytes);
        }
      } else if (type !== EXTENT_TYPE.notAllocated) {
        this.doubts.add('a file has blocks outside its partition', this.own.offset);
      }
    }
    return undefined;
  }

  #push(start: number, length: number): void {
    const last = this.#extents.at(-1);
    if (
      last?.length === undefined ||
      last.length % BLOCK_SIZE !== 0 ||
      last.lba + last.length / BLOCK_SIZE !== start
    ) {
      this.#extents.push({ lba: lba(start), length });
    } else {
      this.#extents[this.#extents.length - 1] = { lba: last.lba, length: last.length + length };
    }
  }

  result(): UdfContents {
    if (this.#left > 0) {
      this.doubts.add('a file is longer than its extents', this.own.offset);
    }
    return {
      extents: this.#extents,
      runs: this.#runs,
      descriptorRuns: this.descriptorRuns,
      embedded: undefined,
      isLocated: this.#isLocated && this.#left === 0,
    };
  }
}
