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
import { sizeBootImage, type BootFileReader, type BootImageSize, type SizeQuestion } from './boot-image.js';
import type { DescriptorSet } from './descriptor-set.js';
import type { Findings } from './finding.js';
import { LIMITS } from './limits.js';
import { failsAt, LAST_LOW_BLOCK } from './loader.js';
import type { Trees } from './lookup.js';
import type { Tree } from './tree.js';
import type { TreeNode } from './tree-node.js';

/** A catalog entry with the image that it loads. */
export interface BootEntry extends CatalogEntry, BootImageSize {
  /** The file that holds the image; nothing where it is hidden. */
  readonly node: TreeNode | undefined;
  /** What its bytes are; nothing where it lies outside the image, or was not looked at. */
  readonly file: BootFileFacts | undefined;
  /** Whether a boot info table is in the boot file, and a true one. */
  readonly bootInfoTable: BootInfoTableState;
}

/** What makes an image bootable: the record, and the catalog that it points at. */
export interface Boot {
  /** The block of the boot record. */
  readonly recordLba: Lba;
  /** The block that the boot record points at. */
  readonly catalogLba: Lba;
  /** Nothing where the record points at something else. */
  readonly catalog: BootCatalog | undefined;
  /** The entries of the catalog, in order. */
  readonly entries: readonly BootEntry[];
}

/**
 * Reads the boot catalog and sizes every boot image, claiming what it finds in the map; nothing without a boot record.
 */
export async function readBoot(
  reader: BlockReader,
  set: DescriptorSet,
  { trees, udf }: Trees,
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
  const offsets = new Set(catalog.entries.map(({ loadRba }) => offsetOfLba(loadRba)));
  // On a Windows disc only UDF knows the boot files; it counts in blocks of its own.
  const nodes = new Map([
    ...(udf?.tree === undefined ? [] : nodesAt([udf.tree], offsets, BLOCK_SIZE)),
    ...nodesAt(trees, offsets, reader.blockSize),
  ]);
  const starts = catalog.entries.map(({ loadRba }) => loadRba);
  const readFile = readOnce(reader);
  const lengths = new Map<number, number>();
  const entries: BootEntry[] = [];
  for (const entry of catalog.entries) {
    const node = nodes.get(offsetOfLba(entry.loadRba));
    entries.push(
      entries.length < LIMITS.bootEntries
        ? await readEntry({ reader, readFile, entry, node, map, starts, lengths }, findings)
        : { ...entry, ...UNKNOWN, node },
    );
  }
  if (entries.length > LIMITS.bootEntries) {
    const facts = { offset: offsetOfLba(catalogLba), found: entries.length, wanted: LIMITS.bootEntries };
    findings.add('warning', 'ISO_BOOT_CATALOG', 'there are too many boot entries to look at all', facts);
  }
  entries.forEach(({ loadRba, size }) => map.claim('boot image', loadRba, blocksFor(size)));
  return { recordLba, catalogLba, catalog, entries };
}

/** What is said of an entry whose image was not looked at. */
const UNKNOWN = {
  size: 0,
  sizeFrom: 'sector-count',
  sizeCertain: false,
  file: undefined,
  bootInfoTable: 'absent',
} as const;

/** Reads each boot file once. Files that lie over one another could be summed up without end, so the last ones are not. */
function readOnce(reader: BlockReader): BootFileReader {
  const known = new Map<string, Promise<BootFileFacts>>();
  let summed = 0;
  return (at, size) => {
    const key = `${at} ${size}`;
    const earlier = known.get(key);
    if (earlier !== undefined) {
      return earlier;
    }
    const most = Math.min(LIMITS.bootFileBytes, LIMITS.bootFilesBytes - summed);
    summed += size <= most ? size : 0;
    const file = readBootFile(reader.source, offsetOfLba(at), size, most);
    known.set(key, file);
    return file;
  };
}

/** The first file at each of the byte offsets. */
function nodesAt(
  trees: readonly Pick<Tree, 'directories'>[],
  offsets: ReadonlySet<number>,
  blockSize: number,
): Map<number, TreeNode> {
  const nodes = new Map<number, TreeNode>();
  const isWanted = (block: number): boolean => offsets.has(block * blockSize);
  for (const directory of trees.flatMap(({ directories }) => directories)) {
    if (nodes.size === offsets.size) {
      break;
    }
    for (const node of mayHold(directory, isWanted) ? (directory.children ?? []) : []) {
      const start = node.extents[0]?.lba ?? 0;
      const at = start * blockSize;
      if (!node.isDirectory && node.size > 0 && isWanted(start) && !nodes.has(at)) {
        nodes.set(at, node);
      }
    }
  }
  return nodes;
}

/** Whether there may be a file at one of some blocks in a directory. */
function mayHold({ contents }: TreeNode, isWanted: (block: number) => boolean): boolean {
  let mayBe = contents === undefined;
  contents?.eachFile((start) => {
    mayBe ||= isWanted(start);
  });
  return mayBe;
}

async function readEntry(question: SizeQuestion, findings: Findings): Promise<BootEntry> {
  const { reader, readFile, entry, node } = question;
  const offset = offsetOfLba(entry.loadRba);
  if (offset >= reader.size) {
    findings.add(
      'error',
      'ISO_SOURCE_TRUNCATED',
      `boot image ${entry.index} lies beyond the end of the image`,
      { offset: entry.offset, found: reader.size, wanted: offset + BLOCK_SIZE },
    );
    return { ...entry, ...UNKNOWN, node };
  }
  const sized = await sizeBootImage(question);
  const file = await readFile(entry.loadRba, Math.min(sized.size, reader.size - offset));
  const state = judgeBootInfoTable(file, entry.loadRba);
  // A FAT image for UEFI has no such table; its boot sector merely has zeros where one would be.
  const bootInfoTable = state === 'stale' && entry.platformId === PLATFORM_ID.efi ? 'absent' : state;
  if (bootInfoTable === 'stale' && file.loader?.name === 'ISOLINUX') {
    const message = `the boot info table of boot image ${entry.index} is not true`;
    findings.add('warning', 'ISO_BOOT_TABLE_STALE', message, { offset });
  }
  if (failsAt(file, entry.loadRba)) {
    const message = `ISOLINUX ${file.loader?.version ?? ''} fails on some machines when it lies so far up`;
    const facts = { offset: entry.offset, found: entry.loadRba, wanted: LAST_LOW_BLOCK };
    findings.add('warning', 'ISO_BOOT_HIGH_BLOCK', message, facts);
  }
  return { ...entry, ...sized, node, file, bootInfoTable };
}
