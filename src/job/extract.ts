import { mkdir } from 'node:fs/promises';
import { platform as platformHere } from 'node:os';
import { IsoError, messageOf } from '../errors.js';
import { ZISOFS_ALGORITHM } from '../layout/zisofs.js';
import { BlockReader } from '../read/block-reader.js';
import { AttributeReader, type Compression, type FileAttributes } from '../read/file-attributes.js';
import { piecesOf } from '../read/file-pieces.js';
import { readImage } from '../read/image.js';
import { readListedTrees } from '../read/listed-trees.js';
import type { TreeView } from '../read/lookup.js';
import type { TreeNode } from '../read/tree-node.js';
import { extractFile } from '../sink/extract-file.js';
import { finishFolder, makeFolder, makeLink, type DiskAttributes } from '../sink/extract-place.js';
import { removeLeftovers } from '../sink/leftover.js';
import { paced, type OnProgress } from '../sink/progress.js';
import { Breath } from '../sink/breath.js';
import { stopIfAborted } from '../source/stop.js';
import { ZisofsSource } from '../sink/zisofs-source.js';
import { PiecesSource } from '../source/pieces-source.js';
import type { Source } from '../source/source.js';
import { stoppable } from '../source/stoppable-source.js';
import { BLOCK_SIZE } from '../units.js';
import { HeldEntries } from './extract-entries.js';
import {
  ExtractTally,
  type ExtractedEntryReport,
  type ExtractReport,
  type ExtractSummary,
  type OnExtracted,
} from './extract-report.js';
import { describedBy, Selection, type Selected } from './extract-selection.js';
import { openInput, type ImageInput } from './input.js';
import { noteLeftover, type Logger } from './logger.js';
import { readingEdited } from './undo.js';
import { namesOf, viewBy, type Names } from './view.js';

/** What to take out of an image, and where to. */
export interface ExtractOptions {
  /** The image. */
  readonly input: ImageInput;
  /** Paths of files and directories in the image; `/` is all of it. */
  readonly paths: readonly string[];
  /** The folder that they go into; made where it is not there. */
  readonly folder: string;
  /** By which names; the best that the image has, without it. */
  readonly names?: Names | undefined;
  /** Whether files and links that are there may be replaced. */
  readonly force?: boolean | undefined;
  /** For whose file system names are made safe; the one that this runs on without it. */
  readonly platform?: string | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Told how far the reading and writing has come; in bytes. */
  readonly onProgress?: OnProgress | undefined;
  /** Is told of what is done; without one, nothing is said. */
  readonly logger?: Logger | undefined;
}

/**
 * Takes files and directories out of an image, with Rock Ridge's modes, times and symbolic links where it has them.
 *
 * Nothing is written outside the folder, and nothing through a link. Errors: `ISO_TREE_NOT_FOUND`,
 * `ISO_SOURCE_TRUNCATED`, `ISO_TREE_COMPRESSED`, `ISO_TREE_LIMIT`, `ISO_OUTPUT_EXISTS`, `ISO_OUTPUT_IO`,
 * `ISO_INTERRUPTED`; those of opening and reading. Files that were complete before an error stay.
 */
export async function extract(options: ExtractOptions): Promise<ExtractReport> {
  const entries: ExtractedEntryReport[] = [];
  const summary = await extractTold(options, (entry) => entries.push(entry));
  const { warnings, ...counts } = summary;
  return { ...counts, entries, warnings };
}

/** Does what `extract` does, and gives entries that are made when they are asked for. Errors: those of `extract`. */
export async function extractHeld(
  options: ExtractOptions,
): Promise<ExtractSummary & { readonly entries: Iterable<ExtractedEntryReport> }> {
  const entries = new HeldEntries();
  const { warnings, ...counts } = await extractTold(options, (entry) => entries.add(entry));
  return { ...counts, entries, warnings };
}

/** Does what `extract` does, and tells of no file by itself. Errors: those of `extract`. */
export async function extractUntold(options: ExtractOptions): Promise<ExtractSummary> {
  return extractTold(options, () => undefined);
}

