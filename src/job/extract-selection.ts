import { join } from 'node:path';
import { IsoError } from '../errors.js';
import { piecesOf } from '../read/file-pieces.js';
import { LIMITS } from '../read/limits.js';
import { eachChildIn, homeIn, isDirectoryIn, nameIn, type TreeView } from '../read/lookup.js';
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

/** What is known of all that is selected before any of it is taken out. */
export interface SelectionCheck {
  /** Bytes in the files, as they are stored. */
  readonly size: number;
  /** Whether there are symbolic links. */
  readonly hasLinks: boolean;
  /** Directories that are not wholly inside the image. */
  readonly incomplete: readonly string[];
  /** Directories that are there by another path as well, maybe inside themselves, and are taken by that. */
  readonly loops: readonly string[];
}

/** What to select from, and for where. */
export interface SelectionRequest {
  /** Bytes in the image, and in each of its blocks. */
  readonly size: number;
  readonly logicalBlockSize: number;
  readonly view: TreeView;
  readonly paths: readonly string[];
  readonly folder: string;
  readonly platform: string;
}

/** Is told the path of a directory of which something is odd. */
type OnOdd = (what: 'incomplete' | 'loop', path: string) => void;

/** A directory that is being walked through, and the folder on disk that all in it goes into. */
interface Open {
  readonly path: string;
  readonly folder: string;
  readonly names: TakenNames;
  readonly children: Iterator<TreeNode, unknown>;
}

/**
 * Everything at and below some paths of an image, with names on disk that lead nowhere else and are all different.
 *
 * A path stands in the folder under its own name; the root stands for all that is in it. It is walked through as often
 * as need be, always in the same way: lists of all files of a large image would take more memory than all else.
 */
export class Selection {
  readonly #request: SelectionRequest;
  readonly #nodes: ReadonlySet<TreeNode>;

  /** Looks up all paths: one that is wrong keeps everything from being written. Errors: `ISO_TREE_NOT_FOUND`. */
  constructor(request: SelectionRequest) {
    this.#request = request;
    this.#nodes = new Set(request.paths.map((path) => nodeAt(request.view, path)));
  }

  /** Errors: `ISO_SOURCE_TRUNCATED` when a file is not wholly inside the image, `ISO_TREE_LIMIT`. */
  check(): SelectionCheck {
    const odd = { incomplete: [] as string[], loop: [] as string[] };
    let size = 0;
    let hasLinks = false;
    for (const { node, type, path } of this.#walk((what, where) => odd[what].push(where))) {
      hasLinks ||= type === 'symlink';
      if (type === 'file') {
        size += node.size;
        this.#check(node, path, size);
      }
    }
    return { size, hasLinks, incomplete: odd.incomplete, loops: odd.loop };
  }

  /** All of it, each directory in front of what is in it. */
  each(): Iterable<Selected> {
    return this.#walk(() => undefined);
  }

  *#walk(onOdd: OnOdd): Generator<Selected> {
    const { view, folder, platform } = this.#request;
    const names = new TakenNames(platform);
    for (const node of this.#nodes) {
      if (node.parent === undefined) {
        yield* this.#below(this.#inside(node, '', folder, names, onOdd), new Set([node]), onOdd);
      } else {
        const path = pathInFront(view, node.parent);
        yield* this.#below({ path, folder, names, children: [node].values() }, new Set(), onOdd);
      }
    }
  }

  /** A stack of our own, and no directory twice: Rock Ridge's links may lead round in a circle. */
  *#below(start: Open, entered: Set<TreeNode>, onOdd: OnOdd): Generator<Selected> {
    const { view, platform } = this.#request;
    const stack = [start];
    for (let here = stack.at(-1); here !== undefined; here = stack.at(-1)) {
      const next = here.children.next();
      if (next.done === true) {
        stack.pop();
        continue;
      }
      const selected = this.#selected(next.value, here);
      yield selected;
      if (selected.type !== 'directory') {
        continue;
      }
      const { node, path, output } = selected;
      const home = describedBy(view, node);
      if (entered.has(home) || !home.wasRead) {
        onOdd('loop', path);
        continue;
      }
      entered.add(home);
      stack.push(this.#inside(node, path, output, new TakenNames(platform), onOdd));
    }
  }

  #inside(directory: TreeNode, path: string, folder: string, names: TakenNames, onOdd: OnOdd): Open {
    const { view, size, logicalBlockSize } = this.#request;
    const { extents } = describedBy(view, directory);
    if (extents.some(({ lba, length }) => lba * logicalBlockSize + length > size)) {
      onOdd('incomplete', path === '' ? '/' : path);
    }
    return { path, folder, names, children: eachChildIn(view, directory) };
  }

  #selected(node: TreeNode, { path, folder, names }: Open): Selected {
    const { view } = this.#request;
    const name = nameIn(view, node);
    const safe = names.take(name);
    return {
      node,
      type: typeIn(view, node),
      path: `${path}/${name}`,
      output: join(folder, safe),
      isRenamed: safe !== name,
    };
  }

  /** `sum`: bytes of all files up to this one. */
  #check(node: TreeNode, path: string, sum: number): void {
    const { size, logicalBlockSize } = this.#request;
    for (const { offset, length } of piecesOf(node, logicalBlockSize)) {
      if (offset + length > size) {
        throw new IsoError('ISO_SOURCE_TRUNCATED', `${path} lies beyond the end of the image`, {
          offset,
          found: size,
          wanted: offset + length,
        });
      }
    }
    if (sum > LIMITS.extractedShare * size) {
      throw new IsoError('ISO_TREE_LIMIT', 'the files lie over one another, and would fill any disk', {
        offset: node.recordOffset,
        found: sum,
        wanted: LIMITS.extractedShare * size,
      });
    }
  }
}

/** The path of a directory, to put a slash behind. */
function pathInFront(view: TreeView, directory: TreeNode): string {
  return directory.parent === undefined ? '' : pathOf(view, directory);
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
