import { IsoError } from '../errors.js';
import { findIn, nameIn, shownIn, viewsOf, type Names, type Trees, type TreeView } from '../read/lookup.js';
import type { TreeNode } from '../read/tree-node.js';
import { lbaOfOffset } from '../units.js';

export type { Names } from '../read/lookup.js';

/** The names that a view has. */
export function namesOf({ tree, names }: TreeView): Names {
  if (names === 'rock-ridge') {
    return 'rock-ridge';
  }
  return tree.kind === 'joliet' || tree.kind === 'udf' ? tree.kind : 'iso';
}

/** The view of an image by some names, or by the best it has. Errors: `ISO_TREE_NOT_FOUND` where it has none of those. */
export function viewBy(image: Trees, names: Names | undefined): TreeView {
  const views = viewsOf(image);
  const view = names === undefined ? views[0] : views.find((each) => namesOf(each) === names);
  if (view === undefined) {
    throw new IsoError('ISO_TREE_NOT_FOUND', `the image has no ${names ?? 'ISO 9660'} names`, {
      found: [...new Set(views.map(namesOf))].join(', '),
      wanted: names ?? 'a directory tree',
    });
  }
  return view;
}

/** The node at a path, in any case where there is none in the very case. Errors: `ISO_TREE_NOT_FOUND`. */
export function nodeAt(view: TreeView, path: string): TreeNode {
  const node = findIn(view, path, { anyCase: true });
  if (node === undefined) {
    throw new IsoError('ISO_TREE_NOT_FOUND', `${path} is not in the image under its ${namesOf(view)} names`, {
      wanted: path,
    });
  }
  return node;
}

/** The absolute path of a node by the names of a view: through where a directory was moved away from, as people look for it. */
export function pathOf(view: TreeView, node: TreeNode): string {
  const passed = new Set<TreeNode>();
  let next: TreeNode | undefined = node;
  while (next?.parent !== undefined) {
    const shown = shownIn(view, next);
    // On a broken image the way may lead round; each entry is passed but once then, and what comes out is no path of anything.
    const at: TreeNode = passed.has(shown) ? next : shown;
    passed.add(at);
    next = at.parent;
  }
  const names = [...passed].map((each) => nameIn(view, each));
  return `/${names.reverse().join('/')}`;
}

/** The block at which a directory, or the one that a link stands for, lies; of one inside its file entry, that of the entry. */
export function homeOf({ oddities, extents, recordOffset }: TreeNode): number {
  return oddities.childLink ?? extents[0]?.lba ?? lbaOfOffset(recordOffset);
}
