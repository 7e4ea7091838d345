import { readImage, type Image } from '../read/image.js';
import { requireWhole } from '../plan/precondition.js';
import type { OnProgress } from '../sink/progress.js';
import type { Source } from '../source/source.js';
import { blocksFor, lbaOfOffset, offsetOfLba, lba } from '../units.js';
import { blankBlocks, deviationsOf } from './deviation.js';
import { DifferenceTally } from './difference-tally.js';
import { inputName, openInput, type ImageInput } from './input.js';
import { SILENT, type Logger } from './logger.js';
import { innermost, OwnerNames, type Owner } from './block-owner.js';
import { RunOut, type LostBlocks } from './run-out.js';
import { refuseInterrupted } from './undo.js';

/** A disc, and the image that it should hold. */
export interface CompareOptions {
  /** The disc, or an image. */
  readonly input: ImageInput;
  /** The image that it is compared with. */
  readonly against: ImageInput;
  /** Told how far the reading has come; in bytes. */
  readonly onProgress?: OnProgress | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of what is done; without one, nothing is said. */
  readonly logger?: Logger | undefined;
}

/** The outcome of `compare`; documented in docs/json.md. */
export interface CompareReport {
  readonly schema: 'isoboot.compare/1';
  /** The disc or image, as it was named. */
  readonly input: string;
  /** The image that it is compared with, as it was named. */
  readonly against: string;
  /** `equal` or `different`. */
  readonly result: 'equal' | 'different';
  /** Bytes in the input, in the image that it is compared with, and in that image's volume. */
  readonly size: number;
  /** Bytes in the image. */
  readonly againstSize: number;
  /** Bytes that the volume of the image says it has. */
  readonly volumeSize: number;
  /** Bytes that were read of both. */
  readonly comparedBytes: number;
  /** Bytes of the volume that the input does not have. */
  readonly missingBytes: number;
  /** The first byte that is not the same; null where all are. */
  readonly firstDifference: {
    /** Where it is; of a block that cannot be read, where that starts. */
    readonly offset: number;
    /** Its block. */
    readonly lba: number;
    /** What in the image has this block; empty where nothing refers to it. */
    readonly owners: readonly Owner[];
  } | null;
  /** How many blocks are not the same, or lost. */
  readonly differentBlocks: number;
  /** The first files are named, the others only counted. */
  readonly differentFiles: {
    /** How many there are. */
    readonly count: number;
    /** Paths of the first 20 of them, by their place on the disc. */
    readonly paths: readonly string[];
  };
  /** Kinds of structures besides files. */
  readonly differentStructures: readonly Owner['kind'][];
  /** Blocks of the disc that cannot be read. */
  readonly unreadable: {
    /** How many there are. */
    readonly blocks: number;
    /** The first 20 runs of them. */
    readonly runs: readonly LostBlocks[];
  };
  /** Lost blocks that do not matter. */
  readonly runOutBlocks: number;
  /** Bytes behind the end of the volume, which are not compared. */
  readonly trailingBytes: {
    /** In the disc; programs that burn discs add some. */
    readonly input: number;
    /** In the image. */
    readonly against: number;
  };
  /** What was passed over or not compared, for people. */
  readonly warnings: readonly string[];
}

/**
 * Says whether a disc, or an image, holds what another image does: every byte up to the end of that image's volume.
 *
 * That they differ is an answer and no error, and so is a block of the disc that cannot be read. Which of those are
 * passed over at the end of a disc, `RunOut` says.
 *
 * Errors: those of opening; those of `readImage` for the image, and of reading it; `ISO_SOURCE_TRUNCATED` where that is
 * cut off; `ISO_SOURCE_IO` where the disc is taken out; `ISO_UNDO_INTERRUPTED`, `ISO_UNDO_LOCKED`, `ISO_INTERRUPTED`.
 */
export async function compare(options: CompareOptions): Promise<CompareReport> {
  const source = await openInput(options.input, options);
  try {
    const image = await openInput(options.against, options);
    try {
      await refuseInterrupted(source.path);
      await refuseInterrupted(image.path);
      const report = await compareSources(source, image, options);
      return { ...report, input: inputName(options.input), against: inputName(options.against) };
    } finally {
      await image.close();
    }
  } finally {
    await source.close();
  }
}

