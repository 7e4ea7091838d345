import { FILE_TYPE } from '../layout/udf-file.js';
import { BLOCK_SIZE, blocksFor, lba, lbaOfOffset, offsetOfLba } from '../units.js';
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
  /** The directory at its top. */
  readonly root: TreeNode;
  /** Every directory once, the root first, each before those inside it. */
  readonly directories: readonly TreeNode[];
}

/** The tree, and what it takes on the disc besides the blocks of its files. */
export interface UdfWalked {
  readonly tree: UdfTree | undefined;
  /** Blocks that hold a file entry, in any order. */
  readonly entryBlocks: readonly number[];
  /** Directories' data, and allocation descriptors outside their entries. */
  readonly structureRuns: readonly BlockRun[];
}

/** What a walk is told, and whom it tells what it finds. */
export interface UdfWalkOptions {
  readonly maps: readonly (UdfPartition | undefined)[];
  readonly rootIcb: UdfAddress;
  readonly doubts: UdfDoubts;
  /** Takes each run of blocks of each file. */
  readonly onFile: (node: TreeNode, run: BlockRun) => void;
}

/**
 * Walks the directories of a UDF volume level by level, and then reads the file entries of all its files in the order
 * in which they lie, so that many of them come with one read. What is broken is a doubt and is left out.
 */
export async function readUdfTree(reader: BlockReader, options: UdfWalkOptions): Promise<UdfWalked> {
  return new UdfWalk(reader, options).run();
}

/** A file entry, and where its contents are. */
interface Entry {
  readonly entry: ScannedEntry;
  readonly contents: UdfContents;
}

class UdfWalk {
  readonly #doubts: UdfDoubts;
  readonly #places: UdfContentsReader;
  readonly #entries: ReadAhead;
  readonly #data: ReadAhead;
  readonly #directories: TreeNode[] = [];
  readonly #files: TreeNode[] = [];
  /** What directories name but is not there. */
  readonly #lost = new Set<TreeNode>();
  readonly #seen = new Set<number>();
  readonly #entryBlocks: number[] = [];
  readonly #structureRuns: BlockRun[] = [];
  #nextLevel: TreeNode[] = [];
  #names = 0;
  #bytes = 0;

  constructor(
    private readonly reader: BlockReader,
    private readonly options: UdfWalkOptions,
  ) {
    this.#doubts = options.doubts;
    this.#places = new UdfContentsReader(reader, options.maps, options.doubts);
    this.#entries = new ReadAhead(reader);
    this.#data = new ReadAhead(reader);
  }

  async run(): Promise<UdfWalked> {
    const at = this.#places.blockOf(this.options.rootIcb);
    if (at === undefined) {
      this.#doubts.add('the root directory of the UDF volume lies outside its partition', 0);
    } else {
      this.#nextLevel.push(newNode(undefined, '', true, at));
    }
    for (let depth = 0; this.#nextLevel.length > 0; depth += 1) {
      const [first] = this.#nextLevel;
      if (depth > LIMITS.depth && first !== undefined) {
        this.#doubts.add('the directories of the UDF volume lie too deep', first.recordOffset);
        break;
      }
      await this.#readLevel(inOrder(this.#nextLevel));
    }
    for (const node of inOrder(this.#files)) {
      const taken = this.#takeFile(node);
      if (taken !== undefined) {
        await taken;
      }
    }
    this.#forgetLost();
    const [root] = this.#directories;
    return {
      tree: root === undefined ? undefined : { kind: 'udf', root, directories: this.#directories },
      entryBlocks: this.#entryBlocks,
      structureRuns: this.#structureRuns,
    };
  }

  async #readLevel(level: readonly TreeNode[]): Promise<void> {
    this.#nextLevel = [];
    for (const node of level) {
      const isKnown = this.#seen.has(node.recordOffset);
      const read = isKnown ? undefined : await this.#readEntry(node);
      if (read?.entry.fileType !== FILE_TYPE.directory) {
        const what = isKnown
          ? 'a UDF directory is listed a second time'
          : 'there is no directory where UDF says so';
        this.#doubts.add(what, node.recordOffset);
        this.#lost.add(node);
        continue;
      }
      this.#seen.add(node.recordOffset);
      this.#directories.push(node);
      // One by one: the arguments of a call would not hold a directory in a hundred thousand pieces.
      read.contents.runs.forEach((run) => this.#structureRuns.push(run));
      describe(node, read);
      node.children = this.#scan(node, await this.#bytesOf(node, read));
    }
  }

  async #readEntry(node: TreeNode): Promise<Entry | undefined> {
    const block =
      this.#entries.peek(node.recordOffset, BLOCK_SIZE) ??
      (await this.#entries.read(node.recordOffset, BLOCK_SIZE));
    const entry = this.#scanEntry(node, block);
    return entry === undefined ? undefined : { entry, contents: await this.#contentsOf(node, entry, block) };
  }

  #scanEntry(node: TreeNode, block: Uint8Array): ScannedEntry | undefined {
    const entry = scanFileEntry(block);
    if (entry === undefined) {
      this.#doubts.add('there is no file entry where UDF says so', node.recordOffset);
      return undefined;
    }
    if (entry.hasMore) {
      this.#doubts.add('a file has attributes or streams outside its file entry', node.recordOffset);
    }
    this.#entryBlocks.push(lbaOfOffset(node.recordOffset));
    return entry;
  }

  async #contentsOf(node: TreeNode, entry: ScannedEntry, block: Uint8Array): Promise<UdfContents> {
    const contents = await this.#places.contentsOf(entry, block, node.recordOffset);
    this.#structureRuns.push(...contents.descriptorRuns);
    return contents;
  }

  /** Waits only where something has to be read, since there may be hundreds of thousands of files. */
  #takeFile(node: TreeNode): Promise<void> | undefined {
    const block = this.#entries.peek(node.recordOffset, BLOCK_SIZE);
    return block === undefined
      ? this.#entries.read(node.recordOffset, BLOCK_SIZE).then((bytes) => this.#takeFileAt(node, bytes))
      : this.#takeFileAt(node, block);
  }

