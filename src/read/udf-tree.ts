import { FILE_TYPE } from '../layout/udf-file.js';
import { BLOCK_SIZE, lba, offsetOfLba } from '../units.js';
import type { BlockReader } from './block-reader.js';
import { LIMITS } from './limits.js';
import { ReadAhead } from './read-ahead.js';
import { NO_ODDITIES, TreeNode } from './tree-node.js';
import { UdfContentsReader, type UdfContents } from './udf-contents.js';
import { scanIdentifiers } from './udf-directory.js';
import type { UdfDoubts } from './udf-doubt.js';
import { scanFileEntry, type ScannedEntry } from './udf-entry.js';
import type { BlockRun, UdfAddress, UdfPartition } from './udf-volume.js';

/** The directory tree of a UDF volume. */
export interface UdfTree {
  readonly kind: 'udf';
  readonly root: TreeNode;
  /** Every directory once, the root first, each before those inside it. */
  readonly directories: readonly TreeNode[];
}

/** The tree, and what it takes on the disc. */
export interface UdfWalked {
  readonly tree: UdfTree | undefined;
  /** Blocks that hold a file entry, in any order. */
  readonly entryBlocks: readonly number[];
  /** Directories' data, and allocation descriptors outside their entries. */
  readonly structureRuns: readonly BlockRun[];
  /** The blocks of each file. */
  readonly fileRuns: readonly { readonly node: TreeNode; readonly run: BlockRun }[];
}

/** A name whose file entry has not been read yet. */
interface Pending {
  readonly parent: TreeNode | undefined;
  /** Its place among its parent's children. */
  readonly index: number;
  readonly name: string;
  readonly partitionReference: number;
  /** Block of the image. */
  readonly at: number;
}

/**
 * Walks the directories of a UDF volume level by level, and then reads the file entries of all its files in the order
 * in which they lie, so that many of them come with one read. What is broken is a doubt and is left out.
 */
export async function readUdfTree(
  reader: BlockReader,
  maps: readonly (UdfPartition | undefined)[],
  rootIcb: UdfAddress,
  doubts: UdfDoubts,
): Promise<UdfWalked> {
  return new UdfWalk(reader, new UdfContentsReader(reader, maps, doubts), doubts).run(rootIcb);
}

class UdfWalk {
  readonly #directories: TreeNode[] = [];
  readonly #entries: ReadAhead;
  readonly #data: ReadAhead;
  readonly #seen = new Set<number>();
  readonly #entryBlocks: number[] = [];
  readonly #structureRuns: BlockRun[] = [];
  readonly #fileRuns: { node: TreeNode; run: BlockRun }[] = [];
  #nextLevel: Pending[] = [];
  readonly #files: Pending[] = [];
  #names = 0;
  #bytes = 0;

  constructor(
    private readonly reader: BlockReader,
    private readonly places: UdfContentsReader,
    private readonly doubts: UdfDoubts,
  ) {
    this.#entries = new ReadAhead(reader);
    this.#data = new ReadAhead(reader);
  }

  async run(rootIcb: UdfAddress): Promise<UdfWalked> {
    const at = this.places.blockOf(rootIcb);
    if (at === undefined) {
      this.doubts.add('the root directory of the UDF volume lies outside its partition', 0);
    } else {
      const { partitionReference } = rootIcb;
      this.#nextLevel.push({ parent: undefined, index: 0, name: '', partitionReference, at });
    }
    for (let depth = 0; this.#nextLevel.length > 0; depth += 1) {
      if (depth > LIMITS.depth) {
        this.doubts.add('the directories of the UDF volume lie too deep', this.#nextLevel[0]?.at ?? 0);
        break;
      }
      await this.#readLevel(inOrder(this.#nextLevel));
    }
    for (const pending of inOrder(this.#files)) {
      const read = this.#read(pending);
      this.#takeFile(pending, read instanceof Promise ? await read : read);
    }
    this.#directories.forEach(closeGaps);
    const [root] = this.#directories;
    return {
      tree: root === undefined ? undefined : { kind: 'udf', root, directories: this.#directories },
      entryBlocks: this.#entryBlocks,
      structureRuns: this.#structureRuns,
      fileRuns: this.#fileRuns,
    };
  }

  async #readLevel(level: readonly Pending[]): Promise<void> {
    this.#nextLevel = [];
    for (const pending of level) {
      if (this.#seen.has(pending.at)) {
        this.doubts.add('a UDF directory is listed a second time', offsetOfLba(lba(pending.at)));
        continue;
      }
      this.#seen.add(pending.at);
      const read = await this.#read(pending);
      if (read?.entry.fileType !== FILE_TYPE.directory) {
        this.doubts.add('there is no directory where UDF says so', offsetOfLba(lba(pending.at)));
        continue;
      }
      const node = this.#node(pending, read, true);
      this.#directories.push(node);
      this.#structureRuns.push(...read.contents.runs);
      node.children = [];
      this.#scan(node, await this.#bytesOf(node, read));
    }
  }

  /** A file entry with its contents; nothing when there is none. Waits only where something has to be read. */
  #read(pending: Pending): Read | undefined | Promise<Read | undefined> {
    const offset = offsetOfLba(lba(pending.at));
    const block = this.#entries.peek(offset, BLOCK_SIZE);
    return block === undefined
      ? this.#entries.read(offset, BLOCK_SIZE).then((bytes) => this.#scanEntry(pending, bytes))
      : this.#scanEntry(pending, block);
  }

  #scanEntry(pending: Pending, block: Uint8Array): Read | undefined | Promise<Read> {
    const offset = offsetOfLba(lba(pending.at));
    const entry = scanFileEntry(block);
    if (entry === undefined) {
      this.doubts.add('there is no file entry where UDF says so', offset);
      return undefined;
    }
    if (entry.hasMore) {
      this.doubts.add('a file has attributes or streams outside its file entry', offset);
    }
    const { partitionReference } = pending;
    const contents = this.places.contentsOf(entry, block, { partitionReference, offset });
    return contents instanceof Promise
      ? contents.then((known) => this.#note(pending, entry, known))
      : this.#note(pending, entry, contents);
  }

  #note(pending: Pending, entry: ScannedEntry, contents: UdfContents): Read {
    this.#entryBlocks.push(pending.at);
    this.#structureRuns.push(...contents.descriptorRuns);
    return { entry, contents };
  }

