import type { Lba } from '../units.js';
import { firstNotBelow } from './search.js';

/** A run of blocks that holds a part of a file, or all of it. */
export interface Extent {
  /** First block of the data, behind an extended attribute record. */
  readonly lba: Lba;
  /** Bytes of data. */
  readonly length: number;
  /** The block that its record names: that of the extended attribute record, where one stands in front of the data. */
  readonly locationOfExtent?: Lba;
  /** How its blocks alternate with those of other files; nothing where they lie in a row. */
  readonly interleave?: Interleave;
  /** Byte offset in the image of its own directory record; the node's where it is the file's first. */
  readonly recordOffset?: number;
}

/** The rhythm of an interleaved extent, in logical blocks (ECMA-119 6.4.3). */
export interface Interleave {
  /** Blocks in each unit of the file. */
  readonly fileUnitSize: number;
  /** Blocks between two units. */
  readonly interleaveGapSize: number;
}

/** Where a directory says of itself and its parent where they lie; byte offsets in the image. */
export interface DirectoryPointers {
  /** Its record of itself; nothing where it does not start with one. */
  readonly self: number | undefined;
  /** Its record of its parent. */
  readonly parent: number | undefined;
  /** The number in which Rock Ridge tells where a moved directory's first parent lies (PL). */
  readonly parentLink: number | undefined;
  /** Where its records say that their System Use fields go on elsewhere. */
  readonly continuations: readonly ContinuationPointer[];
}

/** A number that names the block of a continuation area (SUSP 5.1). */
export interface ContinuationPointer {
  /** Byte offset in the image of the number. */
  readonly offset: number;
  /** The block that it points at. */
  readonly block: number;
}

/** What a record says that most records do not. */
export interface NodeOddities {
  /** Whether its data lie in units with gaps between them. */
  readonly interleaved: boolean;
  /** Blocks of other files between the parts of an interleaved one. */
  readonly interleaveGapBlocks: number;
  /** Whether its data are stored compressed (zisofs). */
  readonly compressed: boolean;
  /** Whether it is a symbolic link. */
  readonly symbolicLink: boolean;
  /** Block of the directory that stands here by its Rock Ridge name (CL). */
  readonly childLink: number | undefined;
  /** Byte offset in the image of the number that says so. */
  readonly childLinkOffset: number | undefined;
  /** Hidden by Rock Ridge where it was moved to (RE). */
  readonly relocated: boolean;
  /** Some of its bytes are in no blocks of its own: UDF keeps them in the file entry, or has not recorded them. */
  readonly unlocated: boolean;
}

export const NO_ODDITIES: NodeOddities = {
  interleaved: false,
  interleaveGapBlocks: 0,
  compressed: false,
  symbolicLink: false,
  childLink: undefined,
  childLinkOffset: undefined,
  relocated: false,
  unlocated: false,
};

/** Is shown where the data of a file lie: first block, bytes, and the byte offset of its record in the image. */
export type FileVisitor = (start: Lba, length: number, recordOffset: number) => void;

/** What a listing tells of a file besides its name. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** Its first block; 0 where it has none. */
  readonly start: number;
  /** In milliseconds since 1970; nothing where it is unset. */
  readonly recordedAt: number | undefined;
  /** Whether it is a symbolic link by Rock Ridge. */
  readonly isLink: boolean;
}

/** What is in a directory whose files nobody has asked for yet. */
export interface Contents {
  /** The directories in it. */
  readonly subdirectories: readonly TreeNode[];
  /** How many files are in it. */
  readonly fileCount: number;
  /** Shows where the data of files lie: those from the record at `firstRecord` on, no more than `most`. */
  eachFile(visit: FileVisitor, firstRecord?: number, most?: number): void;
  /** Whether the records are the same, byte for byte, and read in the same way. */
  hasSameRecords(other: Contents): boolean;
  /** Shows the names of its files, by Rock Ridge or as the tree itself records them, with the byte offsets of their records. */
  eachName(byRockRidge: boolean, visit: (name: string, recordOffset: number) => void): void;
  /** What the record at a byte offset says of a file. */
  fileAt(recordOffset: number): FileFacts;
  /** Everything in it, in the order of the records. */
  nodes(): TreeNode[];
  /** The same a few at a time: files as nodes of this walk alone, which nobody keeps. */
  eachNode(): Iterable<TreeNode>;
}

/** A file or directory of one tree. */
export class TreeNode {
  /** Of a directory that was read. */
  pointers: DirectoryPointers | undefined;
  /** Its name by Rock Ridge, where it has one. */
  rockRidgeName: string | undefined;
  /** POSIX' file mode, where Rock Ridge tells it. */
  mode: number | undefined;
  /** Bytes in the file where its extents do not tell. */
  informationLength: number | undefined;
  /** What is unusual about it. */
  oddities: NodeOddities = NO_ODDITIES;
  #children: TreeNode[] | undefined;
  #contents: Contents | undefined;
  #summed: { readonly extents: Extent[]; readonly count: number; readonly sum: number } | undefined;

