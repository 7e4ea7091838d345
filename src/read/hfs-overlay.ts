import { isZero } from '../bytes.js';
import {
  FIRST_USER_FILE_ID,
  HFS_FILE_ID,
  HFS_PLUS_ATTRIBUTE,
  HFS_SECTOR_SIZE,
  hfsPlusAttribute,
  hfsPlusForkData,
} from '../layout/hfs.js';
import { BLOCK_SIZE } from '../units.js';
import type { AllocationMap, ClaimKind } from './allocation-map.js';
import { walkLeaves } from './b-tree.js';
import type { BlockReader } from './block-reader.js';
import type { Findings } from './finding.js';
import { FORK_TYPES, HFS, HFS_PLUS, type HfsDialect } from './hfs-dialect.js';
import { blocksIn, HfsForkReader, type HfsFork, type HfsRun } from './hfs-fork.js';
import {
  decodeHfsVolume,
  hasHfsSignature,
  HFS_HEAD_BYTES,
  type ByteRange,
  type HfsVolume,
} from './hfs-volume.js';
import { LIMITS } from './limits.js';

/** Claims bytes by the blocks that they touch. */
export function claimBytes(map: AllocationMap, kind: ClaimKind, { offset, length }: ByteRange): void {
  const first = Math.floor(offset / BLOCK_SIZE);
  map.claim(kind, first, length <= 0 ? 0 : Math.ceil((offset + length) / BLOCK_SIZE) - first);
}

/**
 * Claims what an HFS or HFS+ volume refers to by address, and says whether there is one at `start`.
 *
 * Those are its headers, its bitmap, its B-trees and every fork of its catalog. What the bitmap marks as used beyond
 * these is not claimed: hybrid writers mark all of the ISO 9660 volume (libisofs) or nothing of it (genisoimage), and
 * no reader gets at a block that no fork and no header names. That holds as long as the catalog could be walked to its
 * end; otherwise the volume is claimed as a whole, with a finding.
 */
export async function claimHfsVolume(
  reader: BlockReader,
  map: AllocationMap,
  findings: Findings,
  costs: HfsCosts,
  start: number,
): Promise<boolean> {
  const head = await reader.readUpTo(start, HFS_HEAD_BYTES);
  if (!hasHfsSignature(head)) {
    return false;
  }
  const volume = decodeHfsVolume(head, start);
  await claimVolume(reader, map, findings, costs, { start, end: volume?.end ?? reader.size, volume });
  const inner = volume?.embedded;
  if (inner !== undefined && inner.offset > start && inner.offset < reader.size) {
    // One level only: HFS wraps HFS+, and nothing wraps HFS.
    const head = await reader.readUpTo(inner.offset, HFS_HEAD_BYTES);
    const embedded = decodeHfsVolume(head, inner.offset);
    await claimVolume(reader, map, findings, costs, {
      start: inner.offset,
      end: inner.offset + inner.length,
      volume: embedded?.format === 'HFS+' ? embedded : undefined,
    });
  }
  return true;
}

async function claimVolume(
  reader: BlockReader,
  map: AllocationMap,
  findings: Findings,
  costs: HfsCosts,
  { start, end, volume }: { start: number; end: number; volume: HfsVolume | undefined },
): Promise<void> {
  const outcome =
    volume === undefined ? 'not understood' : await new HfsOverlay(reader, map, volume, costs).claim();
  if (outcome === 'not understood') {
    const length = Math.max(Math.min(end, reader.size) - start, HFS_HEAD_BYTES);
    claimBytes(map, 'HFS volume', { offset: start, length });
  }
  if (outcome !== 'complete') {
    findings.add('warning', 'ISO_VOLUME_HFS', 'the HFS volume cannot be read to its end', {
      offset: start,
      found: outcome === 'no catalog' ? 'zeros where its catalog should be' : 'a malformed header or catalog',
      wanted: 'a catalog that can be walked from its first leaf to its last',
    });
  }
}

/**
 * How far a volume could be read. One with nothing but zeros for a catalog refers to no file (genisoimage writes such
 * when it has to enlarge the volume, and no Mac reads them); its headers are all that can be spared.
 */
type Outcome = 'complete' | 'no catalog' | 'not understood';

/** What the HFS volumes of an image have taken of its limits: several may lie over the same blocks. */
export interface HfsCosts {
  nodes: number;
  runs: number;
}

/** Walks one volume; each step says whether it found all that was promised. */
class HfsOverlay {
  readonly #dialect: HfsDialect;
  /** Blocks in the overflow extents of each fork. */
  readonly #overflow = new Map<number, number>();
  /** Overflow extents of the volume's own files, which have to be read as well. */
  readonly #ownOverflow = new Map<number, { startBlock: number; runs: HfsRun[] }[]>();

  constructor(
    private readonly reader: BlockReader,
    private readonly map: AllocationMap,
    private readonly volume: HfsVolume,
    private readonly costs: HfsCosts,
  ) {
    this.#dialect = volume.format === 'HFS' ? HFS : HFS_PLUS;
  }

