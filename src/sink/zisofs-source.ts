import { inflateSync } from 'node:zlib';
import { IsoError } from '../errors.js';
import {
  zisofsHeader,
  ZISOFS_BLOCK_SIZE_LOG2,
  ZISOFS_MAGIC,
  ZISOFS_POINTER_LENGTH,
} from '../layout/zisofs.js';
import { checkRange } from '../source/range.js';
import type { Source } from '../source/source.js';

/** What the directory record of a compressed file says of it, and where that record is in the image. */
export interface ZisofsExpectation {
  readonly blockSizeLog2: number;
  readonly uncompressedSize: number;
  readonly recordOffset: number;
}

/** The contents of a file that is stored zisofs-compressed; closing it leaves the stored one open. */
export class ZisofsSource implements Source {
  readonly name: string;
  readonly #stored: Source;
  readonly #blockSize: number;
  /** Where each block starts in the stored file, and behind the last one where it ends. */
  readonly #pointers: DataView;
  readonly #recordOffset: number;

  private constructor(
    stored: Source,
    readonly size: number,
    blockSize: number,
    pointers: Uint8Array,
    recordOffset: number,
  ) {
    this.name = stored.name;
    this.#stored = stored;
    this.#blockSize = blockSize;
    this.#pointers = new DataView(pointers.buffer, pointers.byteOffset, pointers.byteLength);
    this.#recordOffset = recordOffset;
  }

  /**
   * Reads the header and the block pointers of a stored file: at most 512 KiB.
   *
   * Errors: `ISO_TREE_COMPRESSED` when they are not what the directory record says.
   */
  static async open(stored: Source, expected: ZisofsExpectation): Promise<ZisofsSource> {
    const { recordOffset } = expected;
    const head = await stored.read(0, Math.min(zisofsHeader.span, stored.size));
    const header = head.length === zisofsHeader.span ? zisofsHeader.decode(head) : undefined;
    if (header === undefined || !ZISOFS_MAGIC.every((byte, i) => header.magic[i] === byte)) {
      throw lies(stored, recordOffset, 'does not start as a compressed file');
    }
    const { blockSizeLog2, uncompressedSize } = header;
    const { least, most } = ZISOFS_BLOCK_SIZE_LOG2;
    const isAsExpected =
      blockSizeLog2 === expected.blockSizeLog2 && uncompressedSize === expected.uncompressedSize;
    if (!isAsExpected || blockSizeLog2 < least || blockSizeLog2 > most) {
      throw lies(stored, recordOffset, 'has another size than its directory record says');
    }
    const start = header.headerSizeDiv4 * 4;
    const blocks = Math.ceil(uncompressedSize / 2 ** blockSizeLog2);
    const length = uncompressedSize === 0 ? 0 : (blocks + 1) * ZISOFS_POINTER_LENGTH;
    if (start < zisofsHeader.span || start + length > stored.size) {
      throw lies(stored, recordOffset, 'is too short for its block pointers');
    }
    const pointers = await stored.read(start, length);
    return new ZisofsSource(stored, uncompressedSize, 2 ** blockSizeLog2, pointers, recordOffset);
  }

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const bytes = into === undefined ? new Uint8Array(length) : into.subarray(0, length);
    for (let filled = 0; filled < length;) {
      const at = offset + filled;
      const block = await this.#block(Math.floor(at / this.#blockSize));
      const part = block.subarray(at % this.#blockSize, (at % this.#blockSize) + length - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A block's contents; one that is stored in no bytes is all zeros. */
  async #block(index: number): Promise<Uint8Array> {
    const start = this.#pointers.getUint32(index * ZISOFS_POINTER_LENGTH, true);
    const end = this.#pointers.getUint32((index + 1) * ZISOFS_POINTER_LENGTH, true);
    const length = Math.min(this.#blockSize, this.size - index * this.#blockSize);
    // A block that deflate makes longer grows by a few bytes at most; twice is more than any has.
    if (end < start || end - start > 2 * this.#blockSize || end > this.#stored.size) {
      throw lies(this.#stored, this.#recordOffset, 'has a block pointer that leads nowhere');
    }
    if (start === end) {
      return new Uint8Array(length);
    }
    const block = this.#inflated(await this.#stored.read(start, end - start));
    if (block?.length !== length) {
      throw lies(this.#stored, this.#recordOffset, 'has a block that cannot be uncompressed');
    }
    return block;
  }

  #inflated(bytes: Uint8Array): Uint8Array | undefined {
    try {
      return inflateSync(bytes, { maxOutputLength: this.#blockSize });
    } catch {
      return undefined;
    }
  }
}

function lies({ name }: Source, offset: number, what: string): IsoError {
  return new IsoError('ISO_TREE_COMPRESSED', `${name} is stored compressed, and ${what}`, { offset });
}