  constructor(
    /** The directory that it is in; nothing for the root. */
    readonly parent: TreeNode | undefined,
    /** The name that the tree itself records, without version number. */
    readonly name: string,
    /** Whether it is a directory. */
    readonly isDirectory: boolean,
    /** The runs of blocks that its data lie in. */
    public extents: Extent[],
    /** Byte offset in the image of the (first) directory record, or of UDF's file entry. */
    readonly recordOffset: number,
    /** Its recording date, in milliseconds since 1970; nothing where it is unset. */
    public recordedAt: number | undefined,
  ) {}

  /** What is in a directory; nothing for a file. */
  get children(): TreeNode[] | undefined {
    if (this.#contents !== undefined) {
      this.children = this.#contents.nodes();
    }
    return this.#children;
  }

  set children(children: TreeNode[] | undefined) {
    this.#children = children;
    this.#contents = undefined;
  }

  /**
   * What is in a directory, for a walk that needs each but once. Where nobody has asked for its children, its files are
   * other nodes in each walk, and are gone after it; its directories are always the same.
   */
  get eachChild(): Iterable<TreeNode> {
    return this.#contents?.eachNode() ?? this.#children ?? [];
  }

  /** What is in a directory, as long as nobody has asked for its children. */
  get contents(): Contents | undefined {
    return this.#contents;
  }

  set contents(contents: Contents | undefined) {
    this.#contents = contents;
  }

  /** Whether it is a directory of which is known what is in it. */
  get wasRead(): boolean {
    return this.#contents !== undefined || this.#children !== undefined;
  }

  /** The directories in a directory. */
  get subdirectories(): readonly TreeNode[] {
    return this.#contents?.subdirectories ?? (this.#children ?? []).filter((child) => child.isDirectory);
  }

  /** How many files are in a directory. */
  get fileCount(): number {
    const children = this.#children ?? [];
    return this.#contents?.fileCount ?? children.length - this.subdirectories.length;
  }

  /**
   * Shows where the data of files in a directory lie, of several extents the first: block, bytes, and the byte offset of the
   * record. Those from the record at `firstRecord` on, no more than `most`.
   */
  eachFile(visit: FileVisitor, firstRecord = 0, most = Infinity): void {
    if (this.#contents !== undefined) {
      this.#contents.eachFile(visit, firstRecord, most);
      return;
    }
    const children = this.#children ?? [];
    let left = most;
    for (let i = indexOf(children, firstRecord); i < children.length && left > 0; i += 1) {
      const { isDirectory = true, extents: [extent] = [], recordOffset = 0 } = children[i] ?? {};
      if (!isDirectory && extent !== undefined) {
        left -= 1;
        visit(extent.lba, extent.length, recordOffset);
      }
    }
  }

  /** What a directory's record at a byte offset of the image stands for; that of a file's first record. */
  childAt(recordOffset: number): TreeNode | undefined {
    const children = this.children ?? [];
    const child = children[indexOf(children, recordOffset)];
    return child?.recordOffset === recordOffset ? child : undefined;
  }

  /** Bytes in the file. */
  get size(): number {
    const { extents } = this;
    if (extents.length < 2) {
      return this.informationLength ?? extents[0]?.length ?? 0;
    }
    // A file may have a million extents, and each of them a claim whose file is asked for its size.
    if (this.#summed?.extents !== extents || this.#summed.count !== extents.length) {
      const sum = extents.reduce((bytes, extent) => bytes + extent.length, 0);
      this.#summed = { extents, count: extents.length, sum };
    }
    return this.informationLength ?? this.#summed.sum;
  }

  /** The block that its (first) record names. */
  get locationOfExtent(): number {
    const [first] = this.extents;
    return first?.locationOfExtent ?? first?.lba ?? 0;
  }

  /** Levels above it; 0 for the root. */
  get depth(): number {
    let depth = 0;
    for (let node = this.parent; node !== undefined; node = node.parent) {
      depth += 1;
    }
    return depth;
  }

  /** The best name there is: Rock Ridge's where it has one. */
  get bestName(): string {
    return this.rockRidgeName ?? this.name;
  }

  /** The absolute path by its best names. */
  get path(): string {
    const names: string[] = [];
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- walking up starts at the node itself
    let node: TreeNode = this;
    while (node.parent !== undefined) {
      names.push(node.bestName);
      node = node.parent;
    }
    return `/${names.reverse().join('/')}`;
  }
}

/** Where among the children of a directory the record at a byte offset is, or the next one. */
function indexOf(children: readonly TreeNode[], recordOffset: number): number {
  return firstNotBelow(children.length, (i) => children[i]?.recordOffset ?? 0, recordOffset);
}