async function extractTold(options: ExtractOptions, tell: OnExtracted): Promise<ExtractSummary> {
  const source = await openInput(options.input, options);
  try {
    return await readingEdited(source.path, async (warnings) => {
      const look = await lookAt(source, options);
      const { platform = platformHere() } = options;
      const tally = new ExtractTally(warnings, tell);
      return new Extracting({ ...options, platform }, source, look, tally).run();
    });
  } finally {
    await source.close();
  }
}

/** An image, looked at by the names that files are taken out by. */
interface Look {
  readonly view: TreeView;
  /** Bytes. */
  readonly logicalBlockSize: number;
}

/** Reads no other tree than that of the names, where that is enough. */
async function lookAt(source: Source, { names, signal }: ExtractOptions): Promise<Look> {
  const trees = await readListedTrees(stoppable(source, signal), names);
  if (trees !== undefined) {
    return { view: viewBy(trees, names), logicalBlockSize: BLOCK_SIZE };
  }
  const image = await readImage(source, { signal });
  return { view: viewBy(image, names), logicalBlockSize: image.logicalBlockSize };
}

/** A folder that was made, and gets its mode and time when all is in it. */
interface MadeFolder extends DiskAttributes {
  readonly path: string;
  readonly output: string;
}

class Extracting {
  readonly #attributes: AttributeReader;
  readonly #force: boolean;
  readonly #report: OnProgress;
  #done = 0;
  #total = 0;

  constructor(
    private readonly options: ExtractOptions & { readonly platform: string },
    private readonly source: Source,
    private readonly look: Look,
    private readonly tally: ExtractTally,
  ) {
    this.#attributes = new AttributeReader(new BlockReader(source, look.logicalBlockSize), look.view.tree);
    this.#force = options.force === true;
    this.#report = paced(options.onProgress);
  }

