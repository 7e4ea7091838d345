/** What is in an image's files before an edit, to be looked for afterwards. */
import type { Move } from '../../src/plan/move.js';
import { piecesOf } from '../../src/read/file-pieces.js';
import type { Image } from '../../src/read/image.js';
import type { Piece } from '../../src/source/pieces-source.js';
import type { Source } from '../../src/source/source.js';
import { BLOCK_SIZE } from '../../src/units.js';

/** A run that may change: a loader's, a catalog's. */
export interface Changing {
  readonly lba: number;
  /** Bytes. */
  readonly length: number;
}

/** Files of which pieces are looked at, and bytes of each piece. */
const MOST_PIECES = 200;
const MOST_BYTES = 16_384;

/** The beginnings of all files that lie wholly outside what may change. */
export function contentsBefore(
  image: Image,
  bytes: Uint8Array,
  changing: readonly Changing[],
): { standIn: (after: Source, moves: readonly Move[]) => Promise<boolean> } {
  const trees = [...image.trees, ...(image.udf?.tree === undefined ? [] : [image.udf.tree])];
  const files = trees
    .flatMap(({ directories }) => directories.flatMap(({ children }) => children ?? []))
    .filter((node) => !node.isDirectory && !node.oddities.unlocated);
  const pieces = files
    .slice(0, MOST_PIECES)
    .flatMap((node) => piecesOf(node, image.logicalBlockSize).slice(0, 4))
    .map(({ offset, length }) => ({ offset, length: Math.min(length, MOST_BYTES) }))
    .filter(({ offset, length }) => length > 0 && offset + length <= bytes.length)
    .filter((piece) => !isStructure(image, piece) && !changing.some((run) => overlaps(piece, run)));
  return {
    standIn: async (after, moves) => {
      for (const piece of pieces) {
        const found = await after.read(newPlace(piece.offset, moves), piece.length);
        if (Buffer.compare(found, bytes.subarray(piece.offset, piece.offset + piece.length)) !== 0) {
          return false;
        }
      }
      return true;
    },
  };
}

/** A file that says it lies where structures do changes with them. */
function isStructure({ map }: Image, { offset, length }: Piece): boolean {
  const claims = map.overlapping(Math.floor(offset / BLOCK_SIZE), Math.ceil((offset + length) / BLOCK_SIZE));
  return claims.some(({ kind }) => !['file', 'UDF file', 'UDF partition', 'partition'].includes(kind));
}

function overlaps({ offset, length }: Piece, run: Changing): boolean {
  const start = run.lba * BLOCK_SIZE;
  const end = start + Math.ceil(run.length / BLOCK_SIZE) * BLOCK_SIZE;
  return offset < end && start < offset + length;
}

function newPlace(offset: number, moves: readonly Move[]): number {
  const block = Math.floor(offset / BLOCK_SIZE);
  const move = moves.find(({ start, end }) => block >= start && block < end);
  return move === undefined ? offset : offset + (move.to - move.start) * BLOCK_SIZE;
}
