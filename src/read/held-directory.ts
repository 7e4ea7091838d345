import { firstDifference } from '../bytes.js';
import { scanRecordingDate } from '../layout/date-time.js';
import { lba } from '../units.js';
import { AT, variablePartsAt, wellFormedRecords, type ScannedRecord } from './directory.js';
import { nodesOf, type DirectoryRecords } from './directory-nodes.js';
import type { DirectorySurvey } from './directory-survey.js';
import { decodeFileIdentifier, type NameCoding } from './file-identifier.js';
import { firstNotBelow } from './search.js';
import {
  emptySystemUse,
  rockRidgeNameOf,
  scanSystemUse,
  singleNameAt,
  type SystemUse,
} from './system-use.js';
import type { Contents, FileFacts, FileVisitor, TreeNode } from './tree-node.js';

/** How the records of a tree are read. */
export interface RecordCoding {
  readonly names: NameCoding;
  /** Bytes in front of Rock Ridge's entries; nothing without those. */
  readonly skipLength: number | undefined;
}

/** Records of which nodes are made at once: enough to be fast, and few enough to be no burden. */
const AT_ONCE = 64;

/**
 * An ordinary directory, kept as its bytes: most commands look at a handful of files, and of a hundred thousand others
 * need only where they lie.
 */
export class HeldDirectory implements Contents {
  readonly subdirectories: readonly TreeNode[];
  readonly #view: DataView;

  /** `start` is the offset of the bytes in the image. */
  constructor(
    private readonly directory: TreeNode,
    private readonly bytes: Uint8Array,
    private readonly start: number,
    private readonly survey: DirectorySurvey,
    private readonly coding: RecordCoding,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.subdirectories = survey.directories.flatMap((at) => nodesOf(directory, this.#records(at, 1)));
  }

  get fileCount(): number {
    return this.survey.files.length;
  }

  eachFile(visit: FileVisitor, firstRecord = 0, most = Infinity): void {
    const { files } = this.survey;
    const first = firstNotBelow(files.length, (i) => files[i] ?? 0, firstRecord - this.start);
    // Not for...of: most of the time this runs uncompiled, where the iterator of an array takes as long as all else.
    files.subarray(first, first + most).forEach((at) => {
      const start = this.#view.getUint32(at + AT.extent, true);
      visit(lba(start), this.#view.getUint32(at + AT.dataLength, true), this.start + at);
    });
  }

  hasSameRecords(other: Contents): boolean {
    return (
      other instanceof HeldDirectory &&
      this.coding.names === other.coding.names &&
      this.coding.skipLength === other.coding.skipLength &&
      this.survey.end === other.survey.end &&
      // Every byte: what is no record is padding.
      this.bytes.length === other.bytes.length &&
      firstDifference(this.bytes, other.bytes) < 0
    );
  }

  eachName(byRockRidge: boolean, visit: (name: string, recordOffset: number) => void): void {
    const { names, skipLength } = this.coding;
    this.survey.files.forEach((at) => {
      const { identifierStart, identifierLength, systemUseStart, end } = variablePartsAt(this.bytes, at);
      const given =
        byRockRidge && skipLength !== undefined
          ? (singleNameAt(this.bytes, systemUseStart + skipLength, end) ??
            rockRidgeNameOf(this.#useOf({ systemUseStart, end }, skipLength)))
          : undefined;
      const name = given ?? decodeFileIdentifier(this.bytes, identifierStart, identifierLength, names);
      visit(name, this.start + at);
    });
  }

  fileAt(recordOffset: number): FileFacts {
    const at = recordOffset - this.start;
    const { systemUseStart, end } = variablePartsAt(this.bytes, at);
    const { skipLength } = this.coding;
    return {
      size: this.#view.getUint32(at + AT.dataLength, true),
      start: this.#view.getUint32(at + AT.extent, true),
      recordedAt: scanRecordingDate(this.bytes, at + AT.date),
      isLink: skipLength !== undefined && this.#useOf({ systemUseStart, end }, skipLength).symbolicLink,
    };
  }

  nodes(): TreeNode[] {
    return nodesOf(this.directory, this.#records(0, Infinity), this.#known);
  }

  *eachNode(): Generator<TreeNode> {
    const known = this.#known;
    let part = this.#records(0, AT_ONCE);
    for (let last = part.records.at(-1); last !== undefined; last = part.records.at(-1)) {
      // No file of an ordinary directory goes on in another record.
      yield* nodesOf(this.directory, part, known);
      part = this.#records(last.at + last.length, AT_ONCE);
    }
  }

  /** The subdirectories: the tree has met them already, and what is in them. */
  get #known(): ReadonlyMap<number, TreeNode> {
    return new Map(this.subdirectories.map((node) => [node.recordOffset, node]));
  }

  #records(from: number, most: number): DirectoryRecords {
    const records = wellFormedRecords(this.bytes, this.coding.names, from, most);
    const { skipLength } = this.coding;
    const uses =
      skipLength === undefined ? undefined : records.map((record) => this.#useOf(record, skipLength));
    return { start: this.start, records, uses };
  }

  #useOf(
    { systemUseStart, end }: Pick<ScannedRecord, 'systemUseStart' | 'end'>,
    skipLength: number,
  ): SystemUse {
    const use = emptySystemUse();
    scanSystemUse(this.bytes, systemUseStart + skipLength, end, use, this.start);
    return use;
  }
}
