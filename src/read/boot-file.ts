import {
  BOOT_INFO_TABLE_OFFSET,
  BootFileChecksum,
  bootInfoTable,
  ruleOnBootInfoTable,
} from '../layout/boot-info-table.js';
import { fatVolumeSize } from '../layout/fat.js';
import type { Source } from '../source/source.js';
import { PRIMARY_VOLUME_DESCRIPTOR_LBA, type Lba } from '../units.js';
import { LIMITS } from './limits.js';
import { hasGrub2BlockList, LOADER_HEAD_BYTES, recogniseLoader, type Loader } from './loader.js';

/** What has to be known of a boot file, from one pass over its bytes. */
export interface BootFileFacts {
  /** Length in bytes. */
  readonly size: number;
  /** Its first bytes, at most 64 KiB. */
  readonly head: Uint8Array;
  /** Sum of its words from byte 64 on; nothing for a file too large to be a loader. */
  readonly checksum: number | undefined;
  /** The loader that it is, if that is known by name. */
  readonly loader: Loader | undefined;
  /** Size of the FAT file system that starts at its first byte. */
  readonly fatSize: number | undefined;
  /** Whether GRUB 2 keeps a block list in it. */
  readonly hasGrub2BlockList: boolean;
}

const PIECE = 256 * 1024;

/** Reads `size` bytes of a boot file from `offset` of a source, once; a file of more than `most` is not summed up. */
export async function readBootFile(
  source: Source,
  offset: number,
  size: number,
  most: number = LIMITS.bootFileBytes,
): Promise<BootFileFacts> {
  const checksum = new BootFileChecksum();
  const isSummed = size <= most;
  const end = offset + (isSummed ? size : Math.min(size, LOADER_HEAD_BYTES));
  let head = new Uint8Array(0);
  for (let at = offset; at < end; at += PIECE) {
    const piece = await source.read(at, Math.min(PIECE, end - at));
    if (at === offset) {
      head = piece.slice(0, LOADER_HEAD_BYTES);
    }
    checksum.update(piece);
  }
  let loader: { readonly known: Loader | undefined } | undefined;
  return {
    size,
    head,
    checksum: isSummed ? checksum.value : undefined,
    // To look for it takes a while, and who reads an image to check it seldom asks.
    get loader() {
      return (loader ??= { known: recogniseLoader(head) }).known;
    },
    fatSize: fatVolumeSize(head),
    hasGrub2BlockList: hasGrub2BlockList(head),
  };
}

/** What a boot file's bytes 8 to 63 are. */
export type BootInfoTableState = 'valid' | 'stale' | 'absent';

/** What a boot file's table is worth where the file lies. */
export function judgeBootInfoTable(file: BootFileFacts, at: Lba): BootInfoTableState {
  if (!ruleOnBootInfoTable(file).writable) {
    return 'absent';
  }
  const table = bootInfoTable.decode(file.head, BOOT_INFO_TABLE_OFFSET);
  const isValid =
    table.locationOfPrimaryVolumeDescriptor === PRIMARY_VOLUME_DESCRIPTOR_LBA &&
    table.locationOfBootFile === at &&
    table.bootFileLength === file.size &&
    table.checksum === file.checksum;
  return isValid ? 'valid' : 'stale';
}
