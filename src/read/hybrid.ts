import { masterBootRecord } from '../layout/partition-table.js';
import { blocksFor } from '../units.js';
import type { AllocationMap } from './allocation-map.js';
import type { Boot } from './boot.js';
import type { Findings } from './finding.js';
import type { Hybrid } from './partition-overlay.js';

/** GRUB 2's boot code holds the place of its image's second block, isohybrid's that of the first (xorriso, -grub2-mbr). */
const BLOCKS_INTO_IMAGE = [0, 1] as const;

/** Claims what the boot code of a partition table finds by address: the file that starts there, or the one block. */
export function claimHybridBootImage(map: AllocationMap, { mbrBootFileLba }: Hybrid): void {
  if (mbrBootFileLba === undefined) {
    return;
  }
  for (const blocks of BLOCKS_INTO_IMAGE) {
    const start = mbrBootFileLba - blocks;
    const file = map
      .overlapping(start, start + 1)
      .find(({ kind, node }) => kind === 'file' && node?.extents[0]?.lba === start);
    if (file?.node !== undefined) {
      map.claim('hybrid boot image', start, blocksFor(file.node.size), file.node);
      return;
    }
  }
  map.claim('hybrid boot image', mbrBootFileLba, 1);
}

/** Says where a disk's boot code and the boot catalog do not agree on the loader. */
export function checkHybrid({ mbrBootFileLba }: Hybrid, boot: Boot | undefined, findings: Findings): void {
  const starts: readonly number[] = boot?.entries.map(({ loadRba }) => loadRba) ?? [];
  const isKnown = BLOCKS_INTO_IMAGE.some((blocks) => starts.includes((mbrBootFileLba ?? 0) - blocks));
  if (mbrBootFileLba !== undefined && !isKnown) {
    findings.add(
      'warning',
      'ISO_HYBRID_MBR',
      'the master boot record starts a loader that no boot entry names',
      {
        offset: masterBootRecord.offsetOf('bootFileSector'),
        found: mbrBootFileLba,
        wanted: starts.length === 0 ? 'a boot catalog' : starts.join(', '),
      },
    );
  }
}
