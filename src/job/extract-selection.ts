import { join } from 'node:path';
import { IsoError } from '../errors.js';
import { piecesOf } from '../read/file-pieces.js';
import type { Image } from '../read/image.js';
import { LIMITS } from '../read/limits.js';
import { childrenIn, homeIn, isDirectoryIn, nameIn, type TreeView } from '../read/lookup.js';
import type { TreeNode } from '../read/tree-node.js';
import { TakenNames } from '../sink/extract-name.js';
import { nodeAt, pathOf } from './view.js';

/** What something in the tree is; special files are devices, FIFOs and sockets. */
export type ExtractedType = 'file' | 'directory' | 'symlink' | 'special';

/** Something that is to be taken out of an image, and where it is to be. */
export interface Selected {
  readonly node: TreeNode;
  readonly type: ExtractedType;
  /** In the image, by the names of the view. */
  readonly path: string;
  /** On disk. */
  readonly output: string;
  /** Whether its name on disk is another than in the image. */
  readonly isRenamed: boolean;
}

/** What is selected, each directory in front of what is in it. */
export interface Selection {
  readonly selected: readonly Selected[];
  /** Bytes in the files, as they are stored. */
  readonly size: number;
  /** Directories that are not wholly inside the image. */
  readonly incomplete: readonly string[];
  /** Directories that are there by another path as well, maybe inside themselves, and are taken by that. */
  readonly loops: readonly string[];
}

/** What to select from, and for where. */
export interface SelectionRequest {
  readonly image: Image;
  readonly view: TreeView;
  readonly paths: readonly string[];
  readonly folder: string;
  readonly platform: string;
}

/**
 * Everything at and below some paths of an image, with names on disk that lead nowhere else and are all different.
 *
 * A path stands in the folder under its own name; the root stands for all that is in it. Errors: `ISO_TREE_NOT_FOUND`,
 * `ISO_SOURCE_TRUNCATED` when a file is not wholly inside the image, `ISO_TREE_LIMIT`.
 */
export function selectFrom(request: SelectionRequest): Selection {
  return new Selecting(request).run();
}

/** Something found, and the folder on disk that it goes into. */
interface Pending {
  readonly node: TreeNode;
  readonly path: string;
  readonly folder: string;
  readonly names: TakenNames;
}

class Selecting {
  readonly #request: SelectionRequest;
  readonly #selected: Selected[] = [];
  readonly #incomplete: string[] = [];
  readonly #loops: string[] = [];
  #size = 0;

  constructor(request: SelectionRequest) {
    this.#request = request;
  }

  run(): Selection {
    const { view, paths, folder, platform } = this.#request;
    // All are looked up first: a name that is wrong keeps everything from being written.
    const nodes = new Set(paths.map((path) => nodeAt(view, path)));
    const names = new TakenNames(platform);
    for (const node of nodes) {
      const path = pathOf(view, node);
      const isRoot = node.parent === undefined;
      const start = isRoot ? this.#inside(node, '', folder, names) : [{ node, path, folder, names }];
      this.#walk(start, new Set(isRoot ? [node] : []));
    }
    return { selected: this.#selected, size: this.#size, incomplete: this.#incomplete, loops: this.#loops };
  }

  /** A stack of our own, and no directory twice: Rock Ridge's links may lead round in a circle. */
  #walk(start: Pending[], entered: Set<TreeNode>): void {
    const { view, platform } = this.#request;
    const stack = start.reverse();
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { node, path } = next;
      const output = this.#take(next);
      if (!isDirectoryIn(view, node)) {
        continue;
      }
      const home = describedBy(view, node);
      if (entered.has(home) || home.children === undefined) {
        this.#loops.push(path);
        continue;
      }
      entered.add(home);
      this.#inside(node, path, output, new TakenNames(platform))
        .reverse()
        .forEach((child) => stack.push(child));
    }
  }

  #inside(directory: TreeNode, path: string, folder: string, names: TakenNames): Pending[] {
    const { view, image } = this.#request;
    const { extents } = describedBy(view, directory);
    if (extents.some(({ lba, length }) => lba * image.logicalBlockSize + length > image.size)) {
      this.#incomplete.push(path === '' ? '/' : path);
    }
    return childrenIn(view, directory).map((node) => {
      return { node, path: `${path}/${nameIn(view, node)}`, folder, names };
    });
  }

  #take({ node, path, folder, names }: Pending): string {
    const { view } = this.#request;
    const name = nameIn(view, node);
    const safe = names.take(name);
    const output = join(folder, safe);
    const type = typeIn(view, node);
    if (type === 'file') {
      this.#size += node.size;
      this.#check(node, path);
    }
    this.#selected.push({ node, type, path, output, isRenamed: safe !== name });
    return output;
  }

  #check(node: TreeNode, path: string): void {
    const { image } = this.#request;
    for (const { offset, length } of piecesOf(node, image.logicalBlockSize)) {
      if (offset + length > image.size) {
        throw new IsoError('ISO_SOURCE_TRUNCATED', `${path} lies beyond the end of the image`, {
          offset,
          found: image.size,
          wanted: offset + length,
        });
      }
    }
    if (this.#size > LIMITS.extractedShare * image.size) {
      throw new IsoError('ISO_TREE_LIMIT', 'the files lie over one another, and would fill any disk', {
        offset: node.recordOffset,
        found: this.#size,
        wanted: LIMITS.extractedShare * image.size,
      });
    }
  }
}

/** POSIX' type of a file in the upper bits of its mode (RRIP 4.1.1). */
const FILE_TYPE = { mask: 0o170000, regular: 0o100000, directory: 0o040000, link: 0o120000 } as const;

function typeIn(view: TreeView, node: TreeNode): ExtractedType {
  if (isDirectoryIn(view, node)) {
    return 'directory';
  }
  if (view.names === 'iso') {
    return 'file';
  }
  const type = (node.mode ?? 0) & FILE_TYPE.mask;
  if (node.oddities.symbolicLink || type === FILE_TYPE.link) {
    return 'symlink';
  }
  return type === 0 || type === FILE_TYPE.regular || type === FILE_TYPE.directory ? 'file' : 'special';
}

/** The node whose record says what a directory is like: a stand-in's own says little. */
export function describedBy(view: TreeView, node: TreeNode): TreeNode {
  return homeIn(view, node) ?? node;
}
