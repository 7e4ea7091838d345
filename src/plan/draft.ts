import { firstDifference, isZero } from '../bytes.js';
import { IsoError } from '../errors.js';
import { BLOCK_SIZE, blocksFor, lba, lbaOfOffset, offsetOfLba, type Lba } from '../units.js';
import type { Move } from './move.js';
import type { PointerChange } from './pointer.js';
import type { Patch, PatchContent, PatchList, Phase } from './patch.js';
import { PHASES } from './patch.js';
import type { View } from './view.js';

/** A patch before its `before` bytes are known. */
export interface DraftPatch {
  readonly offset: number;
  readonly phase: Phase;
  readonly why: string;
  readonly content: PatchContent;
  /** In which round of copies and pointers; the first without it. */
  readonly round?: number;
}

/** Bytes to be written over what the image has at an offset, wherever that goes. */
interface Edit {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly why: string;
}

/** The largest Volume Space Size, in blocks (ECMA-119 8.4.8). */
const MOST_BLOCKS = 0xffff_ffff;

/** Length in bytes of what a patch writes. */
export function contentLength(content: PatchContent): number {
  return content.kind === 'bytes' ? content.bytes.length : content.length;
}

/** The patches made so far, and how far the image has grown. */
export class Draft {
  readonly #patches: DraftPatch[] = [];
  readonly #moves: { move: Move; edits: Edit[] }[] = [];
  readonly #pointers: (PointerChange & { readonly round: number })[] = [];
  /** Blocks at the end, in order; they start behind the old volume and the old file, whichever is longer. */
  readonly #appendStart: number;
  #appendEnd: number;

  constructor(
    readonly oldSize: number,
    volumeBlocks: number,
  ) {
    this.#appendStart = Math.max(volumeBlocks, blocksFor(oldSize));
    this.#appendEnd = this.#appendStart;
  }

  add(phase: Phase, offset: number, content: PatchContent, why: string): void {
    this.#patches.push({ phase, offset, content, why });
  }

  addBytes(phase: Phase, offset: number, bytes: Uint8Array, why: string): void {
    this.add(phase, offset, { kind: 'bytes', bytes }, why);
  }

  /** Has a run of blocks copied elsewhere; edits of it come after this. */
  move(move: Move): void {
    this.#moves.push({ move, edits: [] });
  }

  /** What moves, in the order in which it does. */
  get moves(): readonly Move[] {
    return this.#moves.map(({ move }) => move);
  }

  /** Where a block of the image lies in the end. */
  blockOf(block: Lba): Lba {
    const move = this.#moveAt(block)?.move;
    return move === undefined ? block : lba(move.to + (block - move.start));
  }

  /** Changes bytes of a file where it lies, or in its copy if it moves. */
  edit(offset: number, bytes: Uint8Array, why: string): void {
    const moved = this.#moveAt(lbaOfOffset(offset));
    if (moved === undefined) {
      this.addBytes('new', offset, bytes, why);
    } else {
      moved.edits.push({ offset, bytes, why });
    }
  }

  /** Changes pointers once what they point at has been copied, in the round in which it moves. */
  pointers(changes: readonly PointerChange[], round: number): void {
    this.#pointers.push(...changes.map((change) => ({ ...change, round })));
  }

