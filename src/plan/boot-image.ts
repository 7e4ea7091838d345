import { IsoError } from '../errors.js';
import {
  BOOT_INFO_TABLE_OFFSET,
  bootInfoTable,
  GRUB2_BLOCK_LIST_OFFSET,
  GRUB2_FIRST_SECTOR,
  grub2BlockList,
  makeBootInfoTable,
  ruleOnBootInfoTable,
} from '../layout/boot-info-table.js';
import { u32le } from '../layout/field.js';
import type { ClaimKind } from '../read/allocation-map.js';
import type { Image } from '../read/image.js';
import type { TreeNode } from '../read/tree-node.js';
import { BLOCK_SIZE, blocksFor, offsetOfLba, roundUpToBlock, type Lba } from '../units.js';
import type { Draft } from './draft.js';
import type { FreeSpace } from './free-space.js';
import type { PatchContent } from './patch.js';
import type { EntryRequest } from './request.js';
import type { View } from './view.js';

/** A boot file in its place in the image. */
export interface PlacedBootFile {
  readonly lba: Lba;
  readonly tableWritten: boolean;
  /** Why the boot info table was written or left out. */
  readonly tableReason: string;
  /** Other names that lead to the same bytes, and so to the patched ones. */
  readonly sharedBy: readonly string[];
}

/** A change inside the boot file, from its first byte. */
interface Edit {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly why: string;
}

/**
 * Puts a boot file in its place and writes what the loader needs to know of it: GRUB 2's block list and the boot
 * info table. A file of the tree stays where it is; others go into free blocks, or to the end.
 *
 * Errors: `ISO_BOOT_FILE`, `ISO_BOOT_COMPRESSED`, `ISO_PLAN_FRAGMENTED`, `ISO_PLAN_SHARED`.
 */
export function placeBootFile(
  image: Image,
  entry: EntryRequest,
  tools: { draft: Draft; view: View; space: FreeSpace },
): PlacedBootFile {
  const { place, file } = entry;
  if (file.size === 0) {
    throw new IsoError('ISO_BOOT_FILE', 'the boot file is empty', { found: 0, wanted: 'a loader' });
  }
  if (place.kind === 'tree') {
    requirePlainExtent(place.node, place.path);
    const { edits, ...table } = editsFor(entry, place.lba);
    const start = offsetOfLba(place.lba);
    const allEdits = [...edits, ...zeroLastWord(image, tools.view, start, file.size, table.tableWritten)];
    const sharedBy = allEdits.length === 0 ? [] : namesSharing(image, place.node);
    allEdits.forEach(({ at, bytes, why }) => tools.draft.addBytes('new', start + at, bytes, why));
    return { lba: place.lba, ...table, sharedBy };
  }
  const blocks = blocksFor(file.size);
  const at = tools.space.take(blocks) ?? tools.draft.append(blocks);
  const { edits, ...table } = editsFor(entry, at);
  layDown(tools.draft, at, place, file.size, edits);
  return { lba: at, ...table, sharedBy: [] };
}

function editsFor(
  entry: EntryRequest,
  at: Lba,
): { edits: Edit[]; tableWritten: boolean; tableReason: string } {
  const { file } = entry;
  const edits: Edit[] = [];
  let checksum = file.checksum;
  if (file.hasGrub2BlockList) {
    const list = grub2Edit(at);
    checksum = checksum === undefined ? undefined : adjustedSum(checksum, file.head, list);
    edits.push(list);
  }
  const ruling = rule(entry);
  if (ruling.writable) {
    const table = makeBootInfoTable({ size: file.size, checksum }, at);
    edits.unshift({ at: BOOT_INFO_TABLE_OFFSET, bytes: bootInfoTable.encode(table), why: 'boot info table' });
  }
  return { edits, tableWritten: ruling.writable, tableReason: ruling.reason };
}

function rule({ bootInfoTable: wish, file }: EntryRequest): { writable: boolean; reason: string } {
  if (wish === 'no') {
    return { writable: false, reason: 'it was not wanted' };
  }
  if (wish === 'yes') {
    return { writable: true, reason: 'it was asked for' };
  }
  return ruleOnBootInfoTable(file);
}

/** GRUB 2 finds the rest of its image by the 512-byte sector that this field names (libisofs, boot_sectors.txt). */
function grub2Edit(at: Lba): Edit {
  const range = grub2BlockList.rangeOf('firstSector');
  const bytes = new Uint8Array(range.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(at) * 4n + GRUB2_FIRST_SECTOR, true);
  return { at: GRUB2_BLOCK_LIST_OFFSET + range.offset, bytes, why: "GRUB 2's own block list" };
}

