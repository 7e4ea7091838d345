import { IsoError } from '../errors.js';
import type { Tree } from './tree.js';
import type { FileFacts, TreeNode } from './tree-node.js';
import type { UdfTree } from './udf-tree.js';
import type { UdfVolume } from './udf-overlay.js';

/** By which names an image is looked at: those of one of its trees, or Rock Ridge's. */
export type Names = 'rock-ridge' | 'joliet' | 'iso' | 'udf';

/** Under which names a tree is walked: as it records them, or by Rock Ridge's. */
export type NameSpace = 'iso' | 'rock-ridge';

/** The trees of an image: those of its volume descriptors, and UDF's. */
export interface Trees {
  /** The trees of ISO 9660 and Joliet. */
  readonly trees: readonly Tree[];
  /** The UDF volume; nothing on other discs. */
  readonly udf?: Pick<UdfVolume, 'tree'> | undefined;
}

/** A tree together with the names by which it is walked. */
export interface TreeView {
  /** The tree. */
  readonly tree: Pick<Tree | UdfTree, 'kind' | 'root' | 'directories'>;
  /** The names by which it is looked at. */
  readonly names: NameSpace;
}

/**
 * The views of an image, the best names first: Rock Ridge, Joliet (or another second tree), plain ISO 9660. UDF's names
 * come last, since its files cannot be moved: what another tree names as well is found there.
 */
export function viewsOf({ trees, udf }: Trees): TreeView[] {
  const [primary, ...others] = trees;
  const views: TreeView[] = others
    .sort((a, b) => Number(b.kind === 'joliet') - Number(a.kind === 'joliet'))
    .map((tree) => ({ tree, names: 'iso' }));
  if (primary !== undefined) {
    views.push({ tree: primary, names: 'iso' });
    if (primary.hasRockRidge) {
      views.unshift({ tree: primary, names: 'rock-ridge' });
    }
  }
  if (udf?.tree !== undefined) {
    views.push({ tree: udf.tree, names: 'iso' });
  }
  return views;
}

/** The name of a node in a view. */
export function nameIn(view: TreeView, node: TreeNode): string {
  return view.names === 'rock-ridge' ? node.bestName : node.name;
}

/** What a directory holds in a view; Rock Ridge puts moved directories back where they came from (RRIP 4.1.5). */
export function childrenIn(view: TreeView, directory: TreeNode): TreeNode[] {
  return (homeIn(view, directory)?.children ?? []).filter((child) => isShownIn(view, child));
}

/** The same one by one, for a walk after which no file of it is needed (`eachChild`). */
export function* eachChildIn(view: TreeView, directory: TreeNode): Generator<TreeNode> {
  for (const child of homeIn(view, directory)?.eachChild ?? []) {
    if (isShownIn(view, child)) {
      yield child;
    }
  }
}

function isShownIn(view: TreeView, { oddities }: TreeNode): boolean {
  return view.names === 'iso' || !oddities.relocated;
}

/** A name in a directory. */
export interface ListedName {
  /** The name. */
  readonly name: string;
  /** What it leads into; nothing for a file. */
  readonly directory: TreeNode | undefined;
  /** Comes behind those of the records before it. */
  readonly place: number;
}

/** What a directory holds, without nodes for all of it. */
export interface DirectoryListing {
  /** The names, in any order. */
  readonly names: ListedName[];
  /** What else is told of a file among them. */
  readonly fileOf: (listed: ListedName) => FileFacts;
}

/** The names of what a directory holds in a view, which takes less than to make nodes of all of it. */
export function listingIn(view: TreeView, directory: TreeNode): DirectoryListing {
  const contents = homeIn(view, directory)?.contents;
  if (contents === undefined) {
    const children = childrenIn(view, directory);
    const names = children.map((child, place) => {
      return { name: nameIn(view, child), directory: isDirectoryIn(view, child) ? child : undefined, place };
    });
    return { names, fileOf: ({ place }) => factsOf(children[place] ?? directory) };
  }
  const names = contents.subdirectories.map((child): ListedName => {
    return { name: nameIn(view, child), directory: child, place: child.recordOffset };
  });
  contents.eachName(view.names === 'rock-ridge', (name, place) => {
    names.push({ name, directory: undefined, place });
  });
  return { names, fileOf: ({ place }) => contents.fileAt(place) };
}

/** What a listing tells of a file that has a node. */
export function factsOf({ size, extents, recordedAt, oddities }: TreeNode): FileFacts {
  return { size, start: extents[0]?.lba ?? 0, recordedAt, isLink: oddities.symbolicLink };
}

