import { PLATFORM_ID } from '../layout/el-torito.js';
import { BLOCK_SIZE, blocksFor, offsetOfLba, type Lba } from '../units.js';
import type { AllocationMap } from './allocation-map.js';
import type { BlockReader } from './block-reader.js';
import { readBootCatalog, type BootCatalog, type CatalogEntry } from './boot-catalog.js';
import {
  judgeBootInfoTable,
  readBootFile,
  type BootFileFacts,
  type BootInfoTableState,
} from './boot-file.js';
import { sizeBootImage, type BootImageSize } from './boot-image.js';
import type { DescriptorSet } from './descriptor-set.js';
import type { Findings } from './finding.js';
import type { Tree } from './tree.js';
import type { TreeNode } from './tree-node.js';

/** A catalog entry with the image that it loads. */
export interface BootEntry extends CatalogEntry, BootImageSize {
  /** The file that holds the image; nothing where it is hidden. */
  readonly node: TreeNode | undefined;
  /** What its bytes are; nothing where it lies outside the image. */
  readonly file: BootFileFacts | undefined;
  readonly bootInfoTable: BootInfoTableState;
}

/** What makes an image bootable: the record, and the catalog that it points at. */
export interface Boot {
  readonly recordLba: Lba;
  readonly catalogLba: Lba;
  /** Nothing where the record points at something else. */
  readonly catalog: BootCatalog | undefined;
  readonly entries: readonly BootEntry[];
}

/**
 * Reads the boot catalog and sizes every boot image, claiming what it finds in the map; nothing without a boot record.
 */
export async function readBoot(
  reader: BlockReader,
  set: DescriptorSet,
  trees: readonly Tree[],
  map: AllocationMap,
  findings: Findings,
): Promise<Boot | undefined> {
  if (set.bootRecord === undefined) {
    return undefined;
  }
  const { lba: recordLba, catalogLba } = set.bootRecord;
  const catalog = await readBootCatalog(reader, catalogLba, findings);
  if (catalog === undefined) {
    return { recordLba, catalogLba, catalog, entries: [] };
  }
  map.claim('boot catalog', catalog.lba, catalog.blocks);
  const nodes = nodesAt(trees, new Set(catalog.entries.map(({ loadRba }) => loadRba)));
  const starts = catalog.entries.map(({ loadRba }) => loadRba);
  const entries: BootEntry[] = [];
  for (const entry of catalog.entries) {
    entries.push(await readEntry(reader, entry, nodes.get(entry.loadRba), map, starts, findings));
  }
  entries.forEach(({ loadRba, size }) => map.claim('boot image', loadRba, blocksFor(size)));
  return { recordLba, catalogLba, catalog, entries };
}

/** The first file at each of the blocks. */
function nodesAt(trees: readonly Tree[], blocks: ReadonlySet<Lba>): Map<Lba, TreeNode> {
  const nodes = new Map<Lba, TreeNode>();
  for (const { directories } of trees) {
    for (const directory of directories) {
      for (const node of directory.children ?? []) {
        const at = node.extents[0]?.lba;
        if (!node.isDirectory && at !== undefined && node.size > 0 && blocks.has(at) && !nodes.has(at)) {
          nodes.set(at, node);
        }
      }
    }
  }
  return nodes;
}

async function readEntry(
  reader: BlockReader,
  entry: CatalogEntry,
  node: TreeNode | undefined,
  map: AllocationMap,
  starts: readonly number[],
  findings: Findings,
): Promise<BootEntry> {
  const offset = offsetOfLba(entry.loadRba);
  if (offset >= reader.size) {
    findings.add(
      'error',
      'ISO_SOURCE_TRUNCATED',
      `boot image ${entry.index} lies beyond the end of the image`,
      {
        offset: entry.offset,
        found: reader.size,
        wanted: offset + BLOCK_SIZE,
      },
    );
    return {
      ...entry,
      node,
      file: undefined,
      bootInfoTable: 'absent',
      size: 0,
      sizeFrom: 'sector-count',
      sizeCertain: false,
    };
  }
  const sized = await sizeBootImage({ reader, entry, node, map, starts });
  const inside = Math.min(sized.size, reader.size - offset);
  const file = await readBootFile(reader.source, offset, inside);
  const state = judgeBootInfoTable(file, entry.loadRba);
  // A FAT image for UEFI has no such table; its boot sector merely has zeros where one would be.
  const bootInfoTable = state === 'stale' && entry.platformId === PLATFORM_ID.efi ? 'absent' : state;
  if (bootInfoTable === 'stale' && file.loader?.name === 'ISOLINUX') {
    findings.add(
      'warning',
      'ISO_BOOT_TABLE_STALE',
      `the boot info table of boot image ${entry.index} is not true`,
      {
        offset,
      },
    );
  }
  return { ...entry, ...sized, node, file, bootInfoTable };
}
