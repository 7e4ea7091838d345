import { directoryRecord } from '../layout/directory-record.js';
import { both32, latin1 } from '../layout/field.js';
import type { TreeDescriptor } from '../read/descriptor-set.js';
import { decodeFileIdentifier } from '../read/file-identifier.js';
import { LIMITS } from '../read/limits.js';
import type { Image } from '../read/image.js';
import { PATH_TABLE_FIELDS, scanPathTable, type PathTableType } from '../layout/path-table.js';
import type { Tree } from '../read/tree.js';
import type { TreeNode } from '../read/tree-node.js';
import type { Source } from '../source/source.js';

const LOCATION = directoryRecord.rangeOf('locationOfExtent');

/** Two structures of an image that should say the same, and do not. */
export interface Disagreement {
  /** Byte offset in the image of the one that is wrong. */
  readonly offset: number;
  readonly what: string;
  readonly found: number;
  readonly wanted: number;
}

/**
 * Holds path tables and the records `.` and `..` of every directory against the trees: the same directories, by
 * name, place and parent (ECMA-119 6.8.2.2, 6.9). Reads the tables and those records anew.
 *
 * Errors: what the source raises.
 */
export async function findDisagreements(source: Source, image: Image): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  for (const [i, descriptor] of image.descriptorSet.trees.entries()) {
    const tree = image.trees[i];
    if (tree !== undefined) {
      // One by one: the arguments of a call would not hold them all.
      const inTables = await checkTables(source, image, tree, descriptor);
      [inTables, await checkRecords(source, tree)].flat().forEach((each) => found.push(each));
    }
  }
  return found;
}

async function checkTables(
  source: Source,
  { logicalBlockSize }: Image,
  tree: Tree,
  { fields }: TreeDescriptor,
): Promise<Disagreement[]> {
  const length = fields.pathTableSize.littleEndian;
  const tables = PATH_TABLE_FIELDS.filter(([field]) => fields[field] !== 0);
  const found = tables.map(async ([field, type]): Promise<Disagreement[]> => {
    const offset = fields[field] * logicalBlockSize;
    if (offset + length > source.size || length > LIMITS.pathTableBytes) {
      const what = `end of the type ${type} path table`;
      return [{ offset, what, found: source.size, wanted: offset + length }];
    }
    return checkTable(await source.read(offset, length), offset, type, tree);
  });
  return (await Promise.all(found)).flat();
}

function checkTable(bytes: Uint8Array, offset: number, type: PathTableType, tree: Tree): Disagreement[] {
  const records = [...scanPathTable(bytes, type)];
  const found: Disagreement[] = [];
  const add = (at: number, what: string, was: number, wanted: number): void => {
    if (was !== wanted) {
      found.push({ offset: offset + at, what: `type ${type} path table: ${what}`, found: was, wanted });
    }
  };
  add(0, 'number of directories', records.length, tree.directories.length);
  const byStart = new Map(tree.directories.map((directory) => [directory.locationOfExtent, directory]));
  for (const { at, locationOfExtent, parentDirectoryNumber, identifierStart, identifierEnd } of records) {
    const directory = byStart.get(locationOfExtent);
    const parent = records[parentDirectoryNumber - 1]?.locationOfExtent ?? -1;
    const wantedParent = directory === undefined ? -1 : (directory.parent ?? directory).locationOfExtent;
    add(
      at,
      directory === undefined ? 'no directory lies at a block' : `parent of ${directory.path}`,
      parent,
      wantedParent,
    );
    const name = nameAt(bytes, identifierStart, identifierEnd, tree);
    add(at, 'name of a directory', Number(name === directory?.name), 1);
  }
  return found;
}

function nameAt(bytes: Uint8Array, start: number, end: number, { coding }: Tree): string {
  const isRoot = latin1(bytes.subarray(start, end)) === '\0';
  return isRoot ? '' : decodeFileIdentifier(bytes, start, end - start, coding);
}

async function checkRecords(source: Source, tree: Tree): Promise<Disagreement[]> {
  const found = tree.directories.map((directory) => checkPointers(source, directory));
  return (await Promise.all(found)).flat();
}

/** A directory's first two records stand side by side, and take one read. */
async function checkPointers(source: Source, directory: TreeNode): Promise<Disagreement[]> {
  const { pointers, parent = directory } = directory;
  const records = [
    { offset: pointers?.self, what: 'record of itself', wanted: directory.locationOfExtent },
    { offset: pointers?.parent, what: 'record of its parent', wanted: parent.locationOfExtent },
  ].flatMap(({ offset, ...rest }) => (offset === undefined ? [] : [{ offset, ...rest }]));
  const offsets = records.map(({ offset }) => offset);
  if (offsets.length === 0) {
    return [];
  }
  const start = Math.min(...offsets) + LOCATION.offset;
  const bytes = await source.read(start, Math.max(...offsets) + LOCATION.offset + LOCATION.length - start);
  return records
    .map((record) => ({ ...record, found: placeAt(bytes, record.offset + LOCATION.offset - start) }))
    .filter(({ found, wanted }) => found !== wanted);
}

function placeAt(bytes: Uint8Array, at: number): number {
  return both32().decode(bytes, at).littleEndian;
}
