/**
 * The order that programs rely on which read an image as a stream, as libarchive does: a directory lies in front of
 * its subdirectories, a continuation area behind the directory whose records use it and in front of what they name.
 */

import type { Claim } from '../read/allocation-map.js';
import type { Tree } from '../read/tree.js';
import type { TreeNode } from '../read/tree-node.js';
import type { ClaimedRun } from './move.js';

/** The blocks at which what has to stay behind a run starts, as far as it lies behind it now. */
export function followersOf(trees: readonly Tree[], run: ClaimedRun): number[] {
  return run.claims
    .flatMap((claim) => followersOfClaim(trees, claim, run))
    .filter((block) => block >= run.end);
}

/** The directories that have to stay in front of a run. */
export function leadersOf(trees: readonly Tree[], run: ClaimedRun): TreeNode[] {
  return run.claims.flatMap(({ kind, node }) => {
    if (kind === 'continuation area') {
      return usersOf(trees, run);
    }
    const parent = node?.parent;
    const isLed = kind === 'directory' || (parent?.pointers?.continuations.length ?? 0) > 0;
    return parent !== undefined && isLed ? [parent] : [];
  });
}

function followersOfClaim(trees: readonly Tree[], { kind, node }: Claim, run: ClaimedRun): number[] {
  switch (kind) {
    case 'directory':
      return node === undefined ? [] : followersOfDirectory(node);
    case 'continuation area':
      return usersOf(trees, run).flatMap((directory) => childrenOf(directory));
    default:
      return [];
  }
}

function followersOfDirectory(directory: TreeNode): number[] {
  const areas = directory.pointers?.continuations.map(({ block }) => block) ?? [];
  return areas.length > 0
    ? [...areas, ...childrenOf(directory)]
    : childrenOf(directory, ({ isDirectory }) => isDirectory);
}

function childrenOf(directory: TreeNode, counts: (node: TreeNode) => boolean = () => true): number[] {
  return (directory.children ?? [])
    .filter((node) => node.size > 0 && counts(node))
    .map(({ extents, oddities }) => (extents[0]?.lba ?? 0) - oddities.extendedAttributeBlocks);
}

/** The directories whose records go on in a run. */
function usersOf(trees: readonly Tree[], { start, end }: ClaimedRun): TreeNode[] {
  return trees
    .flatMap(({ directories }) => directories)
    .filter(
      ({ pointers }) => pointers?.continuations.some(({ block }) => block >= start && block < end) === true,
    );
}
