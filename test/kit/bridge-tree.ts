/** The files of a built bridge disc, by folder, and how ISO 9660 records them. */
import { FILE_FLAG } from '../../src/layout/directory-record.js';
import {
  pathTableRecordLength,
  typeLPathTableRecord,
  typeMPathTableRecord,
} from '../../src/layout/path-table-record.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { ascii } from './golden.js';
import { joined, record } from './image-builder.js';

/** A file of a built disc. */
export interface BridgeFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether only UDF knows of it. */
  readonly udfOnly: boolean;
  /** First block of its bytes. */
  at: number;
  /** Logical block number of its file entry in the partition. */
  entry: number;
}

/** A folder of a built disc. */
export interface BridgeFolder {
  readonly name: string;
  readonly parent: BridgeFolder | undefined;
  readonly folders: BridgeFolder[];
  readonly files: BridgeFile[];
  /** First block and length in bytes of its ISO 9660 directory; none where only UDF knows of it. */
  iso: { at: number; length: number } | undefined;
  /** Logical block numbers of its file entry and of its data in the partition. */
  entry: number;
  data: number;
}

/** Files by their path. */
export type FilesByPath = Readonly<Record<string, Uint8Array>>;

function newFolder(name: string, parent: BridgeFolder | undefined): BridgeFolder {
  return { name, parent, folders: [], files: [], iso: undefined, entry: 0, data: 0 };
}

/** The root of a tree of files; folders are made as the paths need them. */
export function bridgeTree(shared: FilesByPath, udfOnly: FilesByPath): BridgeFolder {
  const root = newFolder('', undefined);
  root.iso = { at: 0, length: 0 };
  const add = (path: string, bytes: Uint8Array, isUdfOnly: boolean): void => {
    const names = path.split('/').filter((name) => name !== '');
    let folder = root;
    for (const name of names.slice(0, -1)) {
      const next = folder.folders.find((each) => each.name === name) ?? newFolder(name, folder);
      if (!folder.folders.includes(next)) {
        folder.folders.push(next);
      }
      if (!isUdfOnly) {
        next.iso ??= { at: 0, length: 0 };
      }
      folder = next;
    }
    folder.files.push({ name: names.at(-1) ?? '', bytes, udfOnly: isUdfOnly, at: 0, entry: 0 });
  };
  Object.entries(shared).forEach(([path, bytes]) => add(path, bytes, false));
  Object.entries(udfOnly).forEach(([path, bytes]) => add(path, bytes, true));
  return root;
}

/** Every folder, level by level, each level in the order of its parents and names, as path tables want them. */
export function foldersOf(root: BridgeFolder): BridgeFolder[] {
  const all = [root];
  // The list grows while it is walked.
  for (const folder of all) {
    all.push(...folder.folders.sort((a, b) => (a.name.toUpperCase() < b.name.toUpperCase() ? -1 : 1)));
  }
  return all;
}

/** What ISO 9660 records in a folder besides `.` and `..`, in its order. */
function isoRecords(folder: BridgeFolder): Uint8Array[] {
  const folders = folder.folders.flatMap(({ name, iso }) =>
    iso === undefined ? [] : [{ name: name.toUpperCase(), ...iso, flags: FILE_FLAG.directory }],
  );
  const files = folder.files
    .filter(({ udfOnly }) => !udfOnly)
    .map(({ name, at, bytes }) => ({
      name: `${name.toUpperCase()};1`,
      at,
      length: bytes.length,
      flags: 0,
    }));
  return [...folders, ...files].sort((a, b) => (a.name < b.name ? -1 : 1)).map((each) => record(each));
}

/** A folder's ISO 9660 directory, whole blocks; its places have to be known to be true. */
export function isoDirectory(folder: BridgeFolder): Uint8Array {
  const own = folder.iso ?? { at: 0, length: 0 };
  const above = folder.parent?.iso ?? own;
  const records = [
    record({ name: '\0', ...own, directory: true }),
    record({ name: '\x01', ...above, directory: true }),
    ...isoRecords(folder),
  ];
  const parts: Uint8Array[] = [];
  let at = 0;
  const pad = (): void => {
    const rest = (BLOCK_SIZE - (at % BLOCK_SIZE)) % BLOCK_SIZE;
    parts.push(new Uint8Array(rest));
    at += rest;
  };
  for (const bytes of records) {
    if ((at % BLOCK_SIZE) + bytes.length > BLOCK_SIZE) {
      pad();
    }
    parts.push(bytes);
    at += bytes.length;
  }
  pad();
  return joined(...parts);
}

/** The path table of the folders that ISO 9660 knows, of type L or M. */
export function pathTable(root: BridgeFolder, type: 'L' | 'M'): Uint8Array {
  const table = type === 'L' ? typeLPathTableRecord : typeMPathTableRecord;
  const folders = foldersOf(root).filter(({ iso }) => iso !== undefined);
  return joined(
    ...folders.map((folder) => {
      const name = folder.parent === undefined ? Uint8Array.of(0) : ascii(folder.name.toUpperCase());
      const bytes = new Uint8Array(pathTableRecordLength(name.length));
      bytes.set(
        table.encode({
          lengthOfDirectoryIdentifier: name.length,
          extendedAttributeRecordLength: 0,
          locationOfExtent: folder.iso?.at ?? 0,
          parentDirectoryNumber: Math.max(1, folders.indexOf(folder.parent ?? folder) + 1),
        }),
      );
      bytes.set(name, table.span);
      return bytes;
    }),
  );
}