  async run(): Promise<ExtractSummary> {
    const { folder } = this.options;
    const selection = new Selection({ ...this.options, ...this.look, size: this.source.size });
    const { size, hasLinks, incomplete, loops } = selection.check();
    this.#total = size;
    incomplete.forEach((path) =>
      this.tally.warn(`${path} lies beyond the end of the image, and files may be missing`),
    );
    loops.forEach((path) =>
      this.tally.warn(`${path} is a directory that is elsewhere as well, and was taken out there`),
    );
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw new IsoError('ISO_OUTPUT_IO', `the folder ${folder} cannot be made: ${messageOf(error)}`, {
        cause: error,
      });
    });
    await removeLeftovers(folder, noteLeftover(this.options.logger));
    const made = await this.#extractFiles(selection);
    // Links come when all files are there, so that none is written through one; directories are finished last.
    if (hasLinks) {
      await this.#extractLinks(selection);
    }
    for (const each of made.reverse()) {
      await this.#finishFolder(each);
    }
    return this.tally.summary(this.options, namesOf(this.look.view));
  }

  /** Gives the folders that were made; their records are read where those beside them are. */
  async #extractFiles(selection: Selection): Promise<MadeFolder[]> {
    const made: MadeFolder[] = [];
    const breath = new Breath();
    for (const each of selection.each()) {
      if (each.type === 'symlink') {
        continue;
      }
      await breath.take();
      stopIfAborted(this.options.signal);
      if (each.isRenamed) {
        this.tally.warn(`${each.path} is named ${each.output}`);
      }
      if (each.type !== 'directory') {
        await this.#extractFile(each);
      } else if (await this.#makeFolder(each)) {
        const attributes = await this.#attributesOf(describedBy(this.look.view, each.node));
        made.push({ path: each.path, output: each.output, ...diskAttributes(attributes) });
      }
    }
    return made;
  }

  async #extractLinks(selection: Selection): Promise<void> {
    for (const each of selection.each()) {
      if (each.type === 'symlink') {
        stopIfAborted(this.options.signal);
        await this.#extractLink(each);
      }
    }
  }

  /** Says whether it was made; a folder that is there already stays as it is. */
  async #makeFolder(each: Selected): Promise<boolean> {
    const hasMode = describedBy(this.look.view, each.node).mode !== undefined;
    const isNew = await makeFolder(each.output, this.#force, hasMode);
    if (!isNew) {
      await removeLeftovers(each.output, noteLeftover(this.options.logger));
    }
    this.tally.note(each, 0);
    return isNew;
  }

  async #extractFile(each: Selected): Promise<void> {
    const { node, path, output } = each;
    if (each.type === 'special') {
      this.tally.warn(`${path} is a device, a FIFO or a socket, and was left out`);
      this.tally.note(each, undefined);
      return;
    }
    if (node.oddities.unlocated) {
      this.tally.warn(`${path} was left out: its data have no blocks of their own`);
      return;
    }
    const attributes = await this.#attributesOf(node);
    const stored = new PiecesSource(this.source, piecesOf(node, this.look.logicalBlockSize), path);
    const source = await this.#contentsOf(stored, attributes.compression, each);
    const { signal } = this.options;
    const before = this.#done;
    const onProgress: OnProgress = ({ done, total }) =>
      this.#report({ done: before + Math.floor((node.size * done) / total), total: this.#total });
    const kept = await extractFile({
      source,
      path: output,
      force: this.#force,
      signal,
      onProgress,
      ...diskAttributes(attributes),
    });
    this.#done = before + node.size;
    this.#warnUnlessKept(kept, path);
    this.tally.note(each, source.size);
  }

  async #contentsOf(
    stored: Source,
    compression: Compression | undefined,
    { node, path }: Selected,
  ): Promise<Source> {
    if (!node.oddities.compressed) {
      return stored;
    }
    if (this.look.view.names === 'iso' || compression === undefined) {
      this.tally.warn(`${path} is taken out as it is stored, compressed`);
      return stored;
    }
    const { algorithm, blockSizeLog2, uncompressedSize } = compression;
    if (!ZISOFS_ALGORITHM.every((byte, i) => algorithm[i] === byte)) {
      throw new IsoError('ISO_TREE_COMPRESSED', `${path} is stored compressed in a way that is not known`, {
        offset: node.recordOffset,
      });
    }
    return ZisofsSource.open(stored, { blockSizeLog2, uncompressedSize, recordOffset: node.recordOffset });
  }

  async #extractLink(each: Selected): Promise<void> {
    const { node, path, output } = each;
    const { linkTarget, modifiedAt } = await this.#attributesOf(node);
    const isUsable = linkTarget !== undefined && !linkTarget.includes('\0');
    const isMade = isUsable && (await makeLink(linkTarget, output, this.#force, modifiedAt));
    if (!isMade) {
      const why = isUsable ? 'the system has no such links here' : 'where it leads makes no sense';
      this.tally.warn(`${path} is a symbolic link, and was left out: ${why}`);
    } else if (each.isRenamed) {
      this.tally.warn(`${path} is named ${output}`);
    }
    this.tally.note(each, isMade ? 0 : undefined);
  }

  async #finishFolder({ path, output, ...attributes }: MadeFolder): Promise<void> {
    const kept = await finishFolder(output, attributes);
    this.#warnUnlessKept(kept || this.options.platform === 'win32', path);
  }

  /** By names of ISO 9660 or Joliet, a file is what their records say. */
  async #attributesOf(node: TreeNode): Promise<FileAttributes> {
    return this.look.view.names === 'rock-ridge'
      ? this.#attributes.read(node)
      : { mode: undefined, modifiedAt: node.recordedAt, linkTarget: undefined, compression: undefined };
  }

  #warnUnlessKept(kept: boolean, path: string): void {
    if (!kept) {
      this.tally.warn(`mode or time of ${path} could not be set`);
    }
  }
}

function diskAttributes({ mode, modifiedAt }: FileAttributes): DiskAttributes {
  return { mode, modifiedAt };
}
