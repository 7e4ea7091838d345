/** Lays an HFS volume over an image that was built block by block, so that a Mac finds the same files in the same blocks. */
import {
  B_TREE_NODE,
  bTreeHeader,
  bTreeNodeDescriptor,
  HFS_RECORD,
  HFS_SECTOR_SIZE,
  HFS_VOLUME_HEADER_OFFSET,
  hfsCatalogFile,
  hfsExtent,
  hfsMasterDirectoryBlock,
  type HfsMasterDirectoryBlock,
} from '../../src/layout/hfs.js';
import { APPLE_PARTITION_SIGNATURE, applePartition } from '../../src/layout/partition-table.js';
import { BLOCK_SIZE, blocksFor } from '../../src/units.js';
import { ascii } from './golden.js';
import { ImageBuilder, joined, plainImage } from './image-builder.js';

/** A file as the HFS catalog has it. */
export interface HfsFileSpec {
  readonly name: string;
  /** First block of its data fork, in blocks of the image. */
  readonly at: number;
  /** Bytes. */
  readonly length: number;
  /** First block of a resource fork of one block. */
  readonly resourceAt?: number;
  /** Blocks that it says it has; as many as its length takes unless told. */
  readonly physicalBlocks?: number;
}

/** How the HFS volume is laid over the image. */
export interface HfsSpec {
  readonly files: readonly HfsFileSpec[];
  /** Blocks of the image for the extents overflow file and, right behind it, the catalog. */
  readonly treesAt: number;
  /** In a partition of an Apple map with blocks of so many bytes, instead of at the start of the disc. */
  readonly partitionUnit?: number;
  /** Whether the bitmap marks all blocks as used, as libisofs does. */
  readonly allMarked?: boolean;
  readonly header?: Partial<HfsMasterDirectoryBlock>;
  /** Overflow records: file number, first allocation block counted in the file, runs in blocks of the image. */
  readonly overflow?: readonly {
    fileId: number;
    startBlock: number;
    runs: readonly (readonly [number, number])[];
  }[];
}

const NODE = 512;
const TREE_BLOCKS = 4;
const ROOT_ID = 2;
const FIRST_FILE_ID = 16;
/** A partition starts at this block of the image, behind the map. */
const PARTITION_AT = 4;

/** Blocks that the two B-trees take from `treesAt` on. */
export const HFS_TREE_BLOCKS = 2 * TREE_BLOCKS;

/** Puts an HFS volume over the whole of an image; its last block is for the second header. */
export function layHfs(image: ImageBuilder, spec: HfsSpec): ImageBuilder {
  const base = spec.partitionUnit === undefined ? 0 : PARTITION_AT;
  if (spec.partitionUnit !== undefined) {
    putAppleMap(image, spec.partitionUnit);
  }
  // Allocation block 0 lies one block behind the volume's start: boot blocks, header and bitmap stand in front of it.
  const allocation = (block: number): number => block - base - 1;
  const count = image.blocks - base - 2;
  const extents = (runs: readonly (readonly [number, number])[]): Uint8Array =>
    extentRecord(runs.map(([block, length]) => [allocation(block), length] as const));
  const catalogAt = spec.treesAt + TREE_BLOCKS;
  const header = hfsMasterDirectoryBlock.encode({
    ...hfsMasterDirectoryBlock.decode(new Uint8Array(hfsMasterDirectoryBlock.span)),
    signature: 'BD',
    attributes: 0x0100,
    numberOfRootFiles: spec.files.length,
    volumeBitmapStart: 3,
    numberOfAllocationBlocks: count,
    allocationBlockSize: BLOCK_SIZE,
    clumpSize: BLOCK_SIZE,
    firstAllocationBlock: BLOCK_SIZE / HFS_SECTOR_SIZE,
    nextCatalogNodeId: FIRST_FILE_ID + spec.files.length,
    volumeName: '\x05BUILT',
    extentsClumpSize: BLOCK_SIZE,
    catalogClumpSize: BLOCK_SIZE,
    numberOfFiles: spec.files.length,
    extentsFileSize: TREE_BLOCKS * BLOCK_SIZE,
    extentsFileExtents: extents([[spec.treesAt, TREE_BLOCKS]]),
    catalogFileSize: TREE_BLOCKS * BLOCK_SIZE,
    catalogFileExtents: extents([[catalogAt, TREE_BLOCKS]]),
    ...spec.header,
  });
  image.put(base, header, HFS_VOLUME_HEADER_OFFSET);
  image.put(image.blocks - 1, header);
  if (spec.allMarked === true) {
    image.put(base, new Uint8Array(Math.ceil(count / 8)).fill(0xff), 3 * HFS_SECTOR_SIZE);
  }
  const overflow = (spec.overflow ?? []).map(({ fileId, startBlock, runs }) =>
    joined(Uint8Array.of(7, 0), u32(fileId), u16(startBlock), extents(runs)),
  );
  image.put(spec.treesAt, bTree(overflow, 7));
  image.put(catalogAt, bTree(catalogRecords(spec.files, extents), 37));
  return image;
}

