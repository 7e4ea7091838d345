import type { AllocationMap, Claim, ClaimKind } from '../read/allocation-map.js';
import type { Lba } from '../units.js';

/** A run of blocks, from `start` to before `end`. */
export interface BlockRun {
  /** The first block. */
  readonly start: number;
  /** The block behind the last. */
  readonly end: number;
}

/** A run of blocks that goes elsewhere as it is, but for pointers inside it. */
export interface Move extends BlockRun {
  /** The first block of its new place. */
  readonly to: Lba;
  /** What lies in it, for people. */
  readonly what: string;
  /** What moves in a later round may go where something lay that moved in an earlier one. */
  readonly round: number;
}

/** Whether a run has a block. */
export function isIn({ start, end }: BlockRun, block: number): boolean {
  return block >= start && block < end;
}

/** A run of blocks with all that lies in it. */
export interface ClaimedRun extends BlockRun {
  readonly claims: readonly Claim[];
}

/** What may be moved, since all that refers to it is known and can be changed. */
const MOVABLE: ReadonlySet<ClaimKind> = new Set(['path table', 'directory', 'file', 'continuation area']);

/**
 * The run that has to move as a whole to free one block: everything that lies in it, all that shares blocks with
 * that, and continuation areas right behind their directory. Or the claim that forbids it, since something else knows
 * that place by its address.
 */
export function runAround(map: AllocationMap, block: number): ClaimedRun | { readonly blocked: Claim } {
  let start = block;
  let end = block + 1;
  for (;;) {
    const claims = map.overlapping(start, end);
    const blocked = claims.find(({ kind }) => !MOVABLE.has(kind));
    if (blocked !== undefined) {
      return { blocked };
    }
    const run = map.connected(start, endOfContinuations(map, claims, end));
    if (run.start === start && run.end === end) {
      return { start, end, claims };
    }
    ({ start, end } = run);
  }
}

/** The end of the blocks from one on that hold what the records of some directories go on with. */
function endOfContinuations(map: AllocationMap, claims: readonly Claim[], from: number): number {
  const isArea = (block: number): boolean =>
    map.overlapping(block, block + 1).some(({ kind }) => kind === 'continuation area');
  if (!isArea(from)) {
    return from;
  }
  const areas = new Set<number>();
  for (const { node } of claims) {
    node?.pointers?.continuations.forEach((area) => areas.add(area.block));
  }
  let end = from;
  while (areas.has(end) && isArea(end)) {
    end += 1;
  }
  return end;
}

/** What a claim is called in messages: its kind, and the path where it has one. */
export function nameClaim({ kind, node }: Claim): string {
  return node === undefined ? `the ${kind}` : `the ${kind} ${node.path}`;
}

/** What lies in a run, each thing once; hard links and other trees name one file several times. */
export function nameClaims(claims: readonly Claim[]): string {
  const [first = 'nothing', second, ...others] = new Set(claims.map(nameClaim));
  if (second === undefined) {
    return first;
  }
  return others.length === 0 ? `${first} and ${second}` : `${first} and ${others.length + 1} more`;
}
