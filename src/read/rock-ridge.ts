import { BLOCK_SIZE } from '../units.js';
import type { BlockReader } from './block-reader.js';
import type { ScannedRecord } from './directory.js';
import type { Findings } from './finding.js';
import { LIMITS } from './limits.js';
import {
  emptySystemUse,
  scanSystemUse,
  type Continuation,
  type EntryVisitor,
  type SystemUse,
} from './system-use.js';
import type { ContinuationPointer } from './tree-node.js';

/** The System Use fields of a directory's records, and the pointers that lead to their continuation areas. */
export interface DirectorySystemUses {
  readonly uses: readonly SystemUse[];
  readonly continuations: readonly ContinuationPointer[];
}

/** Blocks of continuation areas that are held at once; neighbours come one after the other. */
const CACHED_BLOCKS = 4096;
/** Blocks that are read at once, at most, where they lie together. */
const BLOCKS_AT_ONCE = 128;

/** Blocks that records lead to and that are not read yet. */
type Wanted = Set<number>;

/** Reads the System Use fields of whole directories, each continuation block once. */
export class RockRidgeReader {
  /** Runs of blocks that hold continuation areas: the first block, and the one behind the last. */
  readonly areas = new Map<number, number>();
  /** Blocks that were read: the areas of one record after another, and of one directory, share them. */
  readonly #cache = new Map<number, Uint8Array>();
  #bytes = 0;
  #areas = 0;

  constructor(
    private readonly reader: BlockReader,
    private readonly findings: Findings,
    /** Is shown every entry. */
    private readonly visit?: EntryVisitor,
  ) {}

  /**
   * What each record of a directory says. `bytes` are the directory's, `start` its offset in the image; the
   * first `skipLength` bytes of every field belong to somebody else (SUSP 5.3).
   */
  async read(
    records: readonly ScannedRecord[],
    bytes: Uint8Array,
    start: number,
    skipLength: number,
  ): Promise<DirectorySystemUses> {
    const uses = records.map((record) => {
      const use = emptySystemUse();
      scanSystemUse(bytes, record.systemUseStart + skipLength, record.end, use, start, this.visit);
      return use;
    });
    const continuations = await this.#followContinuations(uses);
    uses.forEach((use, i) => {
      if (use.malformed) {
        this.findings.add('warning', 'ISO_TREE_SYSTEM_USE', 'a system use entry is malformed', {
          offset: start + (records[i]?.at ?? 0),
        });
      }
    });
    return { uses, continuations };
  }

  /** Hop by hop over all records at once, so that neighbours in one continuation block share its read. */
  async #followContinuations(uses: readonly SystemUse[]): Promise<ContinuationPointer[]> {
    const followed: ContinuationPointer[] = [];
    for (let hop = 0; ; hop += 1) {
      const pending = uses.flatMap((use) =>
        use.continuation === undefined ? [] : [{ use, where: use.continuation }],
      );
      if (pending.length === 0) {
        return followed;
      }
      const wanted = new Set(pending.map(({ where }) => this.#firstBlock(where)));
      for (const { use, where } of pending) {
        this.#areas += 1;
        if (hop >= LIMITS.continuationHops || this.#areas > LIMITS.continuations) {
          use.continuation = undefined;
          use.malformed = true;
        } else {
          followed.push({ block: where.block, offset: where.pointerOffset });
          await this.#follow(use, where, wanted);
        }
      }
    }
  }

  #firstBlock({ block, offset }: Continuation): number {
    return block + Math.floor(offset / this.reader.blockSize);
  }

  async #follow(use: SystemUse, where: Continuation, wanted: Wanted): Promise<void> {
    use.continuation = undefined;
    this.#bytes += where.length;
    const most = Math.min(LIMITS.continuationShare * this.reader.size, LIMITS.treeBytes);
    const isTooMuch = where.length > LIMITS.continuationBytes || this.#bytes > most;
    const area = isTooMuch ? undefined : await this.#area(where, wanted);
    if (area === undefined) {
      use.malformed = true;
      return;
    }
    scanSystemUse(area, 0, area.length, use, where.block * this.reader.blockSize + where.offset, this.visit);
    if (leadsTo(use, where)) {
      // It leads back to itself, for ever.
      use.continuation = undefined;
      use.malformed = true;
    }
  }

  async #area(where: Continuation, wanted: Wanted): Promise<Uint8Array | undefined> {
    const { blockSize } = this.reader;
    const first = this.#firstBlock(where);
    const last = where.block + Math.floor((where.offset + Math.max(where.length, 1) - 1) / blockSize);
    const area = new Uint8Array(where.length);
    for (let block = first; block <= last; block += 1) {
      const bytes = this.#cache.get(block) ?? (await this.#read(block, wanted));
      const from = block === first ? where.offset % blockSize : 0;
      const at = (block - where.block) * blockSize + from - where.offset;
      area.set(bytes.subarray(from, from + where.length - at), at);
      if (bytes.length < Math.min(BLOCK_SIZE, blockSize)) {
        return undefined;
      }
    }
    // The pointer to an area names this block, so that what moves has to hold it as well.
    this.areas.set(where.block, Math.max(this.areas.get(where.block) ?? 0, last + 1));
    return area;
  }

  /** Reads a block, and with it those right behind it that are wanted as well. */
  async #read(block: number, wanted: Wanted): Promise<Uint8Array> {
    const { blockSize } = this.reader;
    let end = block + 1;
    // None is read ahead twice, whatever the order of the records.
    while (end - block < BLOCKS_AT_ONCE && !this.#cache.has(end) && wanted.delete(end)) {
      end += 1;
    }
    const bytes = await this.reader.readUpTo(block * blockSize, (end - block) * blockSize);
    if (this.#cache.size >= CACHED_BLOCKS) {
      this.#cache.clear();
    }
    for (let at = 0; at < end - block; at += 1) {
      this.#cache.set(block + at, bytes.subarray(at * blockSize, (at + 1) * blockSize));
    }
    return bytes.subarray(0, blockSize);
  }
}

function leadsTo({ continuation }: SystemUse, { block, offset }: Continuation): boolean {
  return continuation?.block === block && continuation.offset === offset;
}
