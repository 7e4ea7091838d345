import { IsoError } from '../errors.js';
import { both32 } from '../layout/field.js';
import type { ClaimKind } from '../read/allocation-map.js';
import type { Image } from '../read/image.js';
import { BLOCK_SIZE, BOOT_RECORD_LBA, lbaOfOffset, offsetOfLba } from '../units.js';
import { movingDescriptors } from './descriptor-shift.js';
import { contentLength } from './draft.js';
import { RUN_OUT_BLOCKS } from './free-space.js';
import type { BlockRun, Move } from './move.js';
import { PHASES, type Patch, type PatchList } from './patch.js';

/** Bytes that a whole list may carry by itself; anything larger comes from a source. */
const CONTENT_LIMIT = 1024 * 1024;

/** What the plan means to do, beyond the list itself. */
export interface GateFacts {
  readonly image: Image;
  readonly list: PatchList;
  readonly newVolumeBlocks: number;
  /** What goes elsewhere, so that its blocks become free once the pointers are written. */
  readonly moves: readonly Move[];
  /** Blocks given to the catalog, to what moves, and to boot files that were brought in. */
  readonly placed: readonly BlockRun[];
  /** Blocks of structures that may be changed where they are: the loader, a stale catalog. */
  readonly editable: readonly BlockRun[];
}

/**
 * The last gate in front of the sinks: a list that gets through it stays inside the image, keeps the order of phases,
 * writes nothing twice in one phase, and overwrites nothing that any structure refers to.
 *
 * Errors: `ISO_PLAN_GATE`, which is always a defect of the planner.
 */
export function checkPlan(facts: GateFacts): void {
  const { list, image } = facts;
  checkList(list);
  for (const { patch, round } of withRounds(list.patches)) {
    if (patch.phase === 'pointers') {
      const isPointer = liesInDescriptor(patch, image) || isPointerOf(patch, facts, round);
      refuseIf(!isPointer, patch, 'lies outside the structures that hold pointers');
    }
    if (patch.phase === 'new') {
      refuseIf(!landsOnFreeBlocks(patch, facts, round), patch, 'lands on blocks that are in use');
    }
  }
  facts.moves.forEach((move) => checkMove(move, image));
  checkDescriptors(facts);
  checkApart(facts.placed);
  for (const { start, end } of facts.placed) {
    if (end > facts.newVolumeBlocks - RUN_OUT_BLOCKS) {
      throw new IsoError('ISO_PLAN_GATE', 'something would be placed in the run-out of the disc', {
        offset: start * BLOCK_SIZE,
        found: end,
        wanted: facts.newVolumeBlocks - RUN_OUT_BLOCKS,
      });
    }
  }
}

/**
 * What holds of every list: each patch inside the image and as long as it says, phases in order, nothing written twice
 * in one phase, and few bytes carried along. Errors: `ISO_PLAN_GATE`.
 */
export function checkList(list: PatchList): void {
  let phase = 0;
  let carried = 0;
  for (const patch of list.patches) {
    checkPatch(patch, list);
    const own = PHASES.indexOf(patch.phase);
    const isNewRound = patch.phase === 'new' && phase === PHASES.indexOf('pointers');
    refuseIf(own < phase && !isNewRound, patch, 'comes after a later phase');
    phase = own;
    carried += patch.content.kind === 'bytes' ? patch.content.bytes.length : 0;
  }
  if (carried > CONTENT_LIMIT) {
    throw new IsoError('ISO_PLAN_GATE', 'a plan carries too many bytes', {
      found: carried,
      wanted: CONTENT_LIMIT,
    });
  }
  groupsOf(list.patches).forEach(checkOverlaps);
}

function refuseIf(bad: boolean, { offset, why }: Patch, reason: string): void {
  if (bad) {
    throw new IsoError('ISO_PLAN_GATE', `a patch (${why}) ${reason}`, { offset });
  }
}

function checkPatch(patch: Patch, { oldSize, newSize }: PatchList): void {
  const { offset, length, content, before } = patch;
  refuseIf(length <= 0 || contentLength(content) !== length, patch, 'has not the length it says');
  refuseIf(offset < 0 || offset + length > newSize, patch, 'lies outside the image');
  if (before.kind === 'bytes') {
    refuseIf(
      before.bytes.length !== length || offset + length > oldSize,
      patch,
      'says wrongly what it replaces',
    );
  } else if (before.kind === 'beyond-end') {
    refuseIf(offset < oldSize, patch, 'says wrongly that it lies beyond the end');
  } else {
    const isBlanked = content.kind === 'zeros' && offset + length <= oldSize;
    refuseIf(!isBlanked, patch, 'writes over what nobody looked at');
  }
}

/** Whether a patch lies inside the descriptor of a tree, or of a copy of one. */
export function liesInDescriptor({ offset, length }: Patch, { descriptorSet, sessions }: Image): boolean {
  return [...descriptorSet.trees, ...sessions.flatMap(({ trees }) => trees)].some(({ lba: at }) => {
    const start = offsetOfLba(at);
    return offset >= start && offset + length <= start + BLOCK_SIZE;
  });
}

/** What holds pointers besides the descriptors. */
const POINTING: ReadonlySet<ClaimKind> = new Set(['path table', 'directory', 'continuation area']);