  #takeFileAt(node: TreeNode, block: Uint8Array): Promise<void> | undefined {
    const entry = this.#scanEntry(node, block);
    if (entry === undefined) {
      this.#lost.add(node);
      return undefined;
    }
    const only = this.#places.onlyExtentOf(entry, block, node.recordOffset);
    if (only === undefined || !PLAIN_FILE_TYPES.includes(entry.fileType)) {
      return this.#contentsOf(node, entry, block).then((contents) => this.#fill(node, { entry, contents }));
    }
    node.recordedAt = entry.modifiedAt;
    node.extents = only;
    for (const { lba: start, length } of only) {
      this.options.onFile(node, { start, count: blocksFor(length) });
    }
    return undefined;
  }

  #fill(node: TreeNode, read: Entry): void {
    describe(node, read);
    if (read.entry.fileType === FILE_TYPE.directory) {
      this.#doubts.add('a directory is named as a file', node.recordOffset);
    }
    read.contents.runs.forEach((run) => this.options.onFile(node, run));
  }

  async #bytesOf(node: TreeNode, { entry, contents }: Entry): Promise<Uint8Array> {
    if (contents.embedded !== undefined) {
      return contents.embedded;
    }
    // Directories of a sound volume lie side by side; together they are never larger than the image.
    this.#bytes += entry.informationLength;
    const most = Math.min(this.reader.size, LIMITS.treeBytes);
    const isInPieces = contents.extents.length > blocksFor(entry.informationLength);
    if (entry.informationLength > LIMITS.directoryBytes || this.#bytes > most || isInPieces) {
      this.#doubts.add('the directories of the UDF volume are too large', node.recordOffset);
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
      this.#doubts.add('a UDF directory does not lie wholly in the image', node.recordOffset);
    }
    return bytes;
  }

  #scan(directory: TreeNode, bytes: Uint8Array): TreeNode[] {
    const onBad = (): void => this.#doubts.add('a UDF directory is malformed', directory.recordOffset);
    const children: TreeNode[] = [];
    for (const { name, isDirectory, partitionReference, block } of scanIdentifiers(bytes, onBad)) {
      this.#names += 1;
      if (this.#names > LIMITS.treeRecords) {
        this.#doubts.add('there are too many names in the UDF volume', directory.recordOffset);
        break;
      }
      const at = this.#places.blockOf({ partitionReference, block, length: BLOCK_SIZE });
      if (at === undefined || name === '') {
        const what = 'a name is empty, or its file entry lies outside its partition';
        this.#doubts.add(what, directory.recordOffset);
        continue;
      }
      const node = newNode(directory, name, isDirectory, at);
      (isDirectory ? this.#nextLevel : this.#files).push(node);
      children.push(node);
    }
    return children;
  }

  #forgetLost(): void {
    for (const directory of new Set([...this.#lost].map(({ parent }) => parent))) {
      if (directory !== undefined) {
        directory.children = directory.children?.filter((child) => !this.#lost.has(child));
      }
    }
  }
}

/** What is a file with bytes of its own; 0 says that the type is not told (ECMA-167 4/14.6.6). */
const PLAIN_FILE_TYPES: readonly number[] = [0, FILE_TYPE.file];

/** A node whose file entry has yet to be read. */
function newNode(parent: TreeNode | undefined, name: string, isDirectory: boolean, at: number): TreeNode {
  return new TreeNode(parent, name, isDirectory, [], offsetOfLba(lba(at)), undefined);
}

function describe(node: TreeNode, { entry, contents }: Entry): void {
  node.extents = contents.extents;
  node.recordedAt = entry.modifiedAt;
  const symbolicLink = entry.fileType === FILE_TYPE.symbolicLink;
  if (!contents.isLocated) {
    node.informationLength = entry.informationLength;
  }
  if (!contents.isLocated || symbolicLink) {
    node.oddities = { ...NO_ODDITIES, symbolicLink, unlocated: true };
  }
}

function inOrder(nodes: TreeNode[]): TreeNode[] {
  return nodes.sort((a, b) => a.recordOffset - b.recordOffset);
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
