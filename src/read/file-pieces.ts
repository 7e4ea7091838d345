import { IsoError } from '../errors.js';
import type { Piece } from '../source/pieces-source.js';
import { BLOCK_SIZE } from '../units.js';
import { LIMITS } from './limits.js';
import type { Extent, TreeNode } from './tree-node.js';

export type { Piece } from '../source/pieces-source.js';

/**
 * The runs of bytes of the image that make up a file, in order: those of each extent, and of each file unit of an
 * interleaved one; adjacent runs are joined, empty ones left out (ECMA-119 6.4, 6.5). They may lie beyond the end of
 * the image.
 *
 * Errors: `ISO_TREE_LIMIT` when there are too many.
 */
export function piecesOf(node: TreeNode, blockSize: number = BLOCK_SIZE): Piece[] {
  const pieces: Piece[] = [];
  for (const extent of node.extents) {
    for (const { offset, length } of unitsOf(extent, blockSize)) {
      const last = pieces.at(-1);
      if (last !== undefined && last.offset + last.length === offset) {
        pieces[pieces.length - 1] = { offset: last.offset, length: last.length + length };
      } else if (length > 0) {
        refuseTooMany(pieces.length + 1, node);
        pieces.push({ offset, length });
      }
    }
  }
  return pieces;
}

function* unitsOf({ lba, length, interleave }: Extent, blockSize: number): Generator<Piece> {
  const start = lba * blockSize;
  if (interleave === undefined || interleave.interleaveGapSize === 0) {
    yield { offset: start, length };
    return;
  }
  const unit = interleave.fileUnitSize * blockSize;
  const stride = unit + interleave.interleaveGapSize * blockSize;
  for (let done = 0, at = start; done < length; done += unit, at += stride) {
    yield { offset: at, length: Math.min(unit, length - done) };
  }
}

function refuseTooMany(count: number, node: TreeNode): void {
  if (count > LIMITS.filePieces) {
    throw new IsoError('ISO_TREE_LIMIT', 'a file lies in too many pieces', {
      offset: node.recordOffset,
      found: count,
      wanted: LIMITS.filePieces,
    });
  }
}
