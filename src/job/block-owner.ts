import type { Claim, ClaimKind } from '../read/allocation-map.js';
import type { Image } from '../read/image.js';
import { viewsOf, type TreeView } from '../read/lookup.js';
import type { TreeNode } from '../read/tree-node.js';
import { pathOf } from './view.js';

/** What blocks of an image belong to. */
export interface Owner {
  /** What kind of structure it is. */
  readonly kind: ClaimKind;
  /** Of a file or directory. */
  readonly path: string | null;
}

/** What holds other things, and says nothing where one of those is known. */
const AROUND: readonly ClaimKind[] = ['partition', 'UDF partition', 'HFS volume'];

/** The claims without those that only hold others of them. */
export function innermost(claims: readonly Claim[]): readonly Claim[] {
  const inner = claims.filter(({ kind }) => !AROUND.includes(kind));
  return inner.length > 0 ? inner : claims;
}

/** Names what claims belong to, each file by the best names that it has. */
export class OwnerNames {
  readonly #views: readonly TreeView[];
  readonly #rankOfRoot = new Map<TreeNode, number>();

  constructor(image: Image) {
    this.#views = viewsOf(image);
    for (const [rank, { tree }] of this.#views.entries()) {
      if (!this.#rankOfRoot.has(tree.root)) {
        this.#rankOfRoot.set(tree.root, rank);
      }
    }
  }

  /** What claims of the same blocks say these are, in few words. */
  ownersOf(claims: readonly Claim[]): Owner[] {
    const owners = innermost(this.bestOf(claims)).map(({ kind, node }) => {
      return { kind, path: node === undefined ? null : this.pathOf(node) };
    });
    const keys = owners.map(({ kind, path }) => `${kind} ${path ?? ''}`);
    return owners.filter((_, i) => keys.indexOf(keys[i] ?? '') === i);
  }

  /** Of claims that different trees lay to the same blocks, those of the tree with the best names. */
  bestOf(claims: readonly Claim[]): Claim[] {
    const bestAt = new Map<number, number>();
    for (const { start, node } of claims) {
      if (node !== undefined) {
        bestAt.set(start, Math.min(bestAt.get(start) ?? Number.POSITIVE_INFINITY, this.#rankOf(node)));
      }
    }
    return claims.filter(({ start, node }) => node === undefined || this.#rankOf(node) === bestAt.get(start));
  }

  pathOf(node: TreeNode): string {
    const view = this.#views[this.#rankOf(node)];
    return view === undefined ? node.path : pathOf(view, node);
  }

  #rankOf(node: TreeNode): number {
    let root = node;
    while (root.parent !== undefined) {
      root = root.parent;
    }
    return this.#rankOfRoot.get(root) ?? this.#views.length;
  }
}
