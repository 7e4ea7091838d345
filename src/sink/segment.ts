import { IsoError } from '../errors.js';
import type { Patch, PatchContent, PatchList, SourceName } from '../plan/patch.js';

/** A run of the edited image that one patch decides; runs are sorted and do not overlap. */
export interface Segment {
  /** Byte offset in the edited image. */
  readonly offset: number;
  readonly length: number;
  readonly content: PatchContent;
  /** Bytes of `content` in front of this run. */
  readonly skip: number;
}

/** Where the bytes of a part of a chunk come from. */
export type Piece = { readonly length: number } & (
  | { readonly kind: 'base'; readonly offset: number }
  | { readonly kind: 'zeros' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'source'; readonly source: SourceName; readonly offset: number }
);

/** A whole edited image: its runs, and the sizes in bytes of the image below and of the result. */
export interface Layers {
  readonly segments: readonly Segment[];
  readonly oldSize: number;
  readonly newSize: number;
}

/**
 * The patches in the order in which every sink applies them: as listed.
 *
 * Errors: `ISO_PLAN_GATE` when a patch reaches outside the new size or its content has another length.
 */
export function writeOrder(list: PatchList): readonly Patch[] {
  list.patches.forEach((patch) => checkPatch(patch, list.newSize));
  return list.patches;
}

/** The patches between two syncs: each phase of each round, and each patch of `descriptors`, by itself. */
export function syncGroups(patches: readonly Patch[]): Patch[][] {
  const groups: Patch[][] = [];
  for (const patch of patches) {
    const last = groups.at(-1);
    if (last === undefined || last[0]?.phase !== patch.phase || patch.phase === 'descriptors') {
      groups.push([patch]);
    } else {
      last.push(patch);
    }
  }
  return groups;
}

function checkPatch(patch: Patch, newSize: number): void {
  const { offset, length, content } = patch;
  const contentLength = content.kind === 'bytes' ? content.bytes.length : content.length;
  const sound = Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= newSize;
  if (!sound || contentLength !== length) {
    throw new IsoError('ISO_PLAN_GATE', `a patch (${patch.why}) does not fit the image`, {
      offset,
      found: contentLength,
      wanted: length,
    });
  }
}

/** Resolves a list once, so that any part of the result is found by a binary search; a later patch wins. */
export function resolveLayers(list: PatchList): Layers {
  const segments: Segment[] = [];
  for (const { offset, length, content } of writeOrder(list)) {
    if (length > 0) {
      laySegment(segments, { offset, length, content, skip: 0 });
    }
  }
  return { segments, oldSize: list.oldSize, newSize: list.newSize };
}

function laySegment(segments: Segment[], added: Segment): void {
  const end = endOf(added);
  const first = indexAfter(segments, added.offset);
  let last = first;
  const around: Segment[] = [added];
  for (let below = segments[last]; below !== undefined && below.offset < end; below = segments[last]) {
    if (below.offset < added.offset) {
      around.unshift(part(below, below.offset, added.offset));
    }
    if (endOf(below) > end) {
      around.push(part(below, end, endOf(below)));
    }
    last += 1;
  }
  segments.splice(first, last - first, ...around);
}

function part(segment: Segment, from: number, to: number): Segment {
  const skip = segment.skip + (from - segment.offset);
  return { offset: from, length: to - from, content: segment.content, skip };
}

function endOf(run: { readonly offset: number; readonly length: number }): number {
  return run.offset + run.length;
}

/** The index of the first segment that ends behind `offset`. */
function indexAfter(segments: readonly Segment[], offset: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const segment = segments[middle];
    if (segment !== undefined && endOf(segment) > offset) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/**
 * Lays the patches over the chunk of `length` bytes at `offset`: gives the pieces that it is made of, in order.
 *
 * What no patch covers comes from the image below, and behind that one's end it is zeros.
 */
export function overlayChunk(layers: Layers, offset: number, length: number): Piece[] {
  const pieces: Piece[] = [];
  const end = offset + length;
  let at = offset;
  let index = indexAfter(layers.segments, offset);
  while (at < end) {
    const segment = layers.segments[index];
    const bare = Math.min(end, segment?.offset ?? end);
    if (at < bare) {
      pieces.push(...barePieces(layers.oldSize, at, bare));
      at = bare;
    } else if (segment !== undefined) {
      const stop = Math.min(end, endOf(segment));
      pieces.push(segmentPiece(part(segment, at, stop)));
      at = stop;
      index += 1;
    }
  }
  return pieces;
}

function barePieces(oldSize: number, from: number, to: number): Piece[] {
  const pieces: Piece[] = [];
  const edge = Math.max(from, Math.min(to, oldSize));
  if (edge > from) {
    pieces.push({ kind: 'base', offset: from, length: edge - from });
  }
  if (to > edge) {
    pieces.push({ kind: 'zeros', length: to - edge });
  }
  return pieces;
}

function segmentPiece({ content, skip, length }: Segment): Piece {
  switch (content.kind) {
    case 'bytes':
      return { kind: 'bytes', bytes: content.bytes.subarray(skip, skip + length), length };
    case 'zeros':
      return { kind: 'zeros', length };
    case 'source':
      // The image as a source is the image below, as it was before any patch.
      return content.source === 'image'
        ? { kind: 'base', offset: content.offset + skip, length }
        : { kind: 'source', source: content.source, offset: content.offset + skip, length };
  }
}
