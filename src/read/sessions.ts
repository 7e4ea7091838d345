import { IsoError } from '../errors.js';
import { directoryRecord, FILE_FLAG } from '../layout/directory-record.js';
import {
  STANDARD_IDENTIFIER,
  VOLUME_DESCRIPTOR_TYPE,
  volumeDescriptorHead,
} from '../layout/volume-descriptor.js';
import { BLOCK_SIZE, lba, offsetOfLba, PRIMARY_VOLUME_DESCRIPTOR_LBA, type Lba } from '../units.js';
import type { AllocationMap } from './allocation-map.js';
import type { BlockReader } from './block-reader.js';
import { readDescriptorSet, type DescriptorSet, type TreeDescriptor } from './descriptor-set.js';
import { Findings } from './finding.js';
import { LIMITS } from './limits.js';

/** A volume descriptor set besides the one at block 16, and the session that it stands in. */
export interface Session {
  /** First block of the session: its descriptors follow 16 blocks behind. */
  readonly start: number;
  /** The block of its primary volume descriptor. */
  readonly primaryLba: Lba;
  /** Whether it leads to the same files as the set at block 16: a copy of that set, not a session of its own. */
  readonly sameTree: boolean;
  /** Whether its addresses count from the start of a partition of its own (libisofs, -partition_offset). */
  readonly isRelative: boolean;
  /** Block of its root directory, counted from the start of the image. */
  readonly rootLba: number;
  /** The block behind the volume that it describes. */
  readonly end: number;
  /** Blocks of the set, its terminator included. */
  readonly blocks: number;
  /** Its descriptors of trees, which all carry the volume size. */
  readonly trees: readonly TreeDescriptor[];
}

/** libisofs leaves room for an emulated table of contents: its first session starts here (xorriso, -emul_toc). */
const EMULATED_SESSION_START = 32;
/** Sessions start at a multiple of these on media that are written over; on CDs they follow the lead-out. */
const ALIGNMENTS = [1, 16, 32] as const;
/** Lead-out, lead-in and pre-gap between the first two sessions of a CD, and between any later two (MMC). */
const SESSION_GAPS = [0, 11_400, 6_900] as const;
/** Blocks in front of a root directory that are looked at: descriptors and path tables stand there. */
const BLOCKS_BEFORE_ROOT = 32;

/**
 * Finds the descriptor sets of other sessions: in front of the root directory that block 16's set names, at block 48,
 * and behind the end of every volume that does not reach to the end of the image.
 *
 * Gives them by their place; empty for an image of one plain session. What the map knows to belong to a file is not
 * looked at, since files may be images themselves.
 */
export async function findSessions(
  reader: BlockReader,
  map: AllocationMap,
  set: DescriptorSet,
): Promise<Session[]> {
  return new SessionSearch(reader, map, set).run();
}

/** How many sessions the image has, by the other sets that were found; a copy of block 16's set is none. */
export function countSessions(sessions: readonly Session[], set: DescriptorSet): number {
  const root = rootOf(set.primary);
  const own = sessions.filter(({ isRelative }) => !isRelative);
  const roots = new Set([root, ...own.filter(({ sameTree }) => !sameTree).map(({ rootLba }) => rootLba)]);
  // A later session that block 16 was rewritten for leaves none of the first one's descriptors there.
  const isRewritten = own.some(
    ({ sameTree, start, primaryLba }) => sameTree && start > EMULATED_SESSION_START && root > primaryLba,
  );
  const hasFirst = own.some(({ start }) => start === EMULATED_SESSION_START);
  return roots.size + (isRewritten && !hasFirst ? 1 : 0);
}

/** The session that a drive would show where block 16 still describes the first: the last one, behind that volume. */
export function newestSession(sessions: readonly Session[], set: DescriptorSet): Session | undefined {
  const end = set.primary.fields.volumeSpaceSize.littleEndian;
  return sessions.findLast(({ sameTree, start }) => !sameTree && start >= end);
}

function rootOf({ fields }: TreeDescriptor): number {
  return directoryRecord.decode(fields.directoryRecordForRoot).locationOfExtent.littleEndian;
}

class SessionSearch {
  readonly #found = new Map<number, Session>();
  readonly #looked = new Set<number>();
  readonly #blocks: number;
  readonly #root: number;
  readonly #volumeEnd: number;

  constructor(
    private readonly reader: BlockReader,
    private readonly map: AllocationMap,
    private readonly set: DescriptorSet,
  ) {
    this.#blocks = Math.floor(reader.size / BLOCK_SIZE);
    this.#root = rootOf(set.primary);
    this.#volumeEnd = set.primary.fields.volumeSpaceSize.littleEndian;
  }

