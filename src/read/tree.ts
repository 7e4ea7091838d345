import { IsoError } from '../errors.js';
import { directoryRecord } from '../layout/directory-record.js';
import { scanRecordingDate } from '../layout/date-time.js';
import { volumeDescriptor } from '../layout/volume-descriptor.js';
import { lba, offsetOfLba } from '../units.js';
import type { BlockReader } from './block-reader.js';
import type { TreeDescriptor } from './descriptor-set.js';
import { scanDirectory, wellFormedRecords, type ScannedRecord } from './directory.js';
import { nodesOf } from './directory-nodes.js';
import { pointersOf } from './directory-pointers.js';
import { OWN_COUNT, surveyDirectory } from './directory-survey.js';
import type { NameCoding } from './file-identifier.js';
import type { Findings } from './finding.js';
import { HeldDirectory } from './held-directory.js';
import { LIMITS } from './limits.js';
import { RockRidgeReader, type DirectorySystemUses } from './rock-ridge.js';
import { skipLengthOf } from './system-use.js';
import { TreeNode } from './tree-node.js';

/** A directory tree of the image. */
export interface Tree {
  /** Which tree it is. */
  readonly kind: TreeDescriptor['kind'];
  /** How its names are coded. */
  readonly coding: NameCoding;
  /** The directory at its top. */
  readonly root: TreeNode;
  /** Whether Rock Ridge's names and modes are in it. */
  readonly hasRockRidge: boolean;
  /** Bytes of every System Use field that come before Rock Ridge's entries (SUSP 5.3). */
  readonly skipLength: number;
  /** Every directory once, the root first, each before those inside it. */
  readonly directories: readonly TreeNode[];
  /** SUSP continuation areas: the first block of each run, and the one behind its last. */
  readonly continuationAreas: ReadonlyMap<number, number>;
}

/** Bytes a record up to which a directory is kept as its bytes; a node takes about as much. */
const MOST_HELD = 512;

/** How the names of a descriptor's tree are coded. */
export function codingOf({ kind }: TreeDescriptor): NameCoding {
  return kind === 'joliet' ? 'ucs2' : 'single-byte';
}

/** What the trees of an image have taken of its limits; there may be dozens of them, over the same blocks. */
export interface TreeCosts {
  records: number;
  bytes: number;
}

/**
 * Reads a whole tree, directory by directory (ECMA-119 6.8).
 *
 * Directories that lie outside the image, that contain themselves or that are malformed are findings. `costs` are those of
 * the trees before. Errors: `ISO_TREE_LIMIT`; what the source raises.
 */
export async function readTree(
  reader: BlockReader,
  descriptor: TreeDescriptor,
  findings: Findings,
  costs: TreeCosts,
): Promise<Tree> {
  return new TreeWalk(reader, descriptor, findings, costs).run();
}

class TreeWalk {
  readonly #coding: NameCoding;
  readonly #directories: TreeNode[] = [];
  readonly #seen = new Set<number>();
  readonly #rockRidge: RockRidgeReader;
  #skipLength: number | undefined;

  constructor(
    private readonly reader: BlockReader,
    private readonly descriptor: TreeDescriptor,
    private readonly findings: Findings,
    private readonly costs: TreeCosts,
  ) {
    this.#coding = codingOf(descriptor);
    this.#rockRidge = new RockRidgeReader(reader, findings);
  }

  async run(): Promise<Tree> {
    const root = this.#rootNode();
    this.#directories.push(root);
    // The list grows while it is walked: each directory brings those inside it.
    for (const directory of this.#directories) {
      await this.#readDirectory(directory);
      this.#enqueue(directory.subdirectories);
    }
    return {
      kind: this.descriptor.kind,
      coding: this.#coding,
      root,
      hasRockRidge: this.#skipLength !== undefined,
      skipLength: this.#skipLength ?? 0,
      directories: this.#directories,
      continuationAreas: this.#rockRidge.areas,
    };
  }