function putAppleMap(image: ImageBuilder, unit: number): void {
  image.put(0, joined(ascii('ER'), u16(unit), u32((image.blocks * BLOCK_SIZE) / unit)));
  const entries = [
    { at: 1, count: 2, name: 'Apple', type: 'Apple_partition_map' },
    {
      at: (PARTITION_AT * BLOCK_SIZE) / unit,
      count: ((image.blocks - PARTITION_AT) * BLOCK_SIZE) / unit,
      name: 'BUILT',
      type: 'Apple_HFS',
    },
  ];
  entries.forEach(({ at, count, name, type }, i) => {
    const entry = applePartition.encode({
      signature: APPLE_PARTITION_SIGNATURE,
      signaturePad: 0,
      mapBlockCount: entries.length,
      firstBlock: at,
      blockCount: count,
      partitionName: name,
      partitionType: type,
    });
    image.put(0, entry, (i + 1) * unit);
  });
}

type Extents = (runs: readonly (readonly [number, number])[]) => Uint8Array;

/** The root folder with its thread, and the files in it, in the order of their keys. */
function catalogRecords(files: readonly HfsFileSpec[], extents: Extents): Uint8Array[] {
  const folder = new Uint8Array(70);
  folder.set(joined(u16(HFS_RECORD.directory), u16(0), u16(files.length), u32(ROOT_ID)));
  const thread = new Uint8Array(46);
  thread.set(joined(u16(0x0300), new Uint8Array(8), u32(1), ascii('\x05BUILT')));
  const sorted = files
    .map((file, i) => ({ ...file, id: FIRST_FILE_ID + i }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    joined(catalogKey(1, 'BUILT'), folder),
    joined(catalogKey(ROOT_ID, ''), thread),
    ...sorted.map((file) => joined(catalogKey(ROOT_ID, file.name), fileRecord(file, extents))),
  ];
}

function fileRecord(file: HfsFileSpec & { id: number }, extents: Extents): Uint8Array {
  const blocks = blocksFor(file.length);
  const { resourceAt } = file;
  return hfsCatalogFile.encode({
    ...hfsCatalogFile.decode(new Uint8Array(hfsCatalogFile.span)),
    recordType: HFS_RECORD.file,
    fileId: file.id,
    dataLogicalSize: file.length,
    dataPhysicalSize: (file.physicalBlocks ?? blocks) * BLOCK_SIZE,
    resourceLogicalSize: resourceAt === undefined ? 0 : 1,
    resourcePhysicalSize: resourceAt === undefined ? 0 : BLOCK_SIZE,
    dataExtents: extents(blocks === 0 ? [] : [[file.at, blocks]]),
    resourceExtents: extents(resourceAt === undefined ? [] : [[resourceAt, 1]]),
  });
}

function catalogKey(parent: number, name: string): Uint8Array {
  const key = joined(Uint8Array.of(6 + name.length, 0), u32(parent), Uint8Array.of(name.length), ascii(name));
  return key.length % 2 === 0 ? key : joined(key, new Uint8Array(1));
}

function extentRecord(runs: readonly (readonly [number, number])[]): Uint8Array {
  const record = new Uint8Array(3 * hfsExtent.span);
  runs.forEach(([startBlock, blockCount], i) =>
    record.set(hfsExtent.encode({ startBlock, blockCount }), i * hfsExtent.span),
  );
  return record;
}

/** A B-tree of the records: header node 0, leaves from node 1 on, and an index over them where there are several. */
function bTree(records: readonly Uint8Array[], maximumKeyLength: number): Uint8Array {
  const leaves: Uint8Array[][] = [];
  let room = 0;
  for (const record of records) {
    if (record.length + 2 > room) {
      leaves.push([]);
      room = NODE - bTreeNodeDescriptor.span - 2;
    }
    leaves.at(-1)?.push(record);
    room -= record.length + 2;
  }
  const hasIndex = leaves.length > 1;
  const numberOfNodes = (TREE_BLOCKS * BLOCK_SIZE) / NODE;
  const header = bTreeHeader.encode({
    ...bTreeHeader.decode(new Uint8Array(bTreeHeader.span)),
    depth: hasIndex ? 2 : leaves.length,
    rootNode: hasIndex ? leaves.length + 1 : leaves.length,
    numberOfLeafRecords: records.length,
    firstLeafNode: leaves.length === 0 ? 0 : 1,
    lastLeafNode: leaves.length,
    nodeSize: NODE,
    maximumKeyLength,
    numberOfNodes,
    numberOfFreeNodes: numberOfNodes - 1 - leaves.length - (hasIndex ? 1 : 0),
  });
  const used = new Uint8Array(256);
  for (let node = 0; node <= leaves.length + (hasIndex ? 1 : 0); node += 1) {
    used[node >> 3] = (used[node >> 3] ?? 0) | (0x80 >> (node & 7));
  }
  const nodes = [
    bTreeNode(B_TREE_NODE.header, 0, 0, 0, [header, new Uint8Array(128), used]),
    ...leaves.map((leaf, i) => bTreeNode(B_TREE_NODE.leaf, 1, i + 1 < leaves.length ? i + 2 : 0, i, leaf)),
  ];
  if (hasIndex) {
    const pointers = leaves.map((leaf, i) => joined(indexKey(leaf[0], maximumKeyLength), u32(i + 1)));
    nodes.push(bTreeNode(B_TREE_NODE.index, 2, 0, 0, pointers));
  }
  return joined(...nodes);
}

/** In an index node a key is as long as it can be (Inside Macintosh: Files, 2-66). */
function indexKey(record: Uint8Array | undefined, maximumKeyLength: number): Uint8Array {
  const key = new Uint8Array(maximumKeyLength + 1);
  const length = record?.[0] ?? 0;
  key.set(record?.subarray(0, length + 1) ?? []);
  key[0] = maximumKeyLength;
  return key;
}

function bTreeNode(
  kind: number,
  height: number,
  nextNode: number,
  previousNode: number,
  records: readonly Uint8Array[],
): Uint8Array {
  const node = new Uint8Array(NODE);
  const numberOfRecords = records.length;
  node.set(
    bTreeNodeDescriptor.encode({ nextNode, previousNode, kind, height, numberOfRecords, reserved12: 0 }),
  );
  let at = bTreeNodeDescriptor.span;
  records.forEach((record, i) => {
    node.set(record, at);
    node.set(u16(at), NODE - 2 * (i + 1));
    at += record.length;
  });
  node.set(u16(at), NODE - 2 * (numberOfRecords + 1));
  return node;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Where the HFS trees of `hfsHybrid` lie. */
export const HYBRID_TREES_AT = 40;

/** The plain image with an HFS volume over it that has the same two files, and a resource fork behind one of them. */
export function hfsHybrid(changes: Partial<HfsSpec> = {}, blocks = 80): ImageBuilder {
  const plain = plainImage();
  const image = new ImageBuilder(blocks).put(0, plain.bytes).primary();
  return layHfs(image, {
    treesAt: HYBRID_TREES_AT,
    files: [
      { name: 'file.txt', at: 21, length: 5, resourceAt: 25 },
      { name: 'deep.bin', at: 23, length: 3000 },
    ],
    ...changes,
  });
}
