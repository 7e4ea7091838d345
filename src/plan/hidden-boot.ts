import type { Claim, ClaimKind } from '../read/allocation-map.js';
import type { BootEntry } from '../read/boot.js';
import type { Image } from '../read/image.js';
import { blocksFor, type Lba } from '../units.js';
import { isWhollyKnown } from './free-space.js';

/** A boot catalog or boot image that the boot record leads to, and that no file of any tree holds. */
export interface HiddenRun {
  /** What lies there. */
  readonly kind: 'boot catalog' | 'boot image';
  /** First block. */
  readonly start: Lba;
  /** The block behind the last one. */
  readonly end: number;
  /** Why it has to stay although the boot record goes; nothing where it may go. */
  readonly reason: string | undefined;
}

/** What is claimed for the boot record's own sake. */
const BOOT_CLAIMS: readonly ClaimKind[] = ['boot catalog', 'boot image'];

/** Whether a structure other than the boot record and its catalog makes a claim. */
export function isForeign({ kind }: Claim): boolean {
  return !BOOT_CLAIMS.includes(kind);
}

/** Everything that the boot record leads to and that no tree names: the catalog first, then the images by block. */
export function hiddenRuns(image: Image): HiddenRun[] {
  const { boot } = image;
  if (boot?.catalog === undefined) {
    return [];
  }
  const images = hiddenImages(image, boot.entries);
  const { lba: start, blocks } = boot.catalog;
  const end = start + blocks;
  if (isInFile(image, start, end)) {
    return images;
  }
  const kept = images.find((run) => run.reason !== undefined && run.start < end && run.end > start);
  const reason =
    kept === undefined ? reasonToKeep(image, start, end) : 'a boot image that stays lies there too';
  return [{ kind: 'boot catalog', start, end, reason }, ...images];
}

function hiddenImages(image: Image, entries: readonly BootEntry[]): HiddenRun[] {
  const hidden = entries.filter(({ node, file }) => node === undefined && file !== undefined);
  const starts = [...new Set(hidden.map(({ loadRba }) => loadRba))].sort((a, b) => a - b);
  return starts.map((start) => {
    const own = hidden.filter(({ loadRba }) => loadRba === start);
    const end = start + Math.max(1, ...own.map(({ size }) => blocksFor(size)));
    const isCertain = own.every(({ sizeCertain }) => sizeCertain);
    const reason = isCertain ? reasonToKeep(image, start, end) : 'its size is not known for sure';
    return { kind: 'boot image', start, end, reason };
  });
}

/** Whether any tree names the whole of it; a catalog usually is a file beside the loader. */
function isInFile({ map }: Image, start: number, end: number): boolean {
  return map.overlapping(start, end).some((claim) => claim.kind === 'file' && claim.start <= start);
}

function reasonToKeep(image: Image, start: number, end: number): string | undefined {
  const claim = image.map.overlapping(start, end).find(isForeign);
  if (claim !== undefined) {
    return `the ${claim.kind}${claim.node === undefined ? '' : ` ${claim.node.path}`} lies there too`;
  }
  const { mbrBootFileLba } = image.hybrid;
  if (mbrBootFileLba !== undefined && mbrBootFileLba >= start && mbrBootFileLba < end) {
    return 'the master boot record loads it';
  }
  return isWhollyKnown(image) ? undefined : 'a directory that cannot be read may name it';
}
