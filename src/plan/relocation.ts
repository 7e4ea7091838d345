import type { Image } from '../read/image.js';
import { BLOCK_SIZE, blocksFor, lba, type Lba } from '../units.js';
import { RUN_OUT_BLOCKS } from './free-space.js';
import type { Tools } from './tools.js';
import { isIn, nameClaims, runAround, type BlockRun, type ClaimedRun } from './move.js';
import { followersOf, leadersOf } from './order.js';
import { changesOfPointers, pointersInto, rangeOfPointer } from './pointer.js';

/** How many places between others are looked at for one run, and how many runs may make room one for the other. */
const HOSTS_LOOKED_AT = 64;
const LONGEST_CHAIN = 16;

/** Blocks that may make room for a run, as a multiple of its own and at least so many. */
const EVICTED_SHARE = 4;
const EVICTED_LEAST = 32;

/** Blocks of subdirectories that move along with a directory, rather than that others make room for it. */
const ALONG_MOST = 16;

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
 * it takes the place of what follows it, and that moves first; what makes room so takes its own few subdirectories along.
 */
export class Relocation {
  /** Runs that have a new place, or are about to have one. */
  readonly #busy: BlockRun[] = [];
  /** Runs that leave their place for another; each goes behind what it follows once that has settled. */
  readonly #leaving: BlockRun[] = [];
  readonly #settled: { run: ClaimedRun; to: Lba; round: number }[] = [];
  /** What had to go behind something that should follow it. */
  readonly outOfOrder: string[] = [];

  constructor(
    private readonly image: Image,
    private readonly tools: Tools,
  ) {}

  /** Gives a run a new place, and tells what points at it, and at all that makes room for it. */
  move(run: ClaimedRun): void {
    const { draft, view } = this.tools;
    this.#settle(run, FIRST);
    const settled = this.#settled.map((each) => ({
      ...each,
      pointers: pointersInto(this.image, view, each.run),
    }));
    // All at once: what has to be read costs a plan from the start.
    view.readAll(settled.flatMap(({ pointers }) => pointers.map(rangeOfPointer)));
    for (const { run: moved, to, round, pointers } of settled) {
      draft.pointers(changesOfPointers(view, pointers, moved, to), round);
    }
  }

  /** Gives a run a new place, and tells the round in which it moves there. */
  #settle(run: ClaimedRun, { chain, floor, isLast }: Settling): number {
    const { space, draft } = this.tools;
    const length = run.end - run.start;
    const followers = this.#followersOf(run);
    const bound = followers.reduce((least, block) => Math.min(least, block), Infinity);
    const ownFloor = this.#floorOf(run, floor);
    this.#busy.push(run);
    const free = isLast ? undefined : space.take(length, bound, ownFloor);
    if (free !== undefined) {
      return this.#move(run, free, 0);
    }
    if (bound === Infinity) {
      return this.#move(run, draft.append(length), 0);
    }
    const isFile = run.claims.every(({ kind }) => kind === 'file');
    const along = chain > 0 || isFile ? this.#movingAlong(run, followers) : undefined;
    if (along !== undefined) {
      this.#leaving.push(...along);
      const to = (isLast ? undefined : space.take(length, Infinity, ownFloor)) ?? draft.append(length);
      this.#move(run, to, 0);
      const rounds = along.map((each) => this.#settle(each, { chain, floor: to + length, isLast }));
      return Math.max(0, ...rounds);
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
    this.#leaving.push(...host.occupants);
    const rounds = host.occupants.map((occupant) => this.#settle(occupant, next));
    return this.#move(run, host.start, Math.max(...rounds) + 1);
  }

  /** Where what has to stay behind a run starts, but for what leaves its place anyway. */
  #followersOf(run: ClaimedRun): number[] {
    return followersOf(this.image.trees, run).filter(
      (block) => !this.#leaving.some((each) => isIn(each, block)),
    );
  }

  /** What lies at some blocks and may move along, and all that follows it; nothing where that is too much, or may not. */
  #movingAlong({ claims }: ClaimedRun, starts: readonly number[]): ClaimedRun[] | undefined {
    const along: ClaimedRun[] = [];
    let blocks = 0;
    for (const pending = [...starts].sort((a, b) => a - b); pending.length > 0;) {
      const block = pending.shift() ?? 0;
      if (along.some((each) => isIn(each, block))) {
        continue;
      }
      const around = runAround(this.image.map, block);
      if ('blocked' in around || this.#isBusy(around)) {
        return undefined;
      }
      // Of files, only the other sections of the very file that moves.
      if (
        around.claims.some(({ kind, node }) => kind === 'file' && !claims.some((own) => own.node === node))
      ) {
        return undefined;
      }
      blocks += around.end - around.start;
      if (blocks > ALONG_MOST) {
        return undefined;
      }
      along.push(around);
      pending.push(...this.#followersOf(around));
    }
    return along;
  }

  #isBusy({ start, end }: BlockRun): boolean {
    return this.#busy.some((run) => run.start < end && run.end > start);
  }

  /** The first block at which a run may lie: behind what it follows, wherever that has gone. */
  #floorOf(run: ClaimedRun, floor: number): number {
    const leaders = leadersOf(this.image.trees, run);
    return leaders.reduce((least, { lba: start, length }) => {
      const end = this.tools.draft.blockOf(start) + blocksFor(length);
      return Math.max(least, floor, run.end, end);
    }, 0);
  }

  #move(run: ClaimedRun, to: Lba, round: number): number {
    const { start, end, claims } = run;
    this.tools.draft.move({ start, end, to, what: nameClaims(claims), round });
    this.#settled.push({ run, to, round });
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
      if ('blocked' in around || this.#isBusy(around)) {
        return undefined;
      }
      occupants.push(around);
      block = around.end;
    }
    return occupants.length === 0 ? undefined : occupants;
  }
}