/** As `compare`, for any sources; of edits in place it knows nothing. */
export async function compareSources(
  input: Source,
  against: Source,
  options: Pick<CompareOptions, 'onProgress' | 'signal' | 'logger'> = {},
): Promise<CompareReport> {
  const { logger = SILENT, onProgress, signal } = options;
  const image = await readImage(against, { signal });
  requireWhole(image);
  const end = Math.min(image.volumeSize, against.size);
  const shared = Math.min(end, input.size);
  logger.info({ bytes: shared }, 'reading both once');
  const runOut = new RunOut(image.map, blocksFor(end));
  const tally = new DifferenceTally(image.map.eachClaim());
  for await (const deviation of deviationsOf(input, against, { end: shared, onProgress, signal })) {
    const { start, unreadable, isBlank } = deviation;
    if (unreadable) {
      runOut.noteUnreadable(start);
    }
    if (!unreadable || !runOut.passOver(start, isBlank)) {
      tally.add(deviation);
    }
  }
  await tallyMissing(against, { shared, end }, { runOut, tally });
  return reportOf({ input, against, image, end, shared }, { runOut, tally });
}

interface Found {
  readonly runOut: RunOut;
  readonly tally: DifferenceTally;
}

/** What the input ends in front of is different, but for blocks of the run-out. */
async function tallyMissing(
  against: Source,
  { shared, end }: { shared: number; end: number },
  { runOut, tally }: Found,
): Promise<void> {
  const start = lbaOfOffset(shared);
  const last = blocksFor(end);
  const inTail = Math.max(start, runOut.start);
  if (inTail > start) {
    tally.add({ start, end: Math.min(inTail, last), offset: shared });
  }
  const blank = await blankBlocks(against, inTail, shared < end ? last : inTail);
  for (let block = inTail; shared < end && block < last; block += 1) {
    if (!runOut.passOver(block, blank.has(block))) {
      tally.add({ start: block, end: block + 1, offset: Math.max(shared, offsetOfLba(lba(block))) });
    }
  }
}

interface Compared {
  readonly input: Source;
  readonly against: Source;
  readonly image: Image;
  /** Bytes that were to be compared, and those of them that both have. */
  readonly end: number;
  readonly shared: number;
}

function reportOf(compared: Compared, found: Found): CompareReport {
  const { input, against, image, end, shared } = compared;
  const { runOut, tally } = found;
  const names = new OwnerNames(image);
  return {
    schema: 'isoboot.compare/1',
    input: input.name,
    against: against.name,
    result: tally.blocks === 0 ? 'equal' : 'different',
    size: input.size,
    againstSize: against.size,
    volumeSize: image.volumeSize,
    comparedBytes: shared - bytesOf(runOut, shared),
    missingBytes: end - shared,
    firstDifference: firstDifference(image, tally, names),
    differentBlocks: tally.blocks,
    ...differentThings(tally, names),
    unreadable: { blocks: runOut.unreadable, runs: runOut.listed },
    runOutBlocks: runOut.passedOver,
    trailingBytes: {
      input: Math.max(0, input.size - image.volumeSize),
      against: Math.max(0, against.size - image.volumeSize),
    },
    warnings: warningsFor(compared, found),
  };
}

function bytesOf({ unreadable }: RunOut, shared: number): number {
  return Math.min(shared, unreadable * offsetOfLba(lba(1)));
}

function firstDifference(
  { map }: Image,
  { first }: DifferenceTally,
  names: OwnerNames,
): CompareReport['firstDifference'] {
  if (first === undefined) {
    return null;
  }
  const block = lbaOfOffset(first.offset);
  return { offset: first.offset, lba: block, owners: names.ownersOf(map.overlapping(block, block + 1)) };
}

/** Most files that are named. */
const MOST_NAMED = 20;

function differentThings(
  { touched }: DifferenceTally,
  names: OwnerNames,
): Pick<CompareReport, 'differentFiles' | 'differentStructures'> {
  const isFile = ({ node }: (typeof touched)[number]): boolean => node !== undefined && !node.isDirectory;
  const files = new Set(names.bestOf(touched.filter(isFile)).flatMap(({ node }) => node ?? []));
  const paths = [...files].slice(0, MOST_NAMED).map((node) => names.pathOf(node));
  const structures = innermost(touched)
    .filter((claim) => !isFile(claim))
    .map(({ kind }) => kind);
  return {
    differentFiles: { count: files.size, paths },
    differentStructures: [...new Set(structures)],
  };
}

function warningsFor({ against, image, end }: Compared, { runOut, tally }: Found): string[] {
  const warnings: string[] = [];
  if (runOut.passedOver > 0 && tally.blocks === 0) {
    warnings.push(
      `${runOut.passedOver} ${runOut.passedOver === 1 ? 'block' : 'blocks'} at the end of the disc cannot be read or ` +
        'are not there, as is usual for a burned disc; the image has nothing in that place',
    );
  }
  if (against.size > image.volumeSize) {
    warnings.push(
      `the image has ${against.size - image.volumeSize} bytes behind the end of its volume, which were not compared`,
    );
  }
  if (end < image.volumeSize) {
    warnings.push(
      `the image is ${image.volumeSize - end} bytes shorter than its volume says; only what it has was compared`,
    );
  }
  return warnings;
}
