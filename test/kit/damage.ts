/** Breaks images in one place each. */
import { copyFile, open, readFile, truncate, writeFile } from 'node:fs/promises';

const BLOCK = 2048;
const PRIMARY = 16 * BLOCK;
const TERMINATOR_TYPE = 255;

/** Bytes of the Primary Volume Descriptor (ECMA-119 8.4). */
const VOLUME_SPACE_SIZE = 80;
const LOGICAL_BLOCK_SIZE = 128;
const PATH_TABLE_POINTERS = { littleEndian: [140, 144], bigEndian: [148, 152] } as const;
const ROOT_RECORD = 156;

/** Bytes of a directory record (ECMA-119 9.1). */
const RECORD_EXTENT = 2;
const RECORD_DATA_LENGTH = 10;
const RECORD_FLAGS = 25;
const RECORD_NAME_LENGTH = 32;
const DIRECTORY_FLAG = 2;

/** Copies an image without its volume descriptor set terminator. */
export async function withoutTerminator(image: string, output: string): Promise<void> {
  const bytes = await readFile(image);
  let at = PRIMARY;
  while (bytes[at] !== TERMINATOR_TYPE) {
    at += BLOCK;
  }
  bytes.fill(0, at, at + BLOCK);
  await writeFile(output, bytes);
}

/** Copies the first half of an image, cut inside a block. */
export async function firstHalf(image: string, output: string): Promise<void> {
  await copyFile(image, output);
  const file = await open(output);
  const { size } = await file.stat();
  await file.close();
  await truncate(output, Math.floor(size / 2) - 1000);
}

/** Copies an image whose volume space size is one block larger in its big-endian half. */
export async function withByteOrderMismatch(image: string, output: string): Promise<void> {
  const bytes = await readFile(image);
  const at = PRIMARY + VOLUME_SPACE_SIZE + 4;
  bytes.writeUInt32BE(bytes.readUInt32BE(at) + 1, at);
  await writeFile(output, bytes);
}

/**
 * Copies an image of ISO names only, with every block number changed to count blocks of 512 bytes:
 * an image that is right in itself.
 */
export async function withBlockSize512(image: string, output: string): Promise<void> {
  const bytes = await readFile(image);
  scaleBoth(bytes, PRIMARY + VOLUME_SPACE_SIZE);
  bytes.writeUInt16LE(512, PRIMARY + LOGICAL_BLOCK_SIZE);
  bytes.writeUInt16BE(512, PRIMARY + LOGICAL_BLOCK_SIZE + 2);
  scalePathTables(bytes);
  scaleDirectory(bytes, scaleRecord(bytes, PRIMARY + ROOT_RECORD), new Set());
  await writeFile(output, bytes);
}

function scaleBoth(bytes: Buffer, at: number): void {
  bytes.writeUInt32LE(bytes.readUInt32LE(at) * 4, at);
  bytes.writeUInt32BE(bytes.readUInt32BE(at + 4) * 4, at + 4);
}

function scalePathTables(bytes: Buffer): void {
  const size = bytes.readUInt32LE(PRIMARY + 132);
  for (const pointer of PATH_TABLE_POINTERS.littleEndian) {
    const table = bytes.readUInt32LE(PRIMARY + pointer) * BLOCK;
    bytes.writeUInt32LE((table / BLOCK) * 4, PRIMARY + pointer);
    for (let at = table; table > 0 && at < table + size; at += pathRecordLength(bytes, at)) {
      bytes.writeUInt32LE(bytes.readUInt32LE(at + 2) * 4, at + 2);
    }
  }
  for (const pointer of PATH_TABLE_POINTERS.bigEndian) {
    const table = bytes.readUInt32BE(PRIMARY + pointer) * BLOCK;
    bytes.writeUInt32BE((table / BLOCK) * 4, PRIMARY + pointer);
    for (let at = table; table > 0 && at < table + size; at += pathRecordLength(bytes, at)) {
      bytes.writeUInt32BE(bytes.readUInt32BE(at + 2) * 4, at + 2);
    }
  }
}

function pathRecordLength(bytes: Buffer, at: number): number {
  const name = bytes.readUInt8(at);
  return 8 + name + (name % 2);
}

interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** Changes the block number in a directory record and gives where its extent is. */
function scaleRecord(bytes: Buffer, record: number): Extent {
  const offset = bytes.readUInt32LE(record + RECORD_EXTENT) * BLOCK;
  scaleBoth(bytes, record + RECORD_EXTENT);
  return { offset, length: bytes.readUInt32LE(record + RECORD_DATA_LENGTH) };
}

function scaleDirectory(bytes: Buffer, extent: Extent, seen: Set<number>): void {
  seen.add(extent.offset);
  let at = extent.offset;
  while (at < extent.offset + extent.length) {
    const length = bytes.readUInt8(at);
    if (length === 0) {
      at = (Math.floor(at / BLOCK) + 1) * BLOCK;
      continue;
    }
    const child = scaleRecord(bytes, at);
    if (isFolderBelow(bytes, at) && !seen.has(child.offset)) {
      scaleDirectory(bytes, child, seen);
    }
    at += length;
  }
}

/** A directory other than the records for itself and its parent, whose names are one byte, 0 or 1. */
function isFolderBelow(bytes: Buffer, record: number): boolean {
  const isFolder = (bytes.readUInt8(record + RECORD_FLAGS) & DIRECTORY_FLAG) !== 0;
  const isOwn = bytes.readUInt8(record + RECORD_NAME_LENGTH) === 1 && bytes.readUInt8(record + 33) <= 1;
  return isFolder && !isOwn;
}
