import type { Image } from '../read/image.js';
import { BLOCK_SIZE, lba, type Lba } from '../units.js';
import { RUN_OUT_BLOCKS } from './free-space.js';
import type { Tools } from './tools.js';
import { nameClaims, runAround, type BlockRun, type ClaimedRun } from './move.js';
import { boundOf, hasLeader } from './order.js';
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

/** How a run is to be given its place. */
interface Settling {
  /** How many runs make room for one another already. */
  readonly chain: number;
  /** What follows another stays behind this block, in front of which that other comes to lie. */
  readonly floor: number;
  /** It goes to the end, so that the run-out of the disc is behind the place that it leaves. */
  readonly isLast: boolean;
}

const FIRST: Settling = { chain: 0, floor: 0, isLast: false };

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
  settle(run: ClaimedRun, { chain, floor, isLast }: Settling = FIRST): number {
    const { space, draft } = this.tools;
    const length = run.end - run.start;
    const bound = boundOf(this.image.trees, run);
    const ownFloor = hasLeader(run) ? Math.max(floor, run.end) : 0;
    this.#busy.push(run);
    const free = isLast ? undefined : space.take(length, bound, ownFloor);
    if (free !== undefined) {
      return this.#move(run, free, 0);
    }
    if (bound === Infinity) {
      return this.#move(run, draft.append(length), 0);
    }
    const host = chain < LONGEST_CHAIN ? this.#hostFor(run, bound) : undefined;
    if (host === undefined) {
      this.outOfOrder.push(nameClaims(run.claims));
      return this.#move(run, (isLast ? undefined : space.take(length)) ?? draft.append(length), 0);
    }
    const place = { start: host.start, end: host.start + length };
    this.#busy.push(place);
    space.reserve(place);
    const next = {
      chain: chain + 1,
      floor: place.end,
      isLast: isLast || place.end > this.image.volumeSize / BLOCK_SIZE - RUN_OUT_BLOCKS,
    };
    const rounds = host.occupants.map((occupant) => this.settle(occupant, next));
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
      if (this.image.map.isUnreferenced(block, block + 1)) {
        if (!this.tools.space.isFree(block)) {
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
}
