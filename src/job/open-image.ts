import { readImage, type Image } from '../read/image.js';
import { fingerprintOf } from '../sink/fingerprint.js';
import { FileSource, isFile } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import { inputName, isInput, openInput, type ImageInput } from './input.js';
import { SILENT, type Logger } from './logger.js';
import { readingEdited } from './undo.js';

/** How an image is opened. */
export interface OpenImageOptions {
  /** What reports call the image; its path, or what its source is called, without it. */
  readonly name?: string | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of what is done; without one, nothing is said. */
  readonly logger?: Logger | undefined;
}

/** Something that an image has to close along with itself. */
export interface Closable {
  /** Gives back what is held open; may be called more than once. */
  close(): Promise<void>;
}

/** An image that is open: what was read of it, and where its bytes come from. */
export class OpenImage {
  /** What reports call it. */
  readonly name: string;
  /** Where its bytes come from. */
  readonly source: Source;
  /** What was read of it: descriptors, trees, boot catalog, and what all of them refer to. */
  readonly model: Image;
  /** What an edit that was interrupted may have done to it. */
  readonly warnings: readonly string[];
  readonly #fingerprint: string | undefined;
  readonly #held: Closable[] = [];

  /** Use `openImage`. */
  constructor(
    source: Source,
    model: Image,
    facts: {
      /** What reports call it. */
      name?: string | undefined;
      /** What an edit that was interrupted may have done to it. */
      warnings?: readonly string[];
      /** What tells its file from another one. */
      fingerprint?: string | undefined;
    } = {},
  ) {
    this.source = source;
    this.model = model;
    this.name = facts.name ?? source.name;
    this.warnings = facts.warnings ?? [];
    this.#fingerprint = facts.fingerprint;
  }

  /** Where it lies, if in a file or on a device. */
  get path(): string | undefined {
    return pathOf(this.source);
  }

  /** Whether its file is the one that was read, as far as size and times tell; of anything else that is not known. */
  async isUnchanged(): Promise<boolean> {
    const { path } = this;
    return this.#fingerprint === undefined || path === undefined || fingerprintOf(path) === this.#fingerprint;
  }

  /** Has something closed along with the image, at the latest. */
  hold(held: Closable): void {
    this.#held.push(held);
  }

  /** Closes what was opened for it: its file, and the boot files of plans. A source that was given stays open. */
  async close(): Promise<void> {
    await Promise.all(this.#held.splice(0).map((each) => each.close()));
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Opens an image and reads its model: once for all that is to be looked up or planned.
 *
 * `input` is the path of an image or device, a stream, which is written to a temporary file first, or a source of any kind,
 * which stays open when the image is closed. Errors: those of opening and of `readImage`; `ISO_UNDO_INTERRUPTED` and
 * `ISO_UNDO_LOCKED` where a half-written image cannot be read.
 */
export async function openImage(
  input: ImageInput | Source,
  options: OpenImageOptions = {},
): Promise<OpenImage> {
  if (!isInput(input)) {
    return readOpen(input, [], options);
  }
  const source = await openInput(input, options);
  const named = { name: inputName(input), ...options };
  try {
    const image = await readingEdited(source.path, (warnings) => readOpen(source, warnings, named));
    image.hold(source);
    return image;
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function readOpen(
  source: Source,
  warnings: readonly string[],
  { name, signal, logger = SILENT }: OpenImageOptions,
): Promise<OpenImage> {
  const fingerprint = isFile(source) ? fingerprintOf(source.path) : undefined;
  const model = await readImage(source, { signal });
  const { size, trees, findings } = model;
  logger.debug({ size, trees: trees.length, findings: findings.length }, 'image read');
  return new OpenImage(source, model, { name, warnings, fingerprint });
}

/** The path of a file or device; other sources have none. */
export function pathOf(source: Source): string | undefined {
  return source instanceof FileSource ? source.path : undefined;
}