/** Each patch with its round: one ends where copies follow upon pointers. */
function withRounds(patches: readonly Patch[]): { patch: Patch; round: number }[] {
  let round = 0;
  return patches.map((patch, i) => {
    round += patch.phase === 'new' && patches[i - 1]?.phase === 'pointers' ? 1 : 0;
    return { patch, round };
  });
}

/** Whether a patch is no longer than one number, in a structure that holds pointers and stands there in this round. */
function isPointerOf({ offset, length }: Patch, { image, moves }: GateFacts, round: number): boolean {
  const block = lbaOfOffset(offset);
  const arrived = moves.findLast(({ start, end, to }) => block >= to && block < to + (end - start));
  const at = arrived !== undefined && arrived.round < round ? arrived.start + (block - arrived.to) : block;
  const leaves = moves.find(({ start, end }) => at >= start && at < end);
  return (
    length <= both32().span &&
    image.map.overlapping(at, at + 1).some(({ kind }) => POINTING.has(kind)) &&
    (at !== block || leaves === undefined || leaves.round > round)
  );
}

/** No two things have one place, though one may come there in another round. */
function checkApart(placed: readonly BlockRun[]): void {
  const sorted = [...placed].sort((a, b) => a.start - b.start);
  sorted.forEach(({ end }, i) => {
    const next = sorted[i + 1];
    if (next !== undefined && next.start < end) {
      throw new IsoError('ISO_PLAN_GATE', 'two things would be placed in the same blocks', {
        offset: next.start * BLOCK_SIZE,
        found: end,
        wanted: next.start,
      });
    }
  });
}

/** Whatever lies in a run that moves has to move as a whole; else something would still point at its old blocks. */
function checkMove({ start, end, what }: Move, { map }: Image): void {
  const torn = map.overlapping(start, end).find((claim) => claim.start < start || claim.end > end);
  if (torn !== undefined) {
    throw new IsoError('ISO_PLAN_GATE', `only a part of ${torn.kind} would move with ${what}`, {
      offset: start * BLOCK_SIZE,
      found: torn.end,
      wanted: end,
    });
  }
}

/** Whether nothing refers to the blocks of a patch, or they may be changed where they are. */
export function landsOnFreeBlocks(
  { offset, length, before }: Patch,
  { image, editable, moves }: GateFacts,
  round: number,
): boolean {
  const start = Math.floor(offset / BLOCK_SIZE);
  const end = Math.ceil((offset + length) / BLOCK_SIZE);
  if (before.kind === 'beyond-end') {
    // What refers to a block there refers to padding that is not there yet.
    return true;
  }
  const left = moves.filter((move) => move.round < round);
  for (let block = start; block < end; block += 1) {
    const isIn = (run: BlockRun): boolean => block >= run.start && block < run.end;
    if (!image.map.isUnreferenced(block, block + 1) && !editable.some(isIn) && !left.some(isIn)) {
      return false;
    }
  }
  return true;
}

/** The patches of each phase of each round. */
function groupsOf(patches: readonly Patch[]): Patch[][] {
  const groups = new Map<string, Patch[]>();
  for (const { patch, round } of withRounds(patches)) {
    const key = `${round} ${patch.phase}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [patch]);
    } else {
      group.push(patch);
    }
  }
  return [...groups.values()];
}

function checkOverlaps(patches: readonly Patch[]): void {
  const sorted = [...patches].sort((a, b) => a.offset - b.offset);
  sorted.forEach((patch, i) => {
    const next = sorted[i + 1];
    refuseIf(
      next !== undefined && patch.offset + patch.length > next.offset,
      patch,
      'overlaps another of its phase',
    );
  });
}

/**
 * Descriptors go one block up, the highest first into a free block, so that each stands somewhere at any moment. In
 * front of them may go what is put into blocks that became free.
 */
function checkDescriptors({ list: { patches }, image, moves }: GateFacts): void {
  const late = patches.filter(({ phase }) => phase === 'descriptors');
  const moved = late.splice(Math.max(0, late.length - movingDescriptors(image).length));
  const isFree = (block: number): boolean =>
    image.map.isUnreferenced(block, block + 1) ||
    moves.some(({ start, end }) => block >= start && block < end);
  late.forEach((patch) =>
    refuseIf(!isFree(patch.offset / BLOCK_SIZE), patch, 'lands on blocks that are in use'),
  );
  moved.forEach((patch, i) => {
    const above = moved[i - 1];
    const isNext =
      above === undefined ? isFree(patch.offset / BLOCK_SIZE) : above.offset === patch.offset + BLOCK_SIZE;
    refuseIf(!isNext || patch.length !== BLOCK_SIZE, patch, 'would overwrite a descriptor that is in use');
  });
  const record = patches.filter(({ phase }) => phase === 'boot-record');
  const lowest = moved.at(-1)?.offset;
  record.forEach((patch) => {
    const at = offsetOfLba(BOOT_RECORD_LBA);
    refuseIf(
      patch.offset !== at || (lowest !== undefined && lowest !== at + BLOCK_SIZE),
      patch,
      'is not the boot record at block 17',
    );
  });
  if (record.length !== 1 || patches.at(-1) !== record[0]) {
    throw new IsoError('ISO_PLAN_GATE', 'the boot record does not come last', {
      found: record.length,
      wanted: 1,
    });
  }
}
