import { IsoError } from '../errors.js';
import type { AllocationMap, Claim, ClaimKind } from '../read/allocation-map.js';
import { offsetOfLba, type Lba } from '../units.js';

/** A run of blocks, from `start` to before `end`. */
export interface BlockRun {
  readonly start: number;
  readonly end: number;
}

/** A run of blocks that goes elsewhere as it is, but for pointers inside it. */
export interface Move extends BlockRun {
  /** The first block of its new place. */
  readonly to: Lba;
  /** What lies in it, for people. */
  readonly what: string;
}

/** What may be moved, since all that refers to it is known and can be changed. */
const MOVABLE: ReadonlySet<ClaimKind> = new Set(['path table', 'directory', 'file']);

/**
 * The run that has to move as a whole to free one block: everything that lies in it, and all that shares blocks with
 * that.
 *
 * Errors: `ISO_PLAN_NO_ROOM`, naming what is in the way, when any of it is known by address to something else.
 */
export function runAround(map: AllocationMap, block: Lba): BlockRun & { readonly claims: readonly Claim[] } {
  let start: number = block;
  let end = block + 1;
  for (;;) {
    const claims = map.overlapping(start, end);
    const blocked = claims.find(({ kind }) => !MOVABLE.has(kind));
    if (blocked !== undefined) {
      throw new IsoError(
        'ISO_PLAN_NO_ROOM',
        `${nameClaim(blocked)} is in the way of the volume descriptors`,
        {
          offset: offsetOfLba(block),
          found: blocked.kind,
          wanted: 'a free block, or something that can move',
        },
      );
    }
    const reach = claims.reduce(
      (run, claim) => ({ start: Math.min(run.start, claim.start), end: Math.max(run.end, claim.end) }),
      { start, end },
    );
    if (reach.start === start && reach.end === end) {
      return { start, end, claims };
    }
    ({ start, end } = reach);
  }
}

/** What a claim is called in messages: its kind, and the path where it has one. */
export function nameClaim({ kind, node }: Claim): string {
  return node === undefined ? `the ${kind}` : `the ${kind} ${node.path}`;
}

/** What lies in a run, each thing once; hard links and other trees name one file several times. */
export function nameClaims(claims: readonly Claim[]): string {
  const names = [...new Set(claims.map(nameClaim))];
  const [first = 'nothing', ...others] = names;
  return others.length === 0 ? first : `${first} (and ${others.length} more names)`;
}
