import { IsoError } from '../errors.js';
import { directoryRecord } from '../layout/directory-record.js';
import { both32, bothByteOrders, halvesAgree, u32be, u32le, type BothByteOrders } from '../layout/field.js';
import { volumeDescriptor } from '../layout/volume-descriptor.js';
import type { Claim } from '../read/allocation-map.js';
import type { TreeDescriptor } from '../read/descriptor-set.js';
import type { Image } from '../read/image.js';
import {
  LOCATION_IN_PATH_TABLE_RECORD,
  PATH_TABLE_FIELDS,
  PATH_TABLE_MAXIMUM,
  scanPathTable,
  type PathTableType,
} from '../layout/path-table.js';
import type { Tree } from '../read/tree.js';
import type { TreeNode } from '../read/tree-node.js';
import { offsetOfLba } from '../units.js';
import { isIn, type BlockRun, type ClaimedRun } from './move.js';
import type { Range, View } from './view.js';

/** A number that says where something lies, and may point into a run that moves. */
export interface Pointer {
  /** Byte offset in the image. */
  readonly offset: number;
  readonly order: 'both' | PathTableType;
  readonly what: string;
}

/** A pointer as it is to be written. */
export interface PointerChange {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly why: string;
}

const BOTH = both32();
const SINGLE = { L: u32le(), M: u32be() } as const;
const LOCATION = directoryRecord.offsetOf('locationOfExtent');

/**
 * Every number in the image that may point into a run: in volume descriptors, path tables, directory records of every
 * tree, and Rock Ridge's links to moved directories and continuation areas.
 */
export function pointersInto(image: Image, view: View, run: ClaimedRun): Pointer[] {
  const pointers = [
    ...descriptorsOf(image).flatMap(pointersOfDescriptor),
    ...pointersOfPathTables(image, view, run),
    ...run.claims.flatMap(pointersToClaim),
    ...image.trees.flatMap((tree) => pointersOfLinks(tree, run)),
    ...pointersToContinuations(image, run),
  ];
  // Trees that descriptors share, and files with several claims, name a record more than once.
  return [...new Map(pointers.map((pointer) => [pointer.offset, pointer])).values()];
}

/** Where the number stands. */
export function rangeOfPointer({ offset, order }: Pointer): Range {
  return { offset, length: (order === 'both' ? BOTH : SINGLE[order]).span };
}

/**
 * The numbers that do point into a run, with the values that they have when it starts at `to`.
 *
 * Errors: `ISO_VOLUME_BYTE_ORDER` when one of them contradicts itself.
 */
export function changesOfPointers(
  view: View,
  pointers: readonly Pointer[],
  run: BlockRun,
  to: number,
): PointerChange[] {
  const contents = view.readAll(pointers.map(rangeOfPointer));
  return pointers.flatMap((pointer, i) => {
    const old = contents[i] ?? new Uint8Array(0);
    const block = blockIn(pointer, old);
    return isIn(run, block) ? [changeOf(pointer, old, to + (block - run.start))] : [];
  });
}

/** The block that a pointer names; where its halves differ, the little-endian one rules. */
function blockIn({ order }: Pointer, bytes: Uint8Array): number {
  return order === 'both' ? BOTH.decode(bytes).littleEndian : SINGLE[order].decode(bytes);
}

function changeOf({ offset, order, what }: Pointer, old: Uint8Array, block: number): PointerChange {
  const bytes = new Uint8Array(old.length);
  if (order === 'both') {
    requireAgreement(BOTH.decode(old), offset, what);
    BOTH.encode(bothByteOrders(block), bytes);
  } else {
    SINGLE[order].encode(block, bytes);
  }
  return { offset, bytes, why: `${what}: now block ${block}` };
}

function requireAgreement(value: BothByteOrders, offset: number, what: string): void {
  if (!halvesAgree(value)) {
    throw new IsoError('ISO_VOLUME_BYTE_ORDER', `the two halves differ: ${what}`, {
      offset,
      found: value.bigEndian,
      wanted: value.littleEndian,
    });
  }
}

function pointersOfDescriptor({ lba, kind }: TreeDescriptor): Pointer[] {
  const start = offsetOfLba(lba);
  const root = start + volumeDescriptor.offsetOf('directoryRecordForRoot') + LOCATION;
  return [
    ...PATH_TABLE_FIELDS.map(([field, order]) => ({
      offset: start + volumeDescriptor.offsetOf(field),
      order,
      what: `place of the type ${order} path table in the ${kind} descriptor`,
    })),
    { offset: root, order: 'both', what: `place of the root directory in the ${kind} descriptor` },
  ];
}

