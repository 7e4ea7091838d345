/** Files as zisofs stores them. */
import { deflateSync } from 'node:zlib';
import { zisofsHeader, ZISOFS_MAGIC, ZISOFS_POINTER_LENGTH } from '../../src/layout/zisofs.js';

const BLOCK_SIZE_LOG2 = 15;
const BLOCK = 2 ** BLOCK_SIZE_LOG2;

/** Compresses a file; blocks of zeros take no bytes, and `change` may have others lie. */
export function zisofsFile(contents: Buffer, change: (block: Buffer) => Buffer = (block) => block): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < contents.length; at += BLOCK) {
    const block = contents.subarray(at, at + BLOCK);
    blocks.push(block.every((byte) => byte === 0) ? Buffer.alloc(0) : deflateSync(change(block)));
  }
  const header = zisofsHeader.encode({
    magic: Uint8Array.from(ZISOFS_MAGIC),
    uncompressedSize: contents.length,
    headerSizeDiv4: zisofsHeader.span / 4,
    blockSizeLog2: BLOCK_SIZE_LOG2,
    reserved14: new Uint8Array(2),
  });
  const pointers = Buffer.alloc(contents.length === 0 ? 0 : (blocks.length + 1) * ZISOFS_POINTER_LENGTH);
  let at = header.length + pointers.length;
  blocks.forEach((block, i) => {
    pointers.writeUInt32LE(at, i * ZISOFS_POINTER_LENGTH);
    at += block.length;
  });
  if (pointers.length > 0) {
    pointers.writeUInt32LE(at, blocks.length * ZISOFS_POINTER_LENGTH);
  }
  return Buffer.concat([header, pointers, ...blocks]);
}