  #rootNode(): TreeNode {
    const { directoryRecordForRoot } = this.descriptor.fields;
    const record = directoryRecord.decode(directoryRecordForRoot);
    const { littleEndian: location } = record.locationOfExtent;
    const start = location + record.extendedAttributeRecordLength;
    const extents = [
      { lba: lba(start), length: record.dataLength.littleEndian, locationOfExtent: lba(location) },
    ];
    const recordOffset =
      offsetOfLba(this.descriptor.lba) + volumeDescriptor.offsetOf('directoryRecordForRoot');
    this.#seen.add(start);
    const recordedAt = scanRecordingDate(record.recordingDateAndTime, 0);
    return new TreeNode(undefined, '', true, extents, recordOffset, recordedAt);
  }

  #enqueue(subdirectories: readonly TreeNode[]): void {
    for (const child of subdirectories) {
      if (child.oddities.childLink !== undefined) {
        continue;
      }
      const start = child.extents[0]?.lba ?? 0;
      if (this.#seen.has(start)) {
        this.findings.add('warning', 'ISO_TREE_LOOP', 'a directory is listed a second time', {
          offset: child.recordOffset,
          found: start,
        });
        continue;
      }
      this.#refuseTooDeep(child);
      this.#seen.add(start);
      this.#directories.push(child);
    }
  }

  /** Every name below a directory has its path in front, so that long ones make of few bytes very many. */
  #refuseTooDeep(directory: TreeNode): void {
    const { depth, recordOffset: offset } = directory;
    if (depth > LIMITS.depth) {
      throw new IsoError('ISO_TREE_LIMIT', 'directories lie too deep', {
        offset,
        found: depth,
        wanted: LIMITS.depth,
      });
    }
    const found = directory.path.length;
    if (found > LIMITS.pathLength) {
      throw new IsoError('ISO_TREE_LIMIT', 'the path of a directory is too long', {
        offset,
        found,
        wanted: LIMITS.pathLength,
      });
    }
  }

  async #readDirectory(directory: TreeNode): Promise<void> {
    const [extent] = directory.extents;
    if (extent === undefined || extent.length === 0) {
      directory.children = [];
      return;
    }
    if (extent.length > LIMITS.directoryBytes) {
      throw new IsoError('ISO_TREE_LIMIT', 'a directory is too large', {
        offset: directory.recordOffset,
        found: extent.length,
        wanted: LIMITS.directoryBytes,
      });
    }
    const start = extent.lba * this.reader.blockSize;
    const bytes = await this.reader.readUpTo(start, extent.length);
    this.#refuseOverlapping(bytes.length, start);
    if (bytes.length < extent.length) {
      this.findings.add('error', 'ISO_SOURCE_TRUNCATED', 'a directory lies beyond the end of the image', {
        offset: start,
        found: this.reader.size,
        wanted: start + extent.length,
      });
    }
    if (directory.parent === undefined) {
      this.#noteRockRidge(bytes);
    }
    if (!(await this.#hold(directory, bytes, start))) {
      await this.#readRecords(directory, bytes, start);
    }
  }

  /** Leaves an ordinary directory as its bytes; says whether it is one. */
  async #hold(directory: TreeNode, bytes: Uint8Array, start: number): Promise<boolean> {
    const survey = surveyDirectory(bytes, this.#skipLength);
    if (survey === undefined) {
      return false;
    }
    const { count, end } = survey;
    // Bytes that are mostly none take more than nodes do; and where there are too many records, the one too many is named.
    if (count * MOST_HELD < end || this.costs.records + count > LIMITS.treeRecords) {
      return false;
    }
    this.costs.records += count;
    const coding = { names: this.#coding, skipLength: this.#skipLength };
    const own = wellFormedRecords(bytes, this.#coding, 0, OWN_COUNT);
    directory.pointers = pointersOf(own, bytes, start, await this.#systemUses(own, bytes, start));
    directory.contents = new HeldDirectory(directory, withoutRest(bytes, end), start, survey, coding);
    return true;
  }

  /** Directories of a sound tree lie side by side; together they are never larger than the image. */
  #refuseOverlapping(length: number, offset: number): void {
    const wanted = Math.min(this.reader.size, LIMITS.treeBytes);
    const found = (this.costs.bytes += length);
    if (found > wanted) {
      const message = 'the directories overlap or are too large, and would be read without end';
      throw new IsoError('ISO_TREE_LIMIT', message, { offset, found, wanted });
    }
  }

  async #readRecords(directory: TreeNode, bytes: Uint8Array, start: number): Promise<void> {
    const records = this.#scan(bytes, start);
    if (records[0]?.isSelfOrParent !== true) {
      const message = 'a directory does not start with its record of itself';
      this.findings.add('warning', 'ISO_TREE_RECORD', message, { offset: start });
    }
    const systemUses = await this.#systemUses(records, bytes, start);
    directory.pointers = pointersOf(records, bytes, start, systemUses);
    directory.children = nodesOf(directory, { start, records, uses: systemUses?.uses });
  }

  async #systemUses(
    records: readonly ScannedRecord[],
    bytes: Uint8Array,
    start: number,
  ): Promise<DirectorySystemUses | undefined> {
    return this.#skipLength === undefined
      ? undefined
      : this.#rockRidge.read(records, bytes, start, this.#skipLength);
  }

  #scan(bytes: Uint8Array, start: number): ScannedRecord[] {
    const records: ScannedRecord[] = [];
    const onBad = (at: number): void =>
      this.findings.add('warning', 'ISO_TREE_RECORD', 'a directory record is malformed', {
        offset: start + at,
      });
    for (const record of scanDirectory(bytes, this.#coding, onBad)) {
      records.push(record);
      this.#refuseTooMany(start + record.at);
      if (record.halvesDiffer) {
        const message = 'the halves of a directory record field differ';
        this.findings.add('warning', 'ISO_VOLUME_BYTE_ORDER', message, { offset: start + record.at });
      }
    }
    return records;
  }

  #refuseTooMany(offset: number): void {
    const wanted = LIMITS.treeRecords;
    const found = (this.costs.records += 1);
    if (found > wanted) {
      throw new IsoError('ISO_TREE_LIMIT', 'there are too many directory records', { offset, found, wanted });
    }
  }

  /** The root's record of itself announces Rock Ridge; only the primary tree carries it. */
  #noteRockRidge(bytes: Uint8Array): void {
    const [self] = wellFormedRecords(bytes, this.#coding, 0, 1);
    if (self !== undefined && this.descriptor.kind === 'primary') {
      this.#skipLength = skipLengthOf(bytes.subarray(self.systemUseStart, self.end));
    }
  }
}

/** The bytes up to `end`, and not much more: those of a small directory are padded to a block. */
function withoutRest(bytes: Uint8Array, end: number): Uint8Array {
  return 2 * end < bytes.length ? bytes.slice(0, end) : bytes;
}
