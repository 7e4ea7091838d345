import { LIMITS } from '../read/limits.js';
import type { ExtractedType, Selected } from './extract-selection.js';
import { inputName, type ImageInput } from './input.js';
import type { Names } from './view.js';

/** One file, directory or link that was taken out, or left out. */
export interface ExtractedEntryReport {
  /** From the root of the image. */
  readonly path: string;
  /** What it is. */
  readonly type: ExtractedType;
  /** Bytes that were written. */
  readonly size: number;
  /** Where it is; nothing for what was left out. */
  readonly output: string | null;
}

/** The outcome of `extract`; documented in docs/json.md. */
export interface ExtractReport {
  readonly schema: 'isoboot.extract/1';
  /** The image, as it was named. */
  readonly input: string;
  /** The folder that all is in, as it was named. */
  readonly output: string;
  /** By which names it was taken out. */
  readonly names: Names;
  /** Files that were written. */
  readonly files: number;
  /** Folders that were made, or were there already. */
  readonly directories: number;
  /** Symbolic links that were made. */
  readonly symlinks: number;
  /** Bytes in the files. */
  readonly bytes: number;
  /** Files and directories, each directory in front of what it holds; symbolic links behind all of them. */
  readonly entries: readonly ExtractedEntryReport[];
  /** What was left out or is not quite as in the image, for people. */
  readonly warnings: readonly string[];
}

/** The outcome without what became of each file: that of very many is more than people read. */
export type ExtractSummary = Omit<ExtractReport, 'entries'>;

/** Is told of each entry of the report, in its order. */
export type OnExtracted = (entry: ExtractedEntryReport) => void;

/** Counts what was taken out, and gathers warnings. */
export class ExtractTally {
  readonly #written: Record<ExtractedType, number> = { file: 0, directory: 0, symlink: 0, special: 0 };
  readonly #warnings: string[];
  #bytes = 0;
  #unsaid = 0;

  constructor(
    warnings: readonly string[],
    private readonly tell: OnExtracted,
  ) {
    this.#warnings = [...warnings];
  }

  warn(text: string): void {
    if (this.#warnings.length < LIMITS.findings) {
      this.#warnings.push(text);
    } else {
      this.#unsaid += 1;
    }
  }

  /** Notes what became of something: how many bytes of it were written; without them, it was left out. */
  note({ path, type, output }: Selected, size: number | undefined): void {
    if (size !== undefined) {
      this.#written[type] += 1;
      this.#bytes += size;
    }
    this.tell({ path, type, size: size ?? 0, output: size === undefined ? null : output });
  }

  summary({ input, folder }: { input: ImageInput; folder: string }, names: Names): ExtractSummary {
    const { file, directory, symlink } = this.#written;
    return {
      schema: 'isoboot.extract/1',
      input: inputName(input),
      output: folder,
      names,
      files: file,
      directories: directory,
      symlinks: symlink,
      bytes: this.#bytes,
      warnings:
        this.#unsaid === 0 ? this.#warnings : [...this.#warnings, `and ${this.#unsaid} more like these`],
    };
  }
}