  async claim(): Promise<Outcome> {
    const { structures, ownForks, extents, catalog, attributes } = this.volume;
    structures.forEach((range) => claimBytes(this.map, 'HFS structure', range));
    [...ownForks, extents, catalog, ...(attributes === undefined ? [] : [attributes])].forEach(({ runs }) =>
      this.#claimRuns('HFS structure', runs),
    );
    const first = await this.#open(catalog.runs).read(0, HFS_SECTOR_SIZE);
    if (first !== undefined && isZero(first)) {
      return 'no catalog';
    }
    const isComplete =
      (await this.#walkExtents(extents)) &&
      (await this.#walkCatalog(catalog)) &&
      (attributes === undefined || (await this.#walkAttributes(attributes)));
    return isComplete ? 'complete' : 'not understood';
  }

  /** Overflow extents, of whatever file: the volume's own bad blocks are among them too. */
  async #walkExtents({ runs, blocks }: HfsFork): Promise<boolean> {
    if (blocks === 0) {
      return true;
    }
    const { keyLengthBytes, extentKeyOf, extentKeyLength, runsOf, runsLength } = this.#dialect;
    const walk = await walkLeaves(
      this.#open(runs),
      this.costs,
      keyLengthBytes,
      ({ node, key, data, end }) => {
        if (data < key + extentKeyLength || data + runsLength > end) {
          return false;
        }
        const { fileId, fork, startBlock } = extentKeyOf(node, key);
        const more = runsOf(node, data);
        const isOwn = fileId < FIRST_USER_FILE_ID;
        this.#claimRuns(isOwn ? 'HFS structure' : 'HFS file', more);
        const id = forkKey(fileId, fork);
        this.#overflow.set(id, (this.#overflow.get(id) ?? 0) + blocksIn(more));
        if (isOwn) {
          const known = this.#ownOverflow.get(fileId) ?? [];
          known.push({ startBlock, runs: more });
          this.#ownOverflow.set(fileId, known);
        }
        return true;
      },
    );
    return walk.complete && blocksIn(runs) >= blocks;
  }

  async #walkCatalog(catalog: HfsFork): Promise<boolean> {
    const fork = this.#openOwn(catalog, HFS_FILE_ID.catalog);
    const walk = await walkLeaves(fork, this.costs, this.#dialect.keyLengthBytes, (record) => {
      const file = this.#dialect.fileOf(record, this.volume.blockSize);
      file?.forks.forEach(({ runs }) => this.#claimRuns('HFS file', runs));
      return (
        file?.forks.every(({ runs, blocks }, i) => {
          const overflow = this.#overflow.get(forkKey(file.fileId, FORK_TYPES[i] ?? 0)) ?? 0;
          return blocksIn(runs) + overflow >= blocks;
        }) ?? true
      );
    });
    // Even an empty volume's catalog has the root folder in it.
    return walk.complete && walk.records > 0 && this.costs.runs <= LIMITS.hfsRuns;
  }

  /** Attributes that are too long for their record lie in forks of their own. */
  async #walkAttributes(attributes: HfsFork): Promise<boolean> {
    const fork = this.#openOwn(attributes, HFS_FILE_ID.attributes);
    const { keyLengthBytes, runsOf, runsLength } = this.#dialect;
    const walk = await walkLeaves(fork, this.costs, keyLengthBytes, ({ node, data, end }) => {
      const type = data + hfsPlusAttribute.span <= end ? node.getUint32(data) : 0;
      if (type === HFS_PLUS_ATTRIBUTE.inline) {
        return true;
      }
      const inFork = type === HFS_PLUS_ATTRIBUTE.fork ? hfsPlusForkData.offsetOf('extents') : 0;
      const runsAt = data + hfsPlusAttribute.span + inFork;
      const isSound = (inFork > 0 || type === HFS_PLUS_ATTRIBUTE.extents) && runsAt + runsLength <= end;
      if (isSound) {
        this.#claimRuns('HFS file', runsOf(node, runsAt));
      }
      return isSound;
    });
    return walk.complete && this.costs.runs <= LIMITS.hfsRuns;
  }

  #open(runs: readonly HfsRun[]): HfsForkReader {
    return new HfsForkReader(this.reader, this.volume, runs);
  }

  #openOwn({ runs }: HfsFork, fileId: number): HfsForkReader {
    const more = (this.#ownOverflow.get(fileId) ?? []).sort((a, b) => a.startBlock - b.startBlock);
    const all = [...runs, ...more.flatMap((extent) => extent.runs)];
    // Every read looks through them; what is cut off makes the walk an incomplete one.
    return this.#open(all.slice(0, LIMITS.hfsForkRuns));
  }

  #claimRuns(kind: ClaimKind, runs: readonly HfsRun[]): void {
    const { origin, blockSize } = this.volume;
    for (const { start, count } of runs) {
      this.costs.runs += 1;
      if (this.costs.runs <= LIMITS.hfsRuns) {
        claimBytes(this.map, kind, { offset: origin + start * blockSize, length: count * blockSize });
      }
    }
  }
}

function forkKey(fileId: number, fork: number): number {
  return fileId * 256 + fork;
}
