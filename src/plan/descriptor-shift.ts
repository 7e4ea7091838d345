import { isZero } from '../bytes.js';
import { IsoError } from '../errors.js';
import { latin1 } from '../layout/field.js';
import { RECOGNITION_IDENTIFIERS } from '../layout/udf.js';
import {
  STANDARD_IDENTIFIER,
  VOLUME_DESCRIPTOR_TYPE,
  volumeDescriptorHead,
} from '../layout/volume-descriptor.js';
import type { Descriptor } from '../read/descriptor-set.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, BOOT_RECORD_LBA, lba, offsetOfLba, type Lba } from '../units.js';
import type { Draft } from './draft.js';
import { nameClaim, runAround } from './move.js';
import { isReadable, namedPathTables } from './pointer.js';
import { Relocation } from './relocation.js';
import type { Tools } from './tools.js';
import type { View } from './view.js';

/** The descriptors that move up by one block to free block 17: all behind the primary one, and UDF's sequence. */
export function movingDescriptors({ descriptorSet }: Image): readonly Descriptor[] {
  return [...descriptorSet.descriptors.slice(1), ...descriptorSet.recognition];
}

/**
 * Frees the block that the last descriptor moves into, behind the terminator or the recognition sequence: what stands
 * there is moved, with every pointer to it, unless nothing refers to it and it holds nothing. Names what had to go
 * behind something that should follow it.
 *
 * Errors: `ISO_PLAN_NO_ROOM` when what stands there may not move, naming it; `ISO_VOLUME_BYTE_ORDER`.
 */
export function makeRoom(image: Image, tools: Tools): readonly string[] {
  const room = roomBehindDescriptors(image);
  const offset = offsetOfLba(room);
  if (offset + BLOCK_SIZE > image.size) {
    throw new IsoError('ISO_PLAN_NO_ROOM', 'the image ends right behind the volume descriptors', {
      offset,
      found: 'the end of the image',
      wanted: 'a free block',
    });
  }
  const isFree = image.map.isUnreferenced(room, room + 1);
  if (isFree) {
    requireDispensable(tools.view.read(offset, BLOCK_SIZE), offset);
  }
  refuseLookalike(image, tools.view, lba(room + 1));
  if (isFree) {
    return [];
  }
  const run = runAround(image.map, room);
  if ('blocked' in run) {
    throw noRoom(
      `${nameClaim(run.blocked)} is in the way of the volume descriptors`,
      offset,
      run.blocked.kind,
    );
  }
  if (image.sessions.some(({ isRelative }) => isRelative)) {
    // Its trees are records of their own, which nobody has read, with addresses of their own.
    throw noRoom(
      'a partition has a descriptor set and trees of its own',
      offset,
      'what its trees may name as well',
    );
  }
  if (image.findings.some(({ code }) => UNREAD_RECORDS.includes(code))) {
    throw noRoom('records that cannot be read may name what is in the way', offset, 'malformed records');
  }
  const lost = lostPathTable(image, offset);
  if (lost !== undefined) {
    throw noRoom(
      'a path table that is not where one can be may name what is in the way',
      lost,
      'its records',
    );
  }
  const relocation = new Relocation(image, tools);
  relocation.move(run);
  tools.space.free({ start: room + 1, end: run.end });
  return relocation.outOfOrder;
}

/** Byte offset of a path table that cannot be read, or lies among the descriptors in front of `end`. */
function lostPathTable(image: Image, end: number): number | undefined {
  return namedPathTables(image).find((table) => table.offset < end || !isReadable(table, image))?.offset;
}

function noRoom(message: string, offset: number, found: string): IsoError {
  return new IsoError('ISO_PLAN_NO_ROOM', message, {
    offset,
    found,
    wanted: 'a free block, or something that can move',
  });
}

/**
 * What comes to stand right behind the descriptors must not read as one more of them: a path table or a file may start
 * with the name of a UDF block, and the image would have UDF then.
 */
function refuseLookalike({ size, descriptorSet }: Image, view: View, at: Lba): void {
  const offset = offsetOfLba(at);
  if (offset + volumeDescriptorHead.span > size) {
    return;
  }
  const { type, standardIdentifier } = volumeDescriptorHead.decode(
    view.read(offset, volumeDescriptorHead.span),
  );
  const isTerminator =
    standardIdentifier === STANDARD_IDENTIFIER && type === VOLUME_DESCRIPTOR_TYPE.terminator;
  const isUdf = (RECOGNITION_IDENTIFIERS as readonly string[]).includes(standardIdentifier);
  if (isUdf || (isTerminator && descriptorSet.recognition.length === 0)) {
    const message = 'what would stand behind the volume descriptors would be taken for one of them';
    throw noRoom(message, offset, `a block that says ${standardIdentifier}`);
  }
}

/** Findings of records that nobody knows what they name. */
const UNREAD_RECORDS: readonly string[] = ['ISO_TREE_RECORD', 'ISO_TREE_SYSTEM_USE'];

/** The block that the last descriptor moves into. */
export function roomBehindDescriptors(image: Image): Lba {
  return lba((movingDescriptors(image).at(-1)?.lba ?? BOOT_RECORD_LBA - 1) + 1);
}

function requireDispensable(block: Uint8Array, offset: number): void {
  if (!isDispensable(block)) {
    throw new IsoError('ISO_PLAN_NO_ROOM', 'unknown data stand right behind the volume descriptors', {
      offset,
      found: 'data that nothing refers to',
      wanted: 'a free block',
    });
  }
}

/** Whether a block that nothing refers to may go: it is zero, or holds only the writer's note of itself. */
export function isDispensable(block: Uint8Array): boolean {
  return isZero(block) || isWritersText(block);
}

/** What mkisofs (MKI), libarchive (INFO) and PowerISO leave behind the terminator: text, padded with NUL. */
function isWritersText(block: Uint8Array): boolean {
  const text = latin1(block);
  if (text.startsWith('MKI ') || text.startsWith('INFO ')) {
    return true;
  }
  return /^[\t\n\r\x20-\x7e]*PowerISO[\t\n\r\x20-\x7e]*\0*$/.test(text);
}

/** Moves every descriptor up by one block, the highest first, with the edits that it has had where it stands. */
export function planShift(image: Image, draft: Draft): void {
  for (const { lba: from, kind, block } of movingDescriptors(image).toReversed()) {
    const what = kind === 'unknown' ? 'UDF recognition block' : `${kind} descriptor`;
    const content = draft.edited(offsetOfLba(from), block);
    draft.addBytes('descriptors', offsetOfLba(lba(from + 1)), content, `${what} moves up from block ${from}`);
  }
}
