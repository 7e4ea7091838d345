import { IsoError } from '../errors.js';
import { formatDate } from '../layout/date-time.js';
import { readImage } from '../read/image.js';
import { readListedTrees } from '../read/listed-trees.js';
import { LIMITS } from '../read/limits.js';
import {
  factsOf,
  isDirectoryIn,
  listingIn,
  type DirectoryListing,
  type ListedName,
  type TreeView,
} from '../read/lookup.js';
import type { TreeNode } from '../read/tree-node.js';
import { stoppable } from '../source/stoppable-source.js';
import { inputName, openInput, type ImageInput, type InputWatch } from './input.js';
import { readingEdited } from './undo.js';
import { homeOf, namesOf, nodeAt, pathOf, viewBy, type Names } from './view.js';

export type { Names } from './view.js';

/** What to list. */
export interface ListOptions extends InputWatch {
  /** The image. */
  readonly input: ImageInput;
  /** A path in the image; its root without one. */
  readonly path?: string | undefined;
  /** Whether what is in directories is listed as well. */
  readonly recursive?: boolean | undefined;
  /** The best names that the image has, without it. */
  readonly names?: Names | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** One file or directory. */
export interface ListedReport {
  /** From the root of the image. */
  readonly path: string;
  /** What it is. */
  readonly type: 'file' | 'directory' | 'symlink';
  /** Bytes. */
  readonly size: number;
  /** Its first block; 0 for a file that has none. */
  readonly lba: number;
  /** ISO 8601; nothing where it is unset. */
  readonly modified: string | null;
}

/** The outcome of `ls`; documented in docs/json.md. */
export interface ListReport {
  readonly schema: 'isoboot.ls/1';
  /** The image, as it was named. */
  readonly input: string;
  /** By which names it was listed. */
  readonly names: Names;
  /** Sorted by path within a directory, each directory in front of what it holds. */
  readonly entries: readonly ListedReport[];
  /** That the image may be half-written, for people. */
  readonly warnings: readonly string[];
}

/** What a report says, its entries made one by one. */
export interface EntryListing extends Omit<ListReport, 'schema' | 'entries'> {
  /** That of the report, which describes it alone. */
  readonly schema: string;
  /** As those of a report, as often as they are asked for. Raises `ISO_TREE_LIMIT`. */
  readonly entries: Iterable<ListedReport>;
}

const SCHEMA = 'isoboot.ls/1';

/** Lists a directory of an image, or a single file. Errors: `ISO_TREE_NOT_FOUND`, `ISO_TREE_LIMIT`, `ISO_INTERRUPTED`; those of opening and reading. */
export async function list(options: ListOptions): Promise<ListReport> {
  return looking(options, (beginning) => {
    const listing = entriesFrom(beginning, options);
    return { ...listing, schema: SCHEMA, entries: [...listing.entries] };
  });
}

/** Lists as `list` does, but makes each entry when it is asked for. Errors: those of `list`. */
export async function listEntries(options: ListOptions): Promise<EntryListing> {
  return looking(options, (beginning) => entriesFrom(beginning, options));
}

function entriesFrom(beginning: Beginning, { input, recursive = false }: ListOptions): EntryListing {
  const { view, warnings } = beginning;
  const tell: Telling<ListedReport> = (path, listed, listing) => describe(view, path, listed, listing);
  return {
    schema: SCHEMA,
    input: inputName(input),
    names: namesOf(view),
    entries: {
      [Symbol.iterator]: () => walk(beginning, recursive, tell),
    },
    warnings,
  };
}

/** Names alone, as many as an image has. */
export interface PathListing {
  /** As those of a report, each of a directory with a slash at its end; once. Raises `ISO_TREE_LIMIT`. */
  readonly paths: Iterable<string>;
  /** As those of a report. */
  readonly warnings: readonly string[];
}

/** Lists as `list` does, but no more than paths, in half of the time and one by one. Errors: those of `list`. */
export async function listPaths(options: ListOptions): Promise<PathListing> {
  const tell: Telling<string> = (path, { directory }) => (directory === undefined ? path : `${path}/`);
  return looking(options, (beginning) => {
    return { paths: walk(beginning, options.recursive === true, tell), warnings: beginning.warnings };
  });
}

/** What a listing starts from. */
interface Beginning {
  readonly view: TreeView;
  readonly node: TreeNode;
  readonly path: string;
  readonly warnings: readonly string[];
}

async function looking<T>(options: ListOptions, work: (beginning: Beginning) => T): Promise<T> {
  const source = await openInput(options.input, options);
  try {
    return await readingEdited(source.path, async (warnings) => {
      const { names, signal } = options;
      const trees = await readListedTrees(stoppable(source, signal), names);
      const view = viewBy(trees ?? (await readImage(source, { signal })), names);
      const node = nodeAt(view, options.path ?? '/');
      return work({ view, node, path: pathOf(view, node), warnings });
    });
  } finally {
    await source.close();
  }
}

/** Makes what is told of a name at a path, and of what else the listing says of it. */
type Telling<T> = (path: string, listed: ListedName, listing: DirectoryListing) => T;

function* walk<T>({ view, node, path }: Beginning, recursive: boolean, tell: Telling<T>): Generator<T> {
  if (!isDirectoryIn(view, node)) {
    yield tell(
      path,
      { name: '', directory: undefined, place: 0 },
      { names: [], fileOf: () => factsOf(node) },
    );
    return;
  }
  // A stack of our own, and each directory entered once: Rock Ridge's links may lead round in a circle.
  const entered = new Set<number>([homeOf(node)]);
  const open = [levelOf(view, node, path === '/' ? '' : path)];
  let characters = 0;
  for (let here = open.at(-1); here !== undefined; here = open.at(-1)) {
    const listed = here.listing.names[here.next++];
    if (listed === undefined) {
      open.pop();
      continue;
    }
    const { name, directory } = listed;
    const at = `${here.base}/${name}`;
    characters += at.length;
    refuseTooMany(characters);
    yield tell(at, listed, here.listing);
    if (recursive && directory !== undefined && !entered.has(homeOf(directory))) {
      entered.add(homeOf(directory));
      open.push(levelOf(view, directory, at));
    }
  }
}

/** Deep directories of many files would be more text than there is memory for. */
function refuseTooMany(characters: number): void {
  if (characters > LIMITS.listedCharacters) {
    throw new IsoError('ISO_TREE_LIMIT', 'the paths of so many files are too long to be listed', {
      found: characters,
      wanted: LIMITS.listedCharacters,
    });
  }
}

/** A directory that is being walked. */
interface Level {
  readonly base: string;
  readonly listing: DirectoryListing;
  next: number;
}

function levelOf(view: TreeView, directory: TreeNode, base: string): Level {
  const listing = listingIn(view, directory);
  listing.names.sort(byName);
  return { base, listing, next: 0 };
}

function byName(a: ListedName, b: ListedName): number {
  return a.name === b.name ? a.place - b.place : a.name < b.name ? -1 : 1;
}

function describe(
  view: TreeView,
  path: string,
  listed: ListedName,
  { fileOf }: DirectoryListing,
): ListedReport {
  const { directory } = listed;
  if (directory !== undefined) {
    const modified = dateText(directory.recordedAt);
    return { path, type: 'directory', size: 0, lba: homeOf(directory), modified };
  }
  const { size, start, recordedAt, isLink } = fileOf(listed);
  const type = view.names === 'rock-ridge' && isLink ? 'symlink' : 'file';
  return { path, type, size, lba: start, modified: dateText(recordedAt) };
}

function dateText(recordedAt: number | undefined): string | null {
  return recordedAt === undefined ? null : formatDate(recordedAt);
}
