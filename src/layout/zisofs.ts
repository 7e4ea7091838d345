/** A file that is stored compressed, block by block (the zisofs authors' extension of RRIP, version 1). */

import { bytes, u32le, u8 } from './field.js';
import { table } from './table.js';

/** What a compressed file starts with; the block pointers lie behind it. */
export const zisofsHeader = table('zisofs header', {
  magic: bytes(8),
  uncompressedSize: u32le(),
  headerSizeDiv4: u8(),
  blockSizeLog2: u8(),
  reserved14: bytes(2),
});

export const ZISOFS_MAGIC = [0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07] as const;

/** The block sizes that there are, as powers of two: 32, 64 and 128 KiB. */
export const ZISOFS_BLOCK_SIZE_LOG2 = { least: 15, most: 17 } as const;

/** The letters by which a ZF entry says that blocks are zlib streams. */
export const ZISOFS_ALGORITHM = [0x70, 0x7a] as const;

/** Bytes of a block pointer: where in the file a block starts, the one behind it being where it ends. */
export const ZISOFS_POINTER_LENGTH = 4;
