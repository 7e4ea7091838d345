import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { IsoError } from '../errors.js';
import { refuseUnbootable } from '../plan/boot-extent.js';
import type { BootEntry } from '../read/boot.js';
import { readBootFile } from '../read/boot-file.js';
import { piecesOf, type Piece } from '../read/file-pieces.js';
import { readImage, type Image } from '../read/image.js';
import { saveSource } from '../sink/save.js';
import { PiecesSource } from '../source/pieces-source.js';
import type { Source } from '../source/source.js';
import { BLOCK_SIZE, lba, offsetOfLba } from '../units.js';
import { findLoader } from './boot-choice.js';
import { inputName, openInput, type ImageInput } from './input.js';
import { LOADER_PLACES } from './known-places.js';
import { noteLeftover, type Logger } from './logger.js';
import { loaderReport, platformName } from './name.js';
import type { ExtractedReport } from './report.js';
import { readingEdited } from './undo.js';

/** What to take out of an image, and where to. */
export interface ExtractBootOptions {
  /** The image. */
  readonly input: ImageInput;
  /** One boot entry, all of them, or the catalog. */
  readonly what:
    | {
        readonly kind: 'entry';
        /** Number of the entry, from 1 on. */
        readonly index: number;
        /** A path, or a stream that is written and left open. */
        readonly output: string | Writable;
      }
    | {
        readonly kind: 'all';
        /** The folder that they go into; made where it is not there. */
        readonly folder: string;
      }
    | {
        readonly kind: 'catalog';
        /** A path, or a stream that is written and left open. */
        readonly output: string | Writable;
      };
  /** Whether a file that is there may be replaced. */
  readonly force?: boolean | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of what is done; without one, nothing is said. */
  readonly logger?: Logger | undefined;
}

/** The outcome of `extract-boot`, its own fields those of the first thing saved; documented in docs/json.md. */
export interface ExtractBootReport extends ExtractedReport {
  readonly schema: 'isoboot.extract-boot/1';
  /** The image, as it was named. */
  readonly input: string;
  /** All that was saved, in the order of the catalog. */
  readonly all: readonly ExtractedReport[];
  /** That the image may be half-written, for people. */
  readonly warnings: readonly string[];
}

interface Extraction {
  readonly report: Omit<ExtractedReport, 'output' | 'sha256'>;
  readonly output: string | Writable;
  /** Where its bytes lie, where that is not in one run from its block on. */
  readonly pieces?: readonly Piece[];
}

/**
 * Saves boot files as they are on the disc, or the boot catalog. Without a boot record, the loader that `inject` would
 * take.
 *
 * Errors: `ISO_BOOT_NONE`, `ISO_BOOT_NO_ENTRY`, `ISO_BOOT_BROKEN`, `ISO_SOURCE_TRUNCATED`, those of saving and reading.
 */
export async function extractBoot(options: ExtractBootOptions): Promise<ExtractBootReport> {
  const source = await openInput(options.input, options);
  try {
    return await readingEdited(source.path, async (warnings) => {
      const [first, ...others] = await saveAll(
        await readImage(source, { signal: options.signal }),
        source,
        options,
      );
      if (first === undefined) {
        throw new IsoError('ISO_BOOT_NO_ENTRY', 'the boot catalog has no entries', { found: 0 });
      }
      const all = [first, ...others];
      return { schema: 'isoboot.extract-boot/1', input: inputName(options.input), ...first, all, warnings };
    });
  } finally {
    await source.close();
  }
}

async function saveAll(
  image: Image,
  source: Source,
  options: ExtractBootOptions,
): Promise<ExtractedReport[]> {
  const saved: ExtractedReport[] = [];
  for (const { report, output, pieces } of await chooseExtractions(image, source, options)) {
    const part = partOf(source, pieces ?? [{ offset: offsetOfLba(lba(report.lba)), length: report.size }]);
    const sha256 = await saveSource({
      source: part,
      output,
      force: options.force === true,
      onLeftover: noteLeftover(options.logger),
      signal: options.signal,
    });
    saved.push({ ...report, output: typeof output === 'string' ? output : '-', sha256 });
  }
  return saved;
}

