import { isZero } from '../bytes.js';
import { halvesAgree } from '../layout/field.js';
import { TAG_IDENTIFIER, tagChecksumHolds } from '../layout/udf-tag.js';
import { anchorVolumeDescriptorPointer, FIRST_ANCHOR_LBA } from '../layout/udf.js';
import type { Claim } from '../read/allocation-map.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, lba, offsetOfLba } from '../units.js';
import { padBehind, SMALLEST_PAD_BLOCKS } from './growth.js';
import { isForeign, type HiddenRun } from './hidden-boot.js';
import type { BlockRun } from './move.js';
import type { View } from './view.js';

/** How many blocks at the end may be looked at to see whether they are nothing but pad. */
const LOOK_LIMIT = 1024;

/**
 * How many blocks the volume is to have once what was appended to make it bootable is gone; nothing where it keeps
 * its size. `gone` is what goes with the boot record.
 *
 * An injection that grows an image puts what it brings right behind the old volume, and new padding behind that. So
 * the old volume ended where the first such block has the old padding in front of it; where that was too short to
 * be told, what is cut off leaves the padding that a growing image gets (`padBehind`).
 */
export function planShrinkage(image: Image, gone: readonly HiddenRun[], view: View): number | undefined {
  if (!mayShrink(image)) {
    return undefined;
  }
  const volumeBlocks = image.volumeSize / BLOCK_SIZE;
  const own = joined(gone);
  const anchors = endAnchors(image, view, volumeBlocks);
  const dataEnd = image.map.lastEndOf((claim) => isOthers(claim, own) && !isAnchor(claim, anchors));
  const tail = own.filter(({ start }) => start >= dataEnd);
  const blocks = oldEnd(tail, dataEnd, volumeBlocks);
  const isPad =
    blocks !== undefined &&
    isZeroBut([...tail, ...anchors.map((at) => ({ start: at, end: at + 1 }))], volumeBlocks, view);
  return isPad && keepsAnchor(image, view, blocks, anchors) ? blocks : undefined;
}

/** A file that is not exactly its volume, a backup partition table, or halves that differ: all is left as it is. */
function mayShrink({ size, volumeSize, hybrid, descriptorSet, sessions }: Image): boolean {
  const trees = [...descriptorSet.trees, ...sessions.flatMap((session) => session.trees)];
  return (
    size === volumeSize && !hybrid.gpt && trees.every(({ fields }) => halvesAgree(fields.volumeSpaceSize))
  );
}

function joined(runs: readonly BlockRun[]): BlockRun[] {
  const result: BlockRun[] = [];
  for (const { start, end } of [...runs].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && start <= last.end) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    } else {
      result.push({ start, end });
    }
  }
  return result;
}

/** A claim that does not go with the boot record: anybody else's, and a boot image that has to stay. */
function isOthers(claim: Claim, own: readonly BlockRun[]): boolean {
  return isForeign(claim) || !own.some(({ start, end }) => start <= claim.start && claim.end <= end);
}

function isAnchor({ start, end }: Claim, anchors: readonly number[]): boolean {
  return end === start + 1 && anchors.includes(start);
}

/** Where the volume ended before; nothing where it does not show that anything was appended. */
function oldEnd(tail: readonly BlockRun[], dataEnd: number, volumeBlocks: number): number | undefined {
  let end = dataEnd;
  for (const run of tail) {
    if (run.start - end >= SMALLEST_PAD_BLOCKS) {
      return run.start;
    }
    end = run.end;
  }
  // Where less padding stood in front, growth is known by its own, which is of just one length.
  const hasGrown = tail.length > 0 && volumeBlocks - end === padBehind(end);
  return hasGrown ? Math.min(volumeBlocks, dataEnd + padBehind(dataEnd)) : undefined;
}

/** Whether all from the first of the runs on is zero, but for the runs themselves. */
function isZeroBut(runs: readonly BlockRun[], volumeBlocks: number, view: View): boolean {
  const gaps: BlockRun[] = [];
  const [first] = runs;
  let at = first?.end ?? volumeBlocks;
  for (const { start, end } of [...joined(runs), { start: volumeBlocks, end: volumeBlocks }]) {
    if (start > at) {
      gaps.push({ start: at, end: start });
    }
    at = Math.max(at, end);
  }
  if (gaps.reduce((sum, { start, end }) => sum + end - start, 0) > LOOK_LIMIT) {
    return false;
  }
  const pieces = view.readAll(
    gaps.map(({ start, end }) => ({ offset: offsetOfLba(lba(start)), length: (end - start) * BLOCK_SIZE })),
  );
  return pieces.every(isZero);
}

/** Blocks counted from the end of the volume at which UDF readers look for an anchor and find one. */
function endAnchors({ descriptorSet }: Image, view: View, volumeBlocks: number): number[] {
  const places = descriptorSet.hasUdf ? [volumeBlocks - 1, volumeBlocks - 1 - FIRST_ANCHOR_LBA] : [];
  return places.filter((at) => at > FIRST_ANCHOR_LBA && isAnchorBlock(view, at));
}

/** Readers of a shorter disc find an anchor still: at its end, or at block 256 where there was none at the end. */
function keepsAnchor(
  { descriptorSet }: Image,
  view: View,
  blocks: number,
  atOldEnd: readonly number[],
): boolean {
  if (!descriptorSet.hasUdf) {
    return true;
  }
  const atEnd = [blocks - 1, blocks - 1 - FIRST_ANCHOR_LBA].filter((at) => at > 0);
  return (
    atEnd.some((at) => isAnchorBlock(view, at)) ||
    (atOldEnd.length === 0 && blocks > FIRST_ANCHOR_LBA && isAnchorBlock(view, FIRST_ANCHOR_LBA))
  );
}

function isAnchorBlock(view: View, at: number): boolean {
  const block = view.read(offsetOfLba(lba(at)), BLOCK_SIZE);
  const { tagIdentifier, tagLocation } = anchorVolumeDescriptorPointer.decode(block);
  return tagChecksumHolds(block) && tagIdentifier === TAG_IDENTIFIER.anchor && tagLocation === at;
}