  async run(): Promise<Session[]> {
    await this.#lookBeforeRoot();
    await this.#look(EMULATED_SESSION_START + PRIMARY_VOLUME_DESCRIPTOR_LBA);
    await this.#lookBehind(this.#volumeEnd);
    // The map grows while it is walked: each session may be followed by another.
    for (const { end } of this.#found.values()) {
      await this.#lookBehind(end);
    }
    return [...this.#found.values()].sort((a, b) => a.start - b.start);
  }

  /** Between the descriptors at block 16 and the first thing that they name, in one read. */
  async #lookBeforeRoot(): Promise<void> {
    const { locationOfTypeLPathTable, locationOfTypeMPathTable } = this.set.primary.fields;
    const first = Math.min(
      ...[this.#root, locationOfTypeLPathTable, locationOfTypeMPathTable].filter((at) => at > 0),
    );
    const last = Math.min(first, this.#blocks);
    const from = Math.max(2 * PRIMARY_VOLUME_DESCRIPTOR_LBA, last - BLOCKS_BEFORE_ROOT);
    if (last <= from) {
      return;
    }
    const bytes = await this.reader.readUpTo(offsetOfLba(lba(from)), (last - from) * BLOCK_SIZE);
    for (let at = 0; at + BLOCK_SIZE <= bytes.length; at += BLOCK_SIZE) {
      if (isPrimary(bytes.subarray(at, at + BLOCK_SIZE))) {
        await this.#look(from + at / BLOCK_SIZE);
      }
    }
  }

  async #lookBehind(end: number): Promise<void> {
    for (const gap of SESSION_GAPS) {
      for (const alignment of ALIGNMENTS) {
        const start = Math.ceil((end + gap) / alignment) * alignment;
        await this.#look(start + PRIMARY_VOLUME_DESCRIPTOR_LBA);
      }
    }
  }

  async #look(at: number): Promise<void> {
    const isOutside = at >= this.#blocks || at <= this.set.terminatorLba;
    if (
      isOutside ||
      this.#found.size >= LIMITS.sessions ||
      this.#looked.has(at) ||
      !this.map.isUnreferenced(at, at + 1)
    ) {
      return;
    }
    this.#looked.add(at);
    if (isPrimary(await this.reader.readUpTo(offsetOfLba(lba(at)), BLOCK_SIZE))) {
      const session = await this.#read(lba(at));
      if (session !== undefined) {
        this.#found.set(at, session);
      }
    }
  }

  async #read(at: Lba): Promise<Session | undefined> {
    const set = await readDescriptorSet(this.reader, new Findings(), at).catch((error: unknown) => {
      if (error instanceof IsoError && error.code === 'ISO_VOLUME_NO_TERMINATOR') {
        return undefined;
      }
      throw error;
    });
    if (set === undefined) {
      return undefined;
    }
    const start = at - PRIMARY_VOLUME_DESCRIPTOR_LBA;
    const root = rootOf(set.primary);
    // A session's directories lie behind its descriptors, unless addresses count from the start of a partition.
    const isRelative = root !== this.#root && root < at;
    const rootLba = isRelative ? start + root : root;
    if (isRelative && at >= this.#volumeEnd) {
      return undefined;
    }
    const sameTree = isRelative || root === this.#root;
    if (root !== this.#root && !(await this.#isRoot(rootLba, root))) {
      return undefined;
    }
    const size = set.primary.fields.volumeSpaceSize.littleEndian;
    return {
      start,
      primaryLba: at,
      sameTree,
      isRelative,
      rootLba,
      // Writers count a session's size from its start; some count from the start of the disc.
      end: start + size <= this.#blocks ? start + size : size,
      blocks: set.terminatorLba - at + 1,
      trees: set.trees,
    };
  }

  /** Whether a directory that names itself stands there. */
  async #isRoot(at: number, itself: number): Promise<boolean> {
    const bytes = await this.reader.readUpTo(offsetOfLba(lba(at)), directoryRecord.span);
    if (bytes.length < directoryRecord.span) {
      return false;
    }
    const { locationOfExtent, fileFlags } = directoryRecord.decode(bytes);
    return locationOfExtent.littleEndian === itself && (fileFlags & FILE_FLAG.directory) !== 0;
  }
}

function isPrimary(block: Uint8Array): boolean {
  if (block.length < BLOCK_SIZE) {
    return false;
  }
  const { type, standardIdentifier } = volumeDescriptorHead.decode(block);
  return type === VOLUME_DESCRIPTOR_TYPE.primary && standardIdentifier === STANDARD_IDENTIFIER;
}
