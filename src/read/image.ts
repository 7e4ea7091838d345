import { decodeMediaCheck, MEDIA_CHECK_RANGE, type MediaCheck } from '../layout/media-check.js';
import { decodeSuseDigest, type SuseDigest } from '../layout/suse-digest.js';
import { directoryRecord } from '../layout/directory-record.js';
import { volumeDescriptor } from '../layout/volume-descriptor.js';
import type { Source } from '../source/source.js';
import { stoppable } from '../source/stoppable-source.js';
import { BLOCK_SIZE, offsetOfLba, PRIMARY_VOLUME_DESCRIPTOR_LBA, roundUpToBlock } from '../units.js';
import { AllocationMap } from './allocation-map.js';
import { BlockReader } from './block-reader.js';
import { readBoot, type Boot } from './boot.js';
import { readDescriptorSet, type DescriptorSet, type TreeDescriptor } from './descriptor-set.js';
import { decodeVolumeText } from './file-identifier.js';
import { Findings, type Finding } from './finding.js';
import { checkHybrid, claimHybridBootImage } from './hybrid.js';
import { claimPartitions, type Hybrid } from './partition-overlay.js';
import { countSessions, findSessions, newestSession, type Session } from './sessions.js';
import { codingOf, readTree, type Tree } from './tree.js';
import { readUdf, type UdfVolume } from './udf-overlay.js';
import { claimVolume } from './volume-overlay.js';

/** All that is known of an image: the model that planning starts from. */
export interface Image {
  /** Length in bytes. */
  readonly size: number;
  /** Bytes that the volume descriptors lay claim to. */
  readonly volumeSize: number;
  /** Bytes in a logical block; other than 2048 only in images that are not edited. */
  readonly logicalBlockSize: number;
  /** The name of the volume. */
  readonly volumeIdentifier: string;
  /** The volume descriptors. */
  readonly descriptorSet: DescriptorSet;
  /** One tree a tree descriptor, the primary one first. */
  readonly trees: readonly Tree[];
  /** The UDF volume of a bridge disc; nothing on others. */
  readonly udf: UdfVolume | undefined;
  /** What refers to each block. */
  readonly map: AllocationMap;
  /** What boots it; nothing without a boot record. */
  readonly boot: Boot | undefined;
  /** What makes it a disk as well, such as partition tables. */
  readonly hybrid: Hybrid;
  /** Descriptor sets besides the one at block 16: copies of it, and those of other sessions. */
  readonly sessions: readonly Session[];
  /** How many sessions the image holds; nothing where that cannot be known. */
  readonly sessionCount: number | undefined;
  /** The media check field's 512 bytes, and what they say. */
  readonly mediaCheckField: Uint8Array;
  /** The implanted MD5; nothing where there is none. */
  readonly mediaCheck: MediaCheck | undefined;
  /** What SUSE's tagmedia put into the same field. */
  readonly suseDigest: SuseDigest | undefined;
  /** What is odd about it. */
  readonly findings: readonly Finding[];
}

