import { IsoError } from '../errors.js';
import type { ClaimKind } from '../read/allocation-map.js';
import type { Image } from '../read/image.js';
import type { TreeNode } from '../read/tree-node.js';
import { blocksFor } from '../units.js';
import type { PlaceInTree } from './request.js';

/** Refuses a boot file of which no run of blocks can be loaded. Errors: `ISO_BOOT_COMPRESSED`, `ISO_BOOT_FILE`. */
export function refuseUnbootable({ oddities, path, recordOffset }: TreeNode): void {
  if (oddities.compressed) {
    throw new IsoError(
      'ISO_BOOT_COMPRESSED',
      `${path} is stored compressed; extract it and give it with --boot-file`,
      { offset: recordOffset },
    );
  }
  if (oddities.unlocated) {
    throw new IsoError('ISO_BOOT_FILE', `the data of ${path} have no blocks of their own`, {
      offset: recordOffset,
      wanted: 'a file in blocks of its own; extract it and give it with --boot-file',
    });
  }
}

/** Why firmware cannot load a file where it lies: it reads one run of blocks; nothing where it lies in one. */
export function whyInPieces({ node, pieces }: PlaceInTree): string | undefined {
  if (pieces.length > 1) {
    return node.oddities.interleaved
      ? 'it is interleaved with another file'
      : `it lies in ${pieces.length} pieces`;
  }
  return node.extents[0]?.locationOfExtent !== undefined
    ? 'an extended attribute record stands in front of it'
    : undefined;
}

/** What holds files of its own accord: a file in a partition does not share blocks with it. */
const CONTAINERS: ReadonlySet<ClaimKind> = new Set([
  'UDF partition',
  'HFS volume',
  'partition',
  'boot image',
]);

/** What names a file of the tree once more, by its first block. */
const SECOND_NAMES: ReadonlySet<ClaimKind> = new Set(['HFS file', 'hybrid boot image']);

/** Who else has the bytes of a boot file. */
export interface Sharers {
  /** Other names of the very same bytes. */
  readonly names: readonly string[];
  /** Something else that lies in the same blocks, and would change with the boot file. */
  readonly other: string | undefined;
}

/** Who else refers to the blocks of a file that lies in one run. */
export function sharersOf(image: Image, node: TreeNode): Sharers {
  const start = node.extents[0]?.lba ?? 0;
  const end = start + blocksFor(node.size);
  const names = new Set<string>();
  let other: string | undefined;
  for (const { kind, node: sharer, start: at } of image.map.overlapping(start, end)) {
    if (CONTAINERS.has(kind) || (SECOND_NAMES.has(kind) && at === start)) {
      continue;
    }
    if (sharer?.extents[0]?.lba === start && sharer.size === node.size) {
      names.add(sharer.path);
    } else {
      other ??= sharer?.path ?? `the ${kind}`;
    }
  }
  names.delete(node.path);
  return { names: [...names], other };
}
