/** What our own reader finds in an image: every path of every tree with the bytes behind it. */
import { directoryRecord } from '../../src/layout/directory-record.js';
import { readImage } from '../../src/read/image.js';
import { childrenIn, isDirectoryIn, nameIn, viewsOf, type TreeView } from '../../src/read/lookup.js';
import type { TreeNode } from '../../src/read/tree-node.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';

/** Path by the best names -> content, of the files of the best tree. */
export async function contentsOf(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const { trees } = await readImage(new MemorySource(bytes));
  const files = new Map<string, Uint8Array>();
  const [best] = viewsOf(trees);
  if (best !== undefined) {
    walk(best, (path, node) => {
      if (!isDirectoryIn(best, node)) {
        files.set(path, contentOf(bytes, node));
      }
    });
  }
  return files;
}

/**
 * One line a name of every tree: a folder, or a file with a mark of its bytes. Bytes 8..63 of the file at `masked`
 * may change without changing its line.
 */
export async function listingOf(bytes: Uint8Array, masked?: RegExp): Promise<string[]> {
  const { trees } = await readImage(new MemorySource(bytes));
  const listed: string[] = [];
  for (const view of viewsOf(trees)) {
    const space = `${view.tree.kind} ${view.names}`;
    walk(view, (path, node) => {
      const isFolder = isDirectoryIn(view, node);
      const name = `${space} ${path}`;
      listed.push(isFolder ? `${name}/` : `${name} ${node.size} ${markOf(bytes, node, masked?.test(path))}`);
    });
  }
  return listed;
}

function walk(view: TreeView, visit: (path: string, node: TreeNode) => void): void {
  const folders = new Map<TreeNode, string>([[view.tree.root, '']]);
  // The map grows while it is walked.
  for (const [folder, above] of folders) {
    for (const node of childrenIn(view, folder)) {
      const path = `${above}/${nameIn(view, node)}`;
      visit(path, node);
      if (isDirectoryIn(view, node)) {
        folders.set(node, path);
      }
    }
  }
}

/** A sum of a file's bytes: quick, and enough to tell that they are not others. */
function markOf(bytes: Uint8Array, node: TreeNode, masked = false): number {
  const content = contentOf(bytes, node);
  let sum = 0;
  for (let i = 0; i < content.length; i += 1) {
    const isTable = masked && i >= 8 && i < 64;
    sum = (Math.imul(sum, 31) + (isTable ? 0 : (content[i] ?? 0))) >>> 0;
  }
  return sum;
}

/** A file's bytes, with the blocks between the units of an interleaved one left out (ECMA-119 6.4.3). */
export function contentOf(bytes: Uint8Array, node: TreeNode): Uint8Array {
  const content = new Uint8Array(node.size);
  let at = 0;
  for (const { lba, length } of node.extents) {
    const { unit, step } = interleaveOf(bytes, node);
    for (let done = 0, from = lba * BLOCK_SIZE; done < length; done += unit, from += step) {
      const part = bytes.subarray(from, from + Math.min(unit, length - done));
      content.set(part, at);
      at += part.length;
    }
  }
  return content;
}

function interleaveOf(bytes: Uint8Array, node: TreeNode): { unit: number; step: number } {
  if (!node.oddities.interleaved) {
    return { unit: Infinity, step: Infinity };
  }
  const { fileUnitSize, interleaveGapSize } = directoryRecord.decode(bytes, node.recordOffset);
  return { unit: fileUnitSize * BLOCK_SIZE, step: (fileUnitSize + interleaveGapSize) * BLOCK_SIZE };
}