/** The file's sum after an edit of whole words. */
function adjustedSum(checksum: number, head: Uint8Array, edit: Edit): number {
  const word = u32le();
  let sum = checksum;
  for (let i = 0; i < edit.bytes.length; i += word.span) {
    sum = (sum - word.decode(head, edit.at + i) + word.decode(edit.bytes, i)) >>> 0;
  }
  return sum;
}

/** Loaders sum up whole words, so what stands behind the file's end in its last word has to be zero. */
function zeroLastWord(image: Image, view: View, start: number, size: number, tableWritten: boolean): Edit[] {
  const end = Math.ceil(size / 4) * 4;
  if (!tableWritten || end === size || start + end > image.size) {
    return [];
  }
  const slack = view.read(start + size, end - size);
  const isZero = slack.every((byte) => byte === 0);
  return isZero
    ? []
    : [{ at: size, bytes: new Uint8Array(end - size), why: 'zero padding of the last word' }];
}

/** Writes a file from its source into the image, with the edits in it, and zeros up to the end of its last block. */
function layDown(
  draft: Draft,
  to: Lba,
  place: Extract<EntryRequest['place'], { kind: 'source' }>,
  size: number,
  edits: readonly Edit[],
): void {
  const start = offsetOfLba(to);
  const from = (at: number, end: number): PatchContent => ({
    kind: 'source',
    source: place.source,
    offset: place.offset + at,
    length: end - at,
  });
  const why = `boot file ${place.name}`;
  let at = 0;
  for (const edit of edits) {
    draft.add('new', start + at, from(at, edit.at), why);
    draft.addBytes('new', start + edit.at, edit.bytes, edit.why);
    at = edit.at + edit.bytes.length;
  }
  draft.add('new', start + at, from(at, size), why);
  draft.add(
    'new',
    start + size,
    { kind: 'zeros', length: roundUpToBlock(size) - size },
    'zero padding of the boot file',
  );
}

/** Refuses a boot file that is not, as it stands, in one run of blocks. Errors: `ISO_BOOT_COMPRESSED`, `ISO_PLAN_FRAGMENTED`. */
export function requirePlainExtent(node: TreeNode, path: string): void {
  if (node.oddities.compressed) {
    throw new IsoError(
      'ISO_BOOT_COMPRESSED',
      `${path} is stored compressed; extract it and give it with --boot-file`,
      {
        offset: node.recordOffset,
      },
    );
  }
  if (!isContiguous(node) || node.oddities.interleaved || node.oddities.extendedAttributeBlocks > 0) {
    throw new IsoError(
      'ISO_PLAN_FRAGMENTED',
      `${path} does not lie in one plain extent; extract it and give it with --boot-file`,
      {
        offset: node.recordOffset,
        found: node.extents.length,
        wanted: 1,
      },
    );
  }
}

/** Parts of a file that lie one behind the other are as good as one. */
function isContiguous({ extents }: TreeNode): boolean {
  return extents.every((extent, i) => {
    const next = extents[i + 1];
    return (
      next === undefined ||
      (extent.length % BLOCK_SIZE === 0 && extent.lba + extent.length / BLOCK_SIZE === next.lba)
    );
  });
}

/** What holds files of its own accord: a file in a partition does not share blocks with it. */
const CONTAINERS: readonly ClaimKind[] = ['UDF partition', 'HFS volume', 'partition'];

/** Every other name of the file's bytes. Errors: `ISO_PLAN_SHARED` when a file of another size lies in the same blocks. */
function namesSharing(image: Image, node: TreeNode): string[] {
  const start = node.extents[0]?.lba ?? 0;
  const end = start + blocksFor(node.size);
  const names = new Set<string>();
  for (const { kind, node: other } of image.map.overlapping(start, end)) {
    if (CONTAINERS.includes(kind)) {
      continue;
    }
    const isSame = other?.extents[0]?.lba === start && other.size === node.size;
    if (!isSame) {
      throw new IsoError(
        'ISO_PLAN_SHARED',
        `${other?.path ?? `the ${kind}`} lies in the same blocks as the boot file`,
        {
          offset: offsetOfLba(start as Lba),
          found: other?.path ?? kind,
          wanted: 'the boot file alone',
        },
      );
    }
    names.add(other.path);
  }
  names.delete(node.path);
  return [...names];
}
