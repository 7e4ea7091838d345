import { firstDifference, isZero } from '../bytes.js';
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
import type { Image } from '../read/image.js';
import type { Piece } from '../source/pieces-source.js';
import { blocksFor, offsetOfLba, roundUpToBlock, type Lba } from '../units.js';
import { refuseUnbootable, sharersOf, whyInPieces } from './boot-extent.js';
import type { Draft } from './draft.js';
import type { SourceName } from './patch.js';
import type { EntryRequest, PlaceInTree } from './request.js';
import type { Tools } from './tools.js';
import type { View } from './view.js';

/** A boot file in its place in the image. */
export interface PlacedBootFile {
  /** The block that the boot file starts at. */
  readonly lba: Lba;
  /** Whether a boot info table is written into it. */
  readonly tableWritten: boolean;
  /** Why the boot info table was written or left out. */
  readonly tableReason: string;
  /** Whether the file itself, by its name in the tree, has other bytes than before. */
  readonly isEdited: boolean;
  /** Other names that lead to the same bytes, and so to the patched ones. */
  readonly sharedBy: readonly string[];
  /** Why a copy was made of a file of the tree; nothing where the file itself is booted. */
  readonly copiedBecause: string | undefined;
  /** Whether it stands in blocks that were free before. */
  readonly isNew: boolean;
}

/** A change inside the boot file, from its first byte. */
interface Edit {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly why: string;
}

/**
 * Puts a boot file in its place and writes what the loader needs to know of it: GRUB 2's block list and the boot
 * info table. A file of the tree stays where it is, unless it lies in pieces or another file shares its blocks: then
 * a copy is made for the firmware, and the file itself is not touched. Others go into free blocks, or to the end.
 *
 * Errors: `ISO_BOOT_FILE`, `ISO_BOOT_COMPRESSED`.
 */
export function placeBootFile(image: Image, entry: EntryRequest, tools: Tools): PlacedBootFile {
  const { place, file } = entry;
  if (file.size === 0) {
    throw new IsoError('ISO_BOOT_FILE', 'the boot file is empty', { found: 0, wanted: 'a loader' });
  }
  if (place.kind === 'source') {
    const { source, offset } = place;
    return layDown(tools, entry, source, [{ offset, length: file.size }]);
  }
  refuseUnbootable(place.node);
  const why = whyInPieces(place) ?? whyTorn(place, tools.draft);
  return why === undefined ? editInPlace(image, entry, place, tools) : copyOf(entry, place, why, tools);
}

/** Sections that lie in a row are one piece, until one of them moves without the others. */
function whyTorn({ lba: start, node }: PlaceInTree, draft: Draft): string | undefined {
  const shift = draft.blockOf(start) - start;
  const isWhole = node.extents.every(({ lba: at }) => draft.blockOf(at) - at === shift);
  return isWhole ? undefined : 'a part of it moves to make room';
}

function editInPlace(image: Image, entry: EntryRequest, place: PlaceInTree, tools: Tools): PlacedBootFile {
  const { draft, view } = tools;
  const at = draft.blockOf(place.lba);
  const { edits, ...table } = editsFor(entry, at);
  const start = offsetOfLba(place.lba);
  const { size } = entry.file;
  const allEdits = [...edits, ...zeroLastWord(image, view, start, size, table.tableWritten)];
  const { names, other } = allEdits.length === 0 ? NOBODY : sharersOf(image, place.node);
  if (other !== undefined) {
    return copyOf(entry, place, `${other} lies in the same blocks`, tools);
  }
  allEdits.forEach((edit) => draft.edit(start + edit.at, edit.bytes, edit.why));
  const isEdited = edits.some((edit) => differs(edit, entry.file.head));
  return { lba: at, ...table, isEdited, sharedBy: names, copiedBecause: undefined, isNew: false };
}

function differs({ at, bytes }: Edit, head: Uint8Array): boolean {
  return firstDifference(bytes, head.subarray(at)) >= 0;
}

const NOBODY = { names: [], other: undefined };

function copyOf(
  entry: EntryRequest,
  { pieces }: PlaceInTree,
  copiedBecause: string,
  tools: Tools,
): PlacedBootFile {
  return { ...layDown(tools, entry, 'image', pieces), copiedBecause };
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
  return isZero(slack)
    ? []
    : [{ at: size, bytes: new Uint8Array(end - size), why: 'zero padding of the last word' }];
}

/** Writes a file from pieces of a source into the image, with the edits in it, and zeros to the end of its last block. */
function layDown(
  { draft, space }: Tools,
  entry: EntryRequest,
  source: SourceName,
  pieces: readonly Piece[],
): PlacedBootFile {
  const { size } = entry.file;
  const blocks = blocksFor(size);
  const lba = space.take(blocks) ?? draft.append(blocks);
  const { edits, ...table } = editsFor(entry, lba);
  const start = offsetOfLba(lba);
  const why = `boot file ${entry.place.kind === 'tree' ? entry.place.path : entry.place.name}`;
  const copy = (from: number, to: number): void =>
    partsBetween(pieces, from, to).forEach(({ at, offset, length }) =>
      draft.add('new', start + at, { kind: 'source', source, offset, length }, why),
    );
  let done = 0;
  for (const edit of edits) {
    copy(done, edit.at);
    draft.addBytes('new', start + edit.at, edit.bytes, edit.why);
    done = edit.at + edit.bytes.length;
  }
  copy(done, size);
  const padding = { kind: 'zeros', length: roundUpToBlock(size) - size } as const;
  draft.add('new', start + size, padding, 'zero padding of the boot file');
  return { lba, ...table, isEdited: false, sharedBy: [], copiedBecause: undefined, isNew: true };
}

/** Where the bytes from `from` to before `to` of a file in pieces are; `at` counts from the file's start. */
function partsBetween(
  pieces: readonly Piece[],
  from: number,
  to: number,
): { at: number; offset: number; length: number }[] {
  const parts: { at: number; offset: number; length: number }[] = [];
  let start = 0;
  for (const { offset, length } of pieces) {
    const first = Math.max(from, start);
    const end = Math.min(to, start + length);
    if (first < end) {
      parts.push({ at: first, offset: offset + (first - start), length: end - first });
    }
    start += length;
  }
  return parts;
}