/** How an image is read. */
export interface ReadImageOptions {
  /**
   * The model of the same image before an edit that moved no file and no directory: what it knows of trees and
   * allocation is taken over, as long as each descriptor's root lies where it did.
   */
  readonly before?: Image | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an image into its model: descriptors, every tree, boot catalog, and what all of them refer to. Where the image is
 * a dump of several sessions, and block 16 still describes the first, that is the last session's volume.
 *
 * Oddities are findings. Errors: `ISO_VOLUME_NOT_ISO9660`, `ISO_VOLUME_UDF_ONLY`, `ISO_VOLUME_NO_TERMINATOR`, `ISO_TREE_LIMIT`,
 * `ISO_INTERRUPTED`; what the source raises.
 */
export async function readImage(source: Source, { before, signal }: ReadImageOptions = {}): Promise<Image> {
  return readVolume(stoppable(source, signal), { before });
}

/** Reads the volume that block 16 describes, or the one of a later session, which the search from block 16 found. */
async function readVolume(
  source: Source,
  { before, session }: { before?: Image | undefined; session?: Found & { newest: Session } },
): Promise<Image> {
  const findings = new Findings();
  const descriptorSet = await readDescriptorSet(
    new BlockReader(source),
    findings,
    session?.newest.primaryLba,
  );
  const { fields } = descriptorSet.primary;
  const logicalBlockSize = fields.logicalBlockSize.littleEndian || BLOCK_SIZE;
  const reader = new BlockReader(source, logicalBlockSize);

  const trees: Tree[] = [];
  const costs = { records: 0, bytes: 0 };
  for (const descriptor of descriptorSet.trees) {
    // An enhanced descriptor often shares its whole tree with the primary one (ECMA-119 8.5).
    const known = [...trees, ...(before?.trees ?? [])].find((tree) => isTreeOf(tree, descriptor));
    trees.push(
      known === undefined
        ? await readTree(reader, descriptor, findings, costs)
        : { ...known, kind: descriptor.kind },
    );
  }
  const isKnown = trees.every(({ root }) => before?.trees.some((tree) => tree.root === root));
  const { map, hybrid, udf, ...sessions } =
    before !== undefined && isKnown
      ? before
      : await readAllocation(source, reader, { set: descriptorSet, trees, session }, findings);
  const newest = session === undefined ? newestSession(sessions.sessions, descriptorSet) : undefined;
  if (newest !== undefined) {
    return readVolume(source, { session: { ...sessions, newest } });
  }
  const boot = await readBoot(reader, descriptorSet, { trees, udf }, map, findings);
  checkHybrid(hybrid, boot, findings);

  const volumeSize =
    session === undefined
      ? fields.volumeSpaceSize.littleEndian * logicalBlockSize
      : session.newest.end * BLOCK_SIZE;
  checkVolumeSize(source.size, volumeSize, findings);
  checkRunOut(source, volumeSize, findings);
  const { block } = descriptorSet.primary;
  const mediaCheckField = block.subarray(
    MEDIA_CHECK_RANGE.offset,
    MEDIA_CHECK_RANGE.offset + MEDIA_CHECK_RANGE.length,
  );
  return {
    size: source.size,
    volumeSize,
    logicalBlockSize,
    volumeIdentifier: decodeVolumeText(fields.volumeIdentifier, 'single-byte'),
    descriptorSet,
    trees,
    udf,
    map,
    boot,
    hybrid,
    sessions: sessions.sessions,
    sessionCount: sessions.sessionCount,
    mediaCheckField,
    mediaCheck: decodeMediaCheck(mediaCheckField),
    suseDigest: decodeSuseDigest(mediaCheckField),
    findings: findings.list,
  };
}

type Found = Pick<Image, 'sessions' | 'sessionCount'>;

async function readAllocation(
  source: Source,
  reader: BlockReader,
  volume: { set: DescriptorSet; trees: readonly Tree[]; session: Found | undefined },
  findings: Findings,
): Promise<Pick<Image, 'map' | 'hybrid' | 'udf'> & Found> {
  const { set, trees, session } = volume;
  const map = new AllocationMap();
  // Partition tables, UDF and sessions count in sectors of their own, whatever the volume's logical blocks are.
  const bySector = new BlockReader(source);
  const hybrid = await claimPartitions(bySector, map, findings);
  claimVolume(reader, map, set, trees, findings);
  const volumeSize = set.primary.fields.volumeSpaceSize.littleEndian * reader.blockSize;
  const udf = set.hasUdf
    ? await readUdf(bySector, map, Math.floor(volumeSize / BLOCK_SIZE), findings)
    : undefined;
  claimHybridBootImage(map, hybrid);
  const found = session ?? (await readSessions(bySector, reader.blockSize, map, set));
  found.sessions.forEach(({ primaryLba, blocks }) => map.claim('volume descriptor', primaryLba, blocks));
  return { map, hybrid, udf, sessions: found.sessions, sessionCount: found.sessionCount };
}

/** Sessions begin at sectors; where the volume's blocks are no sectors, nothing can be said of them. */
async function readSessions(
  reader: BlockReader,
  blockSize: number,
  map: AllocationMap,
  set: DescriptorSet,
): Promise<Found> {
  if (blockSize !== BLOCK_SIZE) {
    return { sessions: [], sessionCount: undefined };
  }
  const sessions = await findSessions(reader, map, set);
  return { sessions, sessionCount: countSessions(sessions, set) };
}

function isTreeOf({ root, coding }: Tree, descriptor: TreeDescriptor): boolean {
  const [extent] = root.extents;
  const { locationOfExtent, dataLength } = directoryRecord.decode(descriptor.fields.directoryRecordForRoot);
  return (
    coding === codingOf(descriptor) &&
    extent?.lba === locationOfExtent.littleEndian &&
    extent.length === dataLength.littleEndian
  );
}

/** Padding that is missing is only told; data that are missing are findings of their own. */
function checkVolumeSize(size: number, volumeSize: number, findings: Findings): void {
  const at = offsetOfLba(PRIMARY_VOLUME_DESCRIPTOR_LBA) + volumeDescriptor.offsetOf('volumeSpaceSize');
  if (volumeSize > roundUpToBlock(size)) {
    findings.add('warning', 'ISO_VOLUME_SPACE_SIZE', 'the image is shorter than its volume says', {
      offset: at,
      found: size,
      wanted: volumeSize,
    });
  } else if (size > volumeSize) {
    findings.add('note', 'ISO_VOLUME_SPACE_SIZE', 'there are bytes behind the end of the volume', {
      offset: at,
      found: size,
      wanted: volumeSize,
    });
  }
}

/** Blocks behind the volume are a burned disc's run-out: said, so that nobody wonders what else the drive counts. */
function checkRunOut({ size, unreadableTail = 0 }: Source, volumeSize: number, findings: Findings): void {
  if (unreadableTail === 0) {
    return;
  }
  const isRunOut = size >= volumeSize;
  const message = `the last ${unreadableTail / BLOCK_SIZE} blocks of the disc cannot be read`;
  findings.add(
    isRunOut ? 'note' : 'warning',
    'ISO_SOURCE_IO',
    `${message}${isRunOut ? ', which is usual behind the end of the volume' : ''}`,
    { offset: size, found: size, wanted: size + unreadableTail },
  );
}
