import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { isZero } from '../bytes.js';
import type { FileSource } from './file-source.js';
import type { Source } from './source.js';

/** WebAssembly counts its memory in pages of its own, in bytes. */
const MEMORY_PAGE_LENGTH = 65_536;

/**
 * A sparse file, read from its start to its end, and faster where it has holes: those are read past the system's cache, which
 * would be filled with zeros, page by page, at a tenth of the speed. What is no hole, and whatever cannot be read like that, is
 * read as ever. One read at a time.
 */
export class SparseSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly #base: FileSource;
  readonly #uncached: FileHandle | undefined;
  readonly #room: Uint8Array;
  #isInHole = false;

  private constructor(base: FileSource, uncached: FileHandle | undefined, room: number) {
    this.name = base.name;
    this.size = base.size;
    this.#base = base;
    this.#uncached = uncached;
    this.#room = uncached === undefined ? new Uint8Array(0) : pagesOfMemory(room);
  }

  /** Opens the file a second time, for reads of up to `room` bytes; not every system has such reads. */
  static async over(
    base: FileSource,
    room: number,
    { O_DIRECT: flag }: { readonly O_DIRECT?: number } = constants,
  ): Promise<SparseSource> {
    const uncached =
      flag === undefined
        ? undefined
        : await open(base.path, constants.O_RDONLY | flag).catch(() => undefined);
    return new SparseSource(base, uncached, room);
  }

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    const bytes =
      (this.#isInHole ? await this.#readUncached(offset, length, into) : undefined) ??
      (await this.#base.read(offset, length, into));
    this.#isInHole = isLikelyHole(bytes);
    return bytes;
  }

  /** Nothing where the system refuses: not all of it starts and ends at a page, or the file system is another. */
  async #readUncached(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array | undefined> {
    const answer = await this.#uncached?.read(this.#room, 0, length, offset).catch(() => undefined);
    if (answer?.bytesRead !== length) {
      return undefined;
    }
    const bytes = into?.subarray(0, length) ?? new Uint8Array(length);
    bytes.set(this.#room.subarray(0, length));
    return bytes;
  }

  /** Leaves the file below open. */
  async close(): Promise<void> {
    await this.#uncached?.close();
  }
}

/** What TypeScript knows of only where there is a browser. */
interface WithWebAssembly {
  readonly WebAssembly: {
    readonly Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer };
  };
}

/** Bytes that start at a page, which of all memory in JavaScript only this is sure to do; none where there is no such memory. */
function pagesOfMemory(length: number): Uint8Array {
  try {
    const { WebAssembly } = globalThis as unknown as WithWebAssembly;
    return new Uint8Array(new WebAssembly.Memory({ initial: Math.ceil(length / MEMORY_PAGE_LENGTH) }).buffer);
  } catch {
    return new Uint8Array(0);
  }
}

/** Whether what follows is likely to be a hole as well; a look at both ends will do. */
function isLikelyHole(bytes: Uint8Array): boolean {
  return [bytes.subarray(0, 512), bytes.subarray(-512)].every(isZero);
}