/** The directory itself, or in Rock Ridge's view the one that a stand-in leads to; nothing where it leads nowhere. */
export function homeIn(view: TreeView, directory: TreeNode): TreeNode | undefined {
  const linked = directory.oddities.childLink;
  return view.names === 'iso' || linked === undefined ? directory : directoryAt(view.tree, linked);
}

/** Whether a node can be entered: a directory, or a Rock Ridge stand-in for one. */
export function isDirectoryIn(view: TreeView, node: TreeNode): boolean {
  return node.isDirectory || (view.names === 'rock-ridge' && node.oddities.childLink !== undefined);
}

/** The directories of a tree by their blocks: looking through the list for each link would take for ever. */
const directoriesOf = new WeakMap<readonly TreeNode[], Map<number, TreeNode>>();

function directoryAt({ directories }: TreeView['tree'], block: number): TreeNode | undefined {
  let byBlock = directoriesOf.get(directories);
  if (byBlock === undefined) {
    byBlock = new Map(directories.map((directory) => [directory.extents[0]?.lba ?? 0, directory]));
    directoriesOf.set(directories, byBlock);
  }
  return byBlock.get(block);
}

/** The entries that stand in for moved directories, by the blocks of those; of several for one, the first. */
const standInsOf = new WeakMap<readonly TreeNode[], Map<number, TreeNode>>();

/** What a view shows where a directory was moved away from; the node itself if it was not moved, or is shown nowhere. */
export function shownIn(view: TreeView, node: TreeNode): TreeNode {
  if (isShownIn(view, node)) {
    return node;
  }
  const { directories } = view.tree;
  let byBlock = standInsOf.get(directories);
  if (byBlock === undefined) {
    // A directory that is held as its bytes has no such entry.
    const read = directories.filter(({ contents }) => contents === undefined);
    const standIns = read.flatMap(({ children = [] }) =>
      children.flatMap((child) => {
        const { childLink } = child.oddities;
        return childLink === undefined ? [] : [[childLink, child] as const];
      }),
    );
    byBlock = new Map(standIns.reverse());
    standInsOf.set(directories, byBlock);
  }
  return byBlock.get(node.extents[0]?.lba ?? 0) ?? node;
}

/** Splits a path as a user writes it: slashes, repeated or trailing ones ignored, with or without the first. */
export function splitPath(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** The node at a path of a view; nothing if there is none. An exact match is preferred to one in another case. */
export function findIn(
  view: TreeView,
  path: string,
  options: {
    /** Whether names that differ in case alone are the same. */
    anyCase: boolean;
  },
): TreeNode | undefined {
  let node: TreeNode = view.tree.root;
  for (const wanted of splitPath(path)) {
    const children = isDirectoryIn(view, node) ? childrenIn(view, node) : [];
    const next =
      children.find((child) => nameIn(view, child) === wanted) ??
      (options.anyCase ? children.find((child) => sameName(nameIn(view, child), wanted)) : undefined);
    if (next === undefined) {
      return undefined;
    }
    node = next;
  }
  return node;
}

function sameName(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase();
}

/** The first file at a path over all views, in any case; directories do not count. */
export function findFile(
  image: Trees,
  path: string,
):
  | {
      /** The file. */
      node: TreeNode;
      /** The names by which it was found. */
      view: TreeView;
    }
  | undefined {
  for (const view of viewsOf(image)) {
    const node = findIn(view, path, { anyCase: true });
    if (node !== undefined && !isDirectoryIn(view, node)) {
      return { node, view };
    }
  }
  return undefined;
}

/** As `findFile`, for a path that must be there. Errors: `ISO_TREE_NOT_FOUND`, `ISO_TREE_NOT_A_FILE`. */
export function requireFile(
  image: Trees,
  path: string,
): {
  /** The file. */
  node: TreeNode;
  /** The names by which it was found. */

  view: TreeView;
} {
  const found = findFile(image, path);
  if (found !== undefined) {
    return found;
  }
  const isDirectory = viewsOf(image).some((view) => findIn(view, path, { anyCase: true }) !== undefined);
  throw isDirectory
    ? new IsoError('ISO_TREE_NOT_A_FILE', `${path} is a directory`, {
        found: 'a directory',
        wanted: 'a file',
      })
    : new IsoError('ISO_TREE_NOT_FOUND', `${path} is not in the image`, { wanted: path });
}