  /** Writes a pointer where it stands when its round comes, and into copies that are made in that round or later. */
  #layPointer({ offset, bytes, why, round }: PointerChange & { readonly round: number }): void {
    const moved = this.#moveAt(lbaOfOffset(offset));
    const there = moved === undefined ? 0 : offsetOfLba(lba(moved.move.to - moved.move.start));
    const content = { kind: 'bytes', bytes } as const;
    if (moved === undefined || moved.move.round > round) {
      this.#patches.push({ phase: 'pointers', offset, content, why, round });
    } else if (moved.move.round < round) {
      this.#patches.push({ phase: 'pointers', offset: offset + there, content, why, round });
    }
    if (moved !== undefined && moved.move.round >= round) {
      moved.edits.push({ offset, bytes, why });
    }
  }

  /** A part of the image as it is to be: its bytes with all edits of them so far. */
  edited(offset: number, bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    for (const { offset: at, content } of this.#patches) {
      if (content.kind === 'bytes' && at >= offset && at + content.bytes.length <= offset + bytes.length) {
        copy.set(content.bytes, at - offset);
      }
    }
    return copy;
  }

  #moveAt(block: Lba): { move: Move; edits: Edit[] } | undefined {
    return this.#moves.find(({ move: { start, end } }) => block >= start && block < end);
  }

  /** Writes what moves to its new place, with the edits in it, and the pointers to it. */
  layMoves(): void {
    this.#pointers.forEach((pointer) => this.#layPointer(pointer));
    for (const { move, edits } of this.#moves) {
      const shift = offsetOfLba(lba(move.to - move.start));
      const why = `${move.what} moves from block ${move.start}`;
      const copy = (at: number, end: number): void => {
        const content = { kind: 'source', source: 'image', offset: at, length: end - at } as const;
        this.#patches.push({ phase: 'new', offset: at + shift, content, why, round: move.round });
      };
      let at = offsetOfLba(lba(move.start));
      for (const { offset, bytes, why } of edits.toSorted((a, b) => a.offset - b.offset)) {
        copy(at, offset);
        const content = { kind: 'bytes', bytes } as const;
        this.#patches.push({ phase: 'new', offset: offset + shift, content, why, round: move.round });
        at = offset + bytes.length;
      }
      const end = offsetOfLba(lba(move.end));
      copy(at, Math.min(end, this.oldSize));
      if (end > this.oldSize) {
        // The image ends inside its last block.
        const content = { kind: 'zeros', length: end - this.oldSize } as const;
        this.#patches.push({ phase: 'new', offset: this.oldSize + shift, content, why, round: move.round });
      }
    }
  }

  /**
   * Takes blocks at the end of the image.
   *
   * Errors: `ISO_PLAN_GROWTH` where they end behind the last block that a volume can have: whatever is written there would
   * have a number that no pointer, and no field for a volume's size, can tell.
   */
  append(blocks: number): Lba {
    const start = this.#appendEnd as Lba;
    this.#appendEnd += blocks;
    if (this.#appendEnd > MOST_BLOCKS) {
      throw new IsoError('ISO_PLAN_GROWTH', 'the volume would be larger than its size field can say', {
        found: this.#appendEnd,
        wanted: MOST_BLOCKS,
      });
    }
    return start;
  }

  /** Whether anything was appended. */
  get grows(): boolean {
    return this.#appendEnd > this.#appendStart;
  }

  /** The block behind the last appended one. */
  get appendEnd(): number {
    return this.#appendEnd;
  }

  get newSize(): number {
    return this.grows ? this.#appendEnd * BLOCK_SIZE : this.oldSize;
  }

  /** Covers with zeros whatever no patch writes between the old end of the file and the new one. */
  fillGrowth(): void {
    const written = this.#patches
      .map(({ offset, content }) => ({ start: offset, end: offset + contentLength(content) }))
      .filter(({ end }) => end > this.oldSize)
      .sort((a, b) => a.start - b.start);
    let at = this.oldSize;
    for (const { start, end } of [...written, { start: this.newSize, end: this.newSize }]) {
      if (start > at) {
        this.add('new', at, { kind: 'zeros', length: start - at }, 'zero padding');
      }
      at = Math.max(at, end);
    }
  }

  /** The finished list: in write order, each patch with the bytes that it replaces. */
  finish(view: View): PatchList {
    const ordered = this.#patches.toSorted((a, b) => orderOf(a) - orderOf(b));
    const pieces = ordered.flatMap((patch) => splitAt(patch, this.oldSize));
    const inside = pieces.filter(({ offset }) => offset < this.oldSize);
    const before = view.readAll(
      inside.map(({ offset, content }) => ({ offset, length: contentLength(content) })),
    );
    const beforeOf = new Map<DraftPatch | undefined, Uint8Array | undefined>(
      inside.map((piece, i) => [piece, before[i]]),
    );
    const patches = pieces.flatMap(({ round = 0, ...piece }, i): Patch[] => {
      const bytes = beforeOf.get(pieces[i]);
      const patch: Patch = {
        ...piece,
        length: contentLength(piece.content),
        before: bytes === undefined ? { kind: 'beyond-end' } : { kind: 'bytes', bytes },
      };
      return round === 0 && isIdle(patch) ? [] : [patch];
    });
    return { patches, oldSize: this.oldSize, newSize: this.newSize };
  }
}

/** Behind every round of copies and pointers. */
const LAST_ROUND = Number.MAX_SAFE_INTEGER / 2;

/** What comes when: rounds of copies and pointers to them, then the descriptors, then the boot record. */
function orderOf({ phase, round = 0 }: DraftPatch): number {
  const index = PHASES.indexOf(phase);
  return index < PHASES.indexOf('descriptors') ? round * PHASES.length + index : LAST_ROUND + index;
}

/** Whether a patch writes what stands there already, in the first phase: later ones may cover an earlier one's bytes. */
function isIdle({ phase, content, before }: Patch): boolean {
  if (phase !== 'new' || before.kind !== 'bytes' || content.kind === 'source') {
    return false;
  }
  return content.kind === 'bytes' ? firstDifference(before.bytes, content.bytes) < 0 : isZero(before.bytes);
}

/** A patch across the old end of the file becomes two, so that each is either over old bytes or beyond them. */
function splitAt(patch: DraftPatch, end: number): DraftPatch[] {
  const length = contentLength(patch.content);
  if (length === 0) {
    return [];
  }
  const head = end - patch.offset;
  if (head <= 0 || head >= length) {
    return [patch];
  }
  return [
    { ...patch, content: slice(patch.content, 0, head) },
    { ...patch, offset: end, content: slice(patch.content, head, length) },
  ];
}

function slice(content: PatchContent, start: number, end: number): PatchContent {
  switch (content.kind) {
    case 'bytes':
      return { kind: 'bytes', bytes: content.bytes.subarray(start, end) };
    case 'zeros':
      return { kind: 'zeros', length: end - start };
    case 'source':
      return { ...content, offset: content.offset + start, length: end - start };
  }
}
