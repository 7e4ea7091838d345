/** What our own reader finds in an image: every path of every tree with the bytes behind it. */
import { piecesOf } from '../../src/read/file-pieces.js';
import { readImage } from '../../src/read/image.js';
import { childrenIn, isDirectoryIn, nameIn, viewsOf, type TreeView } from '../../src/read/lookup.js';
import type { TreeNode } from '../../src/read/tree-node.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { joined } from './image-builder.js';

/** Path by the best names -> content, of the files of the best tree. */
export async function contentsOf(bytes: Uint8Array): Promise<Map<string, Uint8Array>> {
  const image = await readImage(new MemorySource(bytes));
  const files = new Map<string, Uint8Array>();
  const [best] = viewsOf(image);
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
 * One line a name of every tree, each once, since a descriptor that is moving stands there twice: a folder, or a file with a mark of its bytes. Bytes 8..63 of the file at `masked`
 * may change without changing its line.
 */
export async function listingOf(bytes: Uint8Array, masked?: RegExp): Promise<string[]> {
  const image = await readImage(new MemorySource(bytes));
  const listed: string[] = [];
  for (const view of viewsOf(image)) {
    const space = `${view.tree.kind} ${view.names}`;
    walk(view, (path, node) => {
      const isFolder = isDirectoryIn(view, node);
      const name = `${space} ${path}`;
      listed.push(isFolder ? `${name}/` : `${name} ${node.size} ${markOf(bytes, node, masked?.test(path))}`);
    });
  }
  return [...new Set(listed)].sort();
}

/** Whether what a half-written image lists is what it listed before; `fixture` names it where it is one of ours. */
export function isSameListing(
  fixture: string,
  before: readonly string[],
  listed: readonly string[],
): boolean {
  const found = withoutTornLinks(listed, fixture);
  // UDF's recognition sequence moves too; as a whole it may be out of our sight for the time of one write.
  const isUdf = (line: string): boolean => line.startsWith('udf ');
  const isUdfSeen = found.some(isUdf);
  const wanted = withoutTornLinks(before, fixture).filter((line) => isUdfSeen || !isUdf(line));
  return found.join('\n') === wanted.join('\n');
}

/**
 * A directory that Rock Ridge moved is found by its own record and by a link in another block. Between the two writes
 * each leads to a whole copy, but our reader follows a link only to what a record leads to as well.
 */
function withoutTornLinks(listed: readonly string[], fixture: string): readonly string[] {
  return listed.filter((line) => fixture !== 'deep-moved-first' || !/^primary rock-ridge .*\/h\//.test(line));
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

/** A file's bytes, wherever its parts lie. */
export function contentOf(bytes: Uint8Array, node: TreeNode): Uint8Array {
  return joined(...piecesOf(node).map(({ offset, length }) => bytes.subarray(offset, offset + length)));
}
