import { scanRecordingDate, scanVolumeDate } from '../layout/date-time.js';
import { timeStamps, TIME_FLAG, TIME_STAMP_LENGTH, zisofs } from '../layout/system-use.js';
import { BLOCK_SIZE } from '../units.js';
import type { BlockReader } from './block-reader.js';
import { scanDirectory } from './directory.js';
import { Findings } from './finding.js';
import { LinkTarget } from './link-target.js';
import { ReadAhead } from './read-ahead.js';
import { RockRidgeReader } from './rock-ridge.js';
import { signature } from './system-use.js';
import type { TreeView } from './lookup.js';
import type { Tree } from './tree.js';
import type { TreeNode } from './tree-node.js';

/** What Rock Ridge says of a file or directory beyond its name. */
export interface FileAttributes {
  /** Type and permissions as in POSIX (PX). */
  readonly mode: number | undefined;
  /** Its last change, in milliseconds since 1970: Rock Ridge's (TF), or else the record's date. */
  readonly modifiedAt: number | undefined;
  /** Where a symbolic link leads (SL); nothing for what is none, and for one that makes no sense. */
  readonly linkTarget: string | undefined;
  /** How a compressed file is stored (ZF). */
  readonly compression: Compression | undefined;
}

/** What a ZF entry says. */
export interface Compression {
  readonly algorithm: Uint8Array;
  readonly blockSizeLog2: number;
  /** Bytes in the file once it is uncompressed. */
  readonly uncompressedSize: number;
}

const TF = signature('TF');
const SL = signature('SL');
const ZF = signature('ZF');

/** A directory record has at most this many bytes: its length is one byte. */
const LONGEST_RECORD = 255;

/**
 * Reads what Rock Ridge says of single nodes: the tree keeps of it only what every command needs.
 *
 * Entries that are malformed are as good as absent. Errors: what the source raises.
 */
export class AttributeReader {
  /** Records are asked for in the order of their directory, where all of it is taken; those of directories in that of the tree. */
  readonly #records: { readonly files: ReadAhead; readonly directories: ReadAhead };
  /** The tree, where its records carry Rock Ridge. */
  readonly #tree: Tree | undefined;
  readonly #rockRidge: RockRidgeReader;
  #modifiedAt: number | undefined;
  #compression: Compression | undefined;
  #link = new LinkTarget();

  constructor(reader: BlockReader, tree: TreeView['tree']) {
    this.#records = { files: new ReadAhead(reader), directories: new ReadAhead(reader) };
    this.#tree = isRockRidge(tree) ? tree : undefined;
    // One for all nodes, so that the limit on continuation areas holds for all of them together.
    this.#rockRidge = new RockRidgeReader(reader, new Findings(), (kind, bytes, at, length) =>
      this.#visit(kind, bytes, at, length),
    );
  }

  /** What is said of one node; one at a time. */
  async read(node: TreeNode): Promise<FileAttributes> {
    this.#forget();
    if (this.#tree !== undefined && node.parent !== undefined) {
      await this.#readEntries(node, this.#tree);
    }
    return {
      mode: node.mode,
      modifiedAt: this.#modifiedAt ?? node.recordedAt,
      linkTarget: this.#link.path,
      compression: this.#compression,
    };
  }

  #forget(): void {
    this.#modifiedAt = undefined;
    this.#compression = undefined;
    this.#link = new LinkTarget();
  }

  async #readEntries({ recordOffset, isDirectory }: TreeNode, { coding, skipLength }: Tree): Promise<void> {
    const inBlock = BLOCK_SIZE - (recordOffset % BLOCK_SIZE);
    const length = Math.min(LONGEST_RECORD, inBlock);
    const records = isDirectory ? this.#records.directories : this.#records.files;
    const bytes = records.peek(recordOffset, length) ?? (await records.read(recordOffset, length));
    const [record] = scanDirectory(bytes, coding, () => undefined);
    if (record !== undefined) {
      await this.#rockRidge.read([record], bytes, recordOffset, skipLength);
    }
  }

  #visit(kind: number, bytes: Uint8Array, at: number, length: number): void {
    if (kind === TF && length >= timeStamps.span) {
      this.#modifiedAt ??= modifyStamp(bytes.subarray(at, at + length));
    } else if (kind === SL) {
      this.#link.add(bytes.subarray(at, at + length));
    } else if (kind === ZF && length >= zisofs.span) {
      const { algorithm, blockSizeLog2, uncompressedSize } = zisofs.decode(bytes, at);
      this.#compression = { algorithm, blockSizeLog2, uncompressedSize: uncompressedSize.littleEndian };
    }
  }
}

/** The stamp of the last change among those of a TF entry, in milliseconds since 1970. */
function modifyStamp(entry: Uint8Array): number | undefined {
  const { flags } = timeStamps.decode(entry);
  if ((flags & TIME_FLAG.modify) === 0) {
    return undefined;
  }
  const isLong = (flags & TIME_FLAG.longForm) !== 0;
  const stampLength = isLong ? TIME_STAMP_LENGTH.long : TIME_STAMP_LENGTH.short;
  // Stamps stand in the order of their flags, and only one comes before this.
  const at = timeStamps.span + ((flags & TIME_FLAG.creation) === 0 ? 0 : stampLength);
  if (at + stampLength > entry.length) {
    return undefined;
  }
  return isLong ? scanVolumeDate(entry, at) : scanRecordingDate(entry, at);
}

function isRockRidge(tree: TreeView['tree']): tree is Tree {
  return 'hasRockRidge' in tree && tree.hasRockRidge === true;
}
