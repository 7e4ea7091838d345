import { IsoError } from '../errors.js';
import { formatDate } from '../layout/date-time.js';
import { readImage } from '../read/image.js';
import { readListedTrees } from '../read/listed-trees.js';
import { LIMITS } from '../read/limits.js';
import { childrenIn, isDirectoryIn, nameIn, namesIn, type TreeView } from '../read/lookup.js';
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

/** Lists a directory of an image, or a single file. Errors: `ISO_TREE_NOT_FOUND`, `ISO_TREE_LIMIT`, `ISO_INTERRUPTED`; those of opening and reading. */
export async function list(options: ListOptions): Promise<ListReport> {
  return looking(options, ({ view, node, path, warnings }) => {
    const entries = [...bounded(walk(view, node, path, options.recursive === true), (entry) => entry.path)];
    return {
      schema: 'isoboot.ls/1',
      input: inputName(options.input),
      names: namesOf(view),
      entries,
      warnings,
    };
  });
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
  return looking(options, ({ view, node, path, warnings }) => {
    return {
      paths: bounded(walkPaths(view, node, path, options.recursive === true), (each) => each),
      warnings,
    };
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

/** All of a listing: deep directories of many files would be more text than there is memory for. */
function* bounded<T>(entries: Iterable<T>, pathOfEntry: (entry: T) => string): Generator<T> {
  let characters = 0;
  for (const entry of entries) {
    characters += pathOfEntry(entry).length;
    if (characters > LIMITS.listedCharacters) {
      throw new IsoError('ISO_TREE_LIMIT', 'the paths of so many files are too long to be listed', {
        found: characters,
        wanted: LIMITS.listedCharacters,
      });
    }
    yield entry;
  }
}

/** The paths that `walk` comes by. */
function* walkPaths(view: TreeView, node: TreeNode, path: string, recursive: boolean): Generator<string> {
  if (!isDirectoryIn(view, node)) {
    yield path;
    return;
  }
  const entered = new Set<number>([homeOf(node)]);
  const open = [{ base: path === '/' ? '' : path, names: inOrder(namesIn(view, node)), next: 0 }];
  for (let here = open.at(-1); here !== undefined; here = open.at(-1)) {
    const each = here.names[here.next++];
    if (each === undefined) {
      open.pop();
      continue;
    }
    const { name, directory } = each;
    const listed = `${here.base}/${name}`;
    yield directory === undefined ? listed : `${listed}/`;
    if (recursive && directory !== undefined && !entered.has(homeOf(directory))) {
      entered.add(homeOf(directory));
      open.push({ base: listed, names: inOrder(namesIn(view, directory)), next: 0 });
    }
  }
}

function* walk(view: TreeView, node: TreeNode, path: string, recursive: boolean): Generator<ListedReport> {
  if (!isDirectoryIn(view, node)) {
    yield describe(view, node, path);
    return;
  }
  // A stack of our own, and each directory entered once: Rock Ridge's links may lead round in a circle.
  const entered = new Set<number>([homeOf(node)]);
  const pending = sorted(view, node, path).reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield describe(view, next.node, next.path);
    if (recursive && isDirectoryIn(view, next.node) && !entered.has(homeOf(next.node))) {
      entered.add(homeOf(next.node));
      // One by one: the arguments of a call would not hold a large directory.
      sorted(view, next.node, next.path)
        .reverse()
        .forEach((each) => pending.push(each));
    }
  }
}

function sorted(view: TreeView, directory: TreeNode, path: string): { node: TreeNode; path: string }[] {
  const base = path === '/' ? '' : path;
  // By their names alone: to compare paths would be to write out each of them many times.
  return inOrder(childrenIn(view, directory).map((node) => ({ node, name: nameIn(view, node) }))).map(
    ({ node, name }) => ({ node, path: `${base}/${name}` }),
  );
}

function inOrder<T extends { readonly name: string }>(named: T[]): T[] {
  return named.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

function describe(view: TreeView, node: TreeNode, path: string): ListedReport {
  const isDirectory = isDirectoryIn(view, node);
  const isLink = view.names === 'rock-ridge' && node.oddities.symbolicLink;
  return {
    path,
    type: isDirectory ? 'directory' : isLink ? 'symlink' : 'file',
    size: isDirectory ? 0 : node.size,
    lba: isDirectory ? homeOf(node) : (node.extents[0]?.lba ?? 0),
    modified: node.recordedAt === undefined ? null : formatDate(node.recordedAt),
  };
}
