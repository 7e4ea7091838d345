import type { Image } from '../read/image.js';
import { BLOCK_SIZE, lba, offsetOfLba, type Lba } from '../units.js';
import type { Tools } from './tools.js';
import { nameClaims, runAround, type BlockRun, type ClaimedRun } from './move.js';
import { boundOf } from './order.js';
import { changesOfPointers } from './pointer.js';

/** How many places between others are looked at for one run, and how many runs may make room one for the other. */
const HOSTS_LOOKED_AT = 64;
const LONGEST_CHAIN = 16;

/** Blocks that may make room for a run, as a multiple of its own and at least so many. */
const EVICTED_SHARE = 4;
const EVICTED_LEAST = 32;

/** A place for a run, and what lies there now. */
interface Host {
  readonly start: Lba;
  readonly occupants: readonly ClaimedRun[];
}

/**
 * Finds new places for what has to move. A directory stays in front of its subdirectories: where no free run does that,
 * it takes the place of what follows it, and that moves first.
 */
export class Relocation {
  /** Runs that have a new place, or are about to have one. */
  readonly #busy: BlockRun[] = [];
  /** What had to go behind something that should follow it. */
  readonly outOfOrder: string[] = [];

  constructor(
    private readonly image: Image,
    private readonly tools: Tools,
  ) {}

  /** Gives a run a new place, and tells the round in which it moves there. */
  settle(run: ClaimedRun, chain = 0): number {
    const { space, draft } = this.tools;
    const length = run.end - run.start;
    const bound = boundOf(this.image.trees, run);
    this.#busy.push(run);
    const free = space.take(length, bound);
    if (free !== undefined) {
      return this.#move(run, free, 0);
    }
    if (bound === Infinity) {
      return this.#move(run, draft.append(length), 0);
    }
    const host = chain < LONGEST_CHAIN ? this.#hostFor(run, bound) : undefined;
    if (host === undefined) {
      this.outOfOrder.push(nameClaims(run.claims));
      return this.#move(run, space.take(length) ?? draft.append(length), 0);
    }
    space.reserve({ start: host.start, end: host.start + length });
    const rounds = host.occupants.map((occupant) => this.settle(occupant, chain + 1));
    return this.#move(run, host.start, Math.max(...rounds) + 1);
  }

  #move(run: ClaimedRun, to: Lba, round: number): number {
    const { draft, view } = this.tools;
    const changes = changesOfPointers(this.image, view, run, to);
    draft.move({ start: run.start, end: run.end, to, what: nameClaims(run.claims), round });
    draft.pointers(changes, round);
    return round;
  }

  /** The lowest place behind a run, and not behind what has to follow it, whose occupants can all move. */
  #hostFor(run: ClaimedRun, bound: number): Host | undefined {
    const length = run.end - run.start;
    const most = Math.max(EVICTED_LEAST, EVICTED_SHARE * length);
    const starts = this.image.map.startsBetween(run.end, bound + 1, HOSTS_LOOKED_AT);
    for (const start of starts) {
      const occupants = this.#occupantsOf(start, length);
      const evicted = occupants?.reduce((sum, each) => sum + (each.end - each.start), 0) ?? Infinity;
      if (occupants !== undefined && evicted <= most) {
        return { start: lba(start), occupants };
      }
    }
    return undefined;
  }

  /** What lies in so many blocks from one on; nothing where any of it may not move, or moves already. */
  #occupantsOf(start: number, length: number): ClaimedRun[] | undefined {
    const occupants: ClaimedRun[] = [];
    if (this.image.map.lastNamedByEmpty(start, start + length) !== undefined) {
      return undefined;
    }
    for (let block = start; block < start + length;) {
      if (this.tools.space.isTaken(block)) {
        return undefined;
      }
      if (this.image.map.isUnreferenced(block, block + 1)) {
        if (!this.#isBlank(block)) {
          return undefined;
        }
        block += 1;
        continue;
      }
      const around = runAround(this.image.map, block);
      if ('blocked' in around || this.#busy.some((run) => run.start < around.end && run.end > around.start)) {
        return undefined;
      }
      occupants.push(around);
      block = around.end;
    }
    return occupants.length === 0 ? undefined : occupants;
  }

  #isBlank(block: number): boolean {
    const offset = offsetOfLba(lba(block));
    return (
      offset + BLOCK_SIZE <= this.image.size &&
      this.tools.view.read(offset, BLOCK_SIZE).every((byte) => byte === 0)
    );
  }
}