/** The bytes of a boot file. Errors: `ISO_SOURCE_TRUNCATED` where there are none, or not all of them. */
function partOf(source: Source, pieces: readonly Piece[]): Source {
  const missing = pieces.find(({ offset, length }) => length === 0 || offset + length > source.size);
  if (missing !== undefined || pieces.length === 0) {
    const { offset, length } = missing ?? { offset: source.size, length: 0 };
    throw new IsoError(
      'ISO_SOURCE_TRUNCATED',
      'the boot file lies, wholly or in part, beyond the end of the image',
      {
        offset,
        found: source.size,
        wanted: offset + Math.max(length, 1),
      },
    );
  }
  return new PiecesSource(source, pieces);
}

async function chooseExtractions(
  image: Image,
  source: Source,
  { what }: ExtractBootOptions,
): Promise<Extraction[]> {
  const { boot } = image;
  if (boot !== undefined && boot.catalog === undefined) {
    throw new IsoError('ISO_BOOT_BROKEN', 'the boot record points at no boot catalog', {
      offset: offsetOfLba(boot.recordLba),
      found: boot.catalogLba,
      wanted: 'a boot catalog',
    });
  }
  switch (what.kind) {
    case 'catalog':
      return [{ report: catalogReport(image), output: what.output }];
    case 'entry':
      return [{ ...(await entryOf(image, source, what.index)), output: what.output }];
    case 'all':
      return allEntries(image, source, what.folder);
  }
}

function catalogReport({ boot }: Image): Extraction['report'] {
  if (boot?.catalog === undefined) {
    throw new IsoError('ISO_BOOT_NONE', 'the image has no boot catalog', { wanted: 'a boot record' });
  }
  const size = boot.catalog.blocks * BLOCK_SIZE;
  return { entry: null, lba: boot.catalog.lba, size, sizeFrom: null, sizeCertain: true, loader: null };
}

type Found = Omit<Extraction, 'output'>;

async function entryOf(image: Image, source: Source, index: number): Promise<Found> {
  if (image.boot === undefined) {
    return loaderOfTree(image, source, index);
  }
  const entry = image.boot.entries.find((each) => each.index === index);
  if (entry === undefined) {
    throw new IsoError('ISO_BOOT_NO_ENTRY', `the boot catalog has no entry ${index}`, {
      found: `${image.boot.entries.length} entries`,
      wanted: index,
    });
  }
  return { report: describeEntry(entry) };
}

function describeEntry({
  index,
  loadRba,
  size,
  sizeFrom,
  sizeCertain,
  file,
}: BootEntry): Extraction['report'] {
  return { entry: index, lba: loadRba, size, sizeFrom, sizeCertain, loader: loaderReport(file?.loader) };
}

async function loaderOfTree(image: Image, source: Source, index: number): Promise<Found> {
  const node = findLoader(image);
  if (node !== undefined) {
    refuseUnbootable(node);
  }
  const [extent] = node?.extents ?? [];
  if (node === undefined || extent === undefined) {
    throw new IsoError(
      'ISO_BOOT_NONE',
      `the image is not bootable, and no loader is at ${LOADER_PLACES.join(', ')}`,
      {
        wanted: 'a boot record or a loader',
      },
    );
  }
  if (index !== 1) {
    throw new IsoError(
      'ISO_BOOT_NO_ENTRY',
      'the image has no boot catalog, so there is only the loader of its tree',
      {
        found: 1,
        wanted: index,
      },
    );
  }
  const pieces = piecesOf(node, image.logicalBlockSize);
  const { loader } = await readBootFile(partOf(source, pieces), 0, node.size);
  const report = {
    entry: null,
    lba: extent.lba,
    size: node.size,
    sizeFrom: 'directory-record',
    sizeCertain: true,
    loader: loaderReport(loader),
  } as const;
  return { report, pieces };
}

/** Every entry into a folder, under names of our own: none comes from the image. */
async function allEntries(image: Image, source: Source, folder: string): Promise<Extraction[]> {
  const entries = image.boot?.entries ?? [];
  const chosen =
    image.boot === undefined
      ? [{ ...(await loaderOfTree(image, source, 1)), output: join(folder, 'boot-1-x86.bif') }]
      : entries.map((entry) => ({
          report: describeEntry(entry),
          output: join(folder, `boot-${entry.index}-${platformName(entry.platformId)}.bif`),
        }));
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new IsoError('ISO_OUTPUT_IO', `the folder ${folder} cannot be made`, { cause: error });
  });
  return chosen;
}
