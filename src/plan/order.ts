/**
 * The order that programs rely on which read an image as a stream, as libarchive does: a directory lies in front of
 * its subdirectories, and what Rock Ridge has stand for a moved one in front of the files in that; a continuation area
 * behind the directory whose records use it and in front of what they name; the sections of a file in their order.
 */

import type { Claim } from '../read/allocation-map.js';
import type { Tree } from '../read/tree.js';
import type { Extent, TreeNode } from '../read/tree-node.js';
import type { ClaimedRun } from './move.js';

/** The blocks at which what has to stay behind a run starts, as far as it lies behind it now. */
export function followersOf(trees: readonly Tree[], run: ClaimedRun): number[] {
  return run.claims
    .flatMap((claim) => followersOfClaim(trees, claim, run))
    .filter((block) => block >= run.end);
}

/** Where what has to stay in front of a run lies now. */
export function leadersOf(trees: readonly Tree[], run: ClaimedRun): Extent[] {
  return run.claims.flatMap((claim) => leadersOfClaim(trees, claim, run));
}

function leadersOfClaim(trees: readonly Tree[], { kind, node, start }: Claim, run: ClaimedRun): Extent[] {
  if (kind === 'continuation area') {
    return usersOf(trees, run).flatMap(({ extents }) => extents);
  }
  if (node?.parent === undefined) {
    return [];
  }
  const { parent } = node;
  const isContinued = (parent.pointers?.continuations.length ?? 0) > 0;
  const owners = kind === 'directory' || isContinued ? [parent] : [];
  const earlier = kind === 'file' ? node.extents.slice(0, sectionAt(node, start)) : [];
  return [...owners.flatMap(({ extents }) => extents), ...earlier];
}

/** Which of a file's sections starts at a block, its extended attribute record included. */
function sectionAt({ extents }: TreeNode, block: number): number {
  return Math.max(
    0,
    extents.findIndex(({ lba, locationOfExtent = lba }) => locationOfExtent === block),
  );
}

function followersOfClaim(trees: readonly Tree[], { kind, node, start }: Claim, run: ClaimedRun): number[] {
  if (kind === 'continuation area') {
    return usersOf(trees, run).flatMap((directory) => childrenOf(directory));
  }
  if (node === undefined) {
    return [];
  }
  return kind === 'directory'
    ? followersOfDirectory(trees, node)
    : node.extents.slice(sectionAt(node, start) + 1).map(({ lba }) => lba);
}

function followersOfDirectory(trees: readonly Tree[], directory: TreeNode): number[] {
  const areas = directory.pointers?.continuations.map(({ block }) => block) ?? [];
  const links = (directory.children ?? []).flatMap(({ oddities: { childLink } }) => childLink ?? []);
  const children =
    areas.length > 0 ? childrenOf(directory) : childrenOf(directory, ({ isDirectory }) => isDirectory);
  return [...areas, ...filesBelow(trees, links), ...children];
}

/** The files below directories that Rock Ridge has stand elsewhere: what stands for one is read in front of them. */
function filesBelow(trees: readonly Tree[], links: readonly number[]): number[] {
  if (links.length === 0) {
    return [];
  }
  const pending = trees
    .flatMap(({ directories }) => directories)
    .filter(({ extents: [extent] }) => extent !== undefined && links.includes(extent.lba));
  // Each directory is found below one other at the most.
  for (const directory of pending) {
    for (const child of directory.children ?? []) {
      if (child.isDirectory && child.children !== undefined) {
        pending.push(child);
      }
    }
  }
  return pending.flatMap((directory) => childrenOf(directory, ({ isDirectory }) => !isDirectory));
}

function childrenOf(directory: TreeNode, counts: (node: TreeNode) => boolean = () => true): number[] {
  return (directory.children ?? [])
    .filter((node) => node.size > 0 && counts(node))
    .map(({ locationOfExtent }) => locationOfExtent);
}

/** The directories whose records go on in a run. */
function usersOf(trees: readonly Tree[], { start, end }: ClaimedRun): TreeNode[] {
  return trees
    .flatMap(({ directories }) => directories)
    .filter(
      ({ pointers }) => pointers?.continuations.some(({ block }) => block >= start && block < end) === true,
    );
}