  #node(pending: Pending, { entry, contents }: Read, isDirectory: boolean): TreeNode {
    const { parent, name, at, index } = pending;
    const { extents, isLocated } = contents;
    const node = new TreeNode(parent, name, isDirectory, extents, offsetOfLba(lba(at)), entry.modifiedAt);
    if (!isLocated) {
      node.informationLength = entry.informationLength;
      node.oddities = { ...NO_ODDITIES, unlocated: true };
    }
    if (parent?.children !== undefined) {
      parent.children[index] = node;
    }
    return node;
  }

  #takeFile(pending: Pending, read: Read | undefined): void {
    if (read === undefined) {
      return;
    }
    const { fileType } = read.entry;
    if (fileType === FILE_TYPE.directory) {
      this.doubts.add('a directory is named as a file', offsetOfLba(lba(pending.at)));
    }
    const node = this.#node(pending, read, false);
    if (fileType === FILE_TYPE.symbolicLink) {
      node.oddities = { ...NO_ODDITIES, symbolicLink: true, unlocated: true };
    }
    read.contents.runs.forEach((run) => this.#fileRuns.push({ node, run }));
  }

  async #bytesOf(node: TreeNode, { entry, contents }: Read): Promise<Uint8Array> {
    if (contents.embedded !== undefined) {
      return contents.embedded;
    }
    // Directories of a sound volume lie side by side; together they are never larger than the image.
    this.#bytes += entry.informationLength;
    if (entry.informationLength > LIMITS.directoryBytes || this.#bytes > this.reader.size) {
      this.doubts.add('the directories of the UDF volume are too large', node.recordOffset);
      return new Uint8Array(0);
    }
    const parts: Uint8Array[] = [];
    for (const { lba: at, length } of contents.extents) {
      const offset = offsetOfLba(at);
      parts.push(
        this.#entries.peek(offset, length) ??
          this.#data.peek(offset, length) ??
          (await this.#data.read(offset, length)),
      );
    }
    const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : concatenated(parts);
    if (bytes.length < entry.informationLength) {
      this.doubts.add(
        'a UDF directory lies, wholly or in part, beyond the end of the image',
        node.recordOffset,
      );
    }
    return bytes;
  }

  #scan(directory: TreeNode, bytes: Uint8Array): void {
    const onBad = (): void => this.doubts.add('a UDF directory is malformed', directory.recordOffset);
    let index = 0;
    for (const { name, isDirectory, partitionReference, block } of scanIdentifiers(bytes, onBad)) {
      this.#names += 1;
      if (this.#names > LIMITS.recordsPerTree) {
        this.doubts.add('there are too many names in the UDF volume', directory.recordOffset);
        break;
      }
      const at = this.places.blockOf({ partitionReference, block, length: BLOCK_SIZE });
      if (at === undefined || name === '') {
        this.doubts.add(
          'a name is empty, or its file entry lies outside its partition',
          directory.recordOffset,
        );
        continue;
      }
      const pending = { parent: directory, index, name, partitionReference, at };
      (isDirectory ? this.#nextLevel : this.#files).push(pending);
      index += 1;
    }
    directory.children = new Array<TreeNode>(index);
  }
}

/** A file entry and where its contents are. */
interface Read {
  readonly entry: ScannedEntry;
  readonly contents: UdfContents;
}

function inOrder(pending: Pending[]): Pending[] {
  return pending.sort((a, b) => a.at - b.at);
}

/** Names whose entries could not be read have left their places empty. */
function closeGaps(directory: TreeNode): void {
  directory.children = directory.children?.filter(() => true);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