/** The records of every path table that name a directory in the run; the tables are read only if there is one. */
function pointersOfPathTables(image: Image, view: View, run: ClaimedRun): Pointer[] {
  if (!run.claims.some(({ kind }) => kind === 'directory')) {
    return [];
  }
  const tables = pathTablesOf(image);
  const contents = view.readAll(tables);
  return tables.flatMap(({ offset, order, kind }, i) =>
    [...scanPathTable(contents[i] ?? new Uint8Array(0), order)]
      .filter(({ locationOfExtent }) => locationOfExtent >= run.start && locationOfExtent < run.end)
      .map(({ at, directoryNumber }) => ({
        offset: offset + at + LOCATION_IN_PATH_TABLE_RECORD.offset,
        order,
        what: `directory ${directoryNumber} in the type ${order} path table of the ${kind} descriptor`,
      })),
  );
}

/** A path table as a descriptor names it. */
export interface PathTable {
  /** Byte offset in the image, and length in bytes. */
  readonly offset: number;
  readonly length: number;
  readonly order: PathTableType;
  readonly kind: TreeDescriptor['kind'];
}

/** The descriptors that name trees, and the copies of them that a second descriptor set holds. */
function descriptorsOf({ descriptorSet, sessions }: Image): readonly TreeDescriptor[] {
  return [...descriptorSet.trees, ...sessions.flatMap(({ trees }) => trees)];
}

/** Every path table that a descriptor names, the optional ones among them. */
export function namedPathTables(image: Image): PathTable[] {
  return descriptorsOf(image).flatMap(({ fields, kind }) =>
    PATH_TABLE_FIELDS.filter(([field]) => fields[field] !== 0).map(([field, order]) => ({
      offset: fields[field] * image.logicalBlockSize,
      length: fields.pathTableSize.littleEndian,
      order,
      kind,
    })),
  );
}

/** Whether a path table lies inside the image, and is not too long to be read. */
export function isReadable({ offset, length }: PathTable, { size }: Image): boolean {
  return length <= PATH_TABLE_MAXIMUM && offset + length <= size;
}

/** Those that can be read, each once; where descriptors that share one tell different lengths, the longest counts. */
function pathTablesOf(image: Image): PathTable[] {
  const tables = namedPathTables(image)
    .filter((table) => table.length > 0 && isReadable(table, image))
    .sort((a, b) => a.length - b.length);
  return [...new Map(tables.map((table) => [`${table.offset} ${table.order}`, table])).values()];
}

function pointersToClaim({ kind, node }: Claim): Pointer[] {
  if (node === undefined) {
    return [];
  }
  return kind === 'directory' ? pointersToDirectory(node) : recordsOf(node);
}

/** The records in which a file's extents, or a directory's, are named; the root's is in its descriptor. */
function recordsOf(node: TreeNode): Pointer[] {
  if (node.parent === undefined) {
    return [];
  }
  return node.extents.map(({ recordOffset }) => ({
    offset: (recordOffset ?? node.recordOffset) + LOCATION,
    order: 'both',
    what: `place of ${node.path}`,
  }));
}

function pointersToDirectory(directory: TreeNode): Pointer[] {
  const subdirectories = (directory.children ?? []).filter(({ isDirectory }) => isDirectory);
  const ownParent = directory.parent === undefined ? [directory.pointers?.parent] : [];
  const records = [
    ...[directory.pointers?.self].map((offset) => ({
      offset,
      what: `${directory.path}: its record of itself`,
    })),
    ...ownParent.map((offset) => ({ offset, what: `${directory.path}: its record of its parent` })),
    ...subdirectories.map(({ pointers, path }) => ({
      offset: pointers?.parent,
      what: `${path}: its record of its parent`,
    })),
  ];
  const inDirectories = records.flatMap(({ offset, what }): Pointer[] =>
    offset === undefined ? [] : [{ offset: offset + LOCATION, order: 'both', what }],
  );
  return [...recordsOf(directory), ...inDirectories];
}

/** Rock Ridge's links between where a deep directory was moved to and where it came from (RRIP 4.1.5). */
function pointersOfLinks(tree: Tree, run: BlockRun): Pointer[] {
  if (!tree.hasRockRidge) {
    return [];
  }
  const links: Pointer[] = [];
  for (const directory of tree.directories) {
    const parentLink = directory.pointers?.parentLink;
    if (parentLink !== undefined) {
      links.push({ offset: parentLink, order: 'both', what: `${directory.path}: link to its parent` });
    }
    for (const node of directory.children ?? []) {
      const { childLink = -1, childLinkOffset } = node.oddities;
      if (childLinkOffset !== undefined && childLink >= run.start && childLink < run.end) {
        links.push({ offset: childLinkOffset, order: 'both', what: `${node.path}: link to its directory` });
      }
    }
  }
  return links;
}

/** Where records say that they go on in a continuation area of the run. */
function pointersToContinuations({ trees }: Image, run: ClaimedRun): Pointer[] {
  if (!run.claims.some(({ kind }) => kind === 'continuation area')) {
    return [];
  }
  return trees.flatMap(({ directories }) =>
    directories.flatMap((directory) =>
      (directory.pointers?.continuations ?? [])
        .filter(({ block }) => block >= run.start && block < run.end)
        .map(({ offset }): Pointer => ({
          offset,
          order: 'both',
          what: `${directory.path}: continuation area of a record`,
        })),
    ),
  );
}
