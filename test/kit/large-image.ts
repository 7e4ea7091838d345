/** An image of any size, made of nothing but what is here: no free block in it, and its first folder to move. */
import { open } from 'node:fs/promises';
import { both32, bothByteOrders } from '../../src/layout/field.js';
import { volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { file, isolinux, root } from '../fixtures/tree.js';
import { writeVolume } from '../fixtures/writer.js';
import { seededBytes } from './vendor-tree.js';

const DATA = 'data.bin';
const CHUNK = 4 * 1024 * 1024;

/** Writes an image with so many bytes of data, which are no zeros. */
export async function writeLargeImage(path: string, dataLength: number): Promise<void> {
  const { bytes, resolve, blocks } = writeVolume({
    top: root(isolinux(), file(DATA, new Uint8Array(BLOCK_SIZE))),
    descriptors: ['primary', 'joliet', 'terminator'],
    rockRidge: true,
    layout: ['primary*', 'joliet*', 'file /isolinux*', `file /${DATA}`],
    padBlocks: 0,
  });
  const start = resolve(`file /${DATA}`);
  const dataBlocks = Math.ceil(dataLength / BLOCK_SIZE);
  // The image is written with one block of data; records and descriptors are then told of all of it.
  replaceAll(bytes, pairOf(start, BLOCK_SIZE), pairOf(start, dataLength));
  for (const block of [16, 17]) {
    const at = block * BLOCK_SIZE + volumeDescriptor.offsetOf('volumeSpaceSize');
    bytes.set(pairOf(blocks - 1 + dataBlocks), at);
  }
  const handle = await open(path, 'w');
  try {
    await handle.write(bytes, 0, start * BLOCK_SIZE, 0);
    for (let at = 0; at < dataLength; at += CHUNK) {
      const chunk = seededBytes(at + 1, Math.min(CHUNK, dataLength - at));
      await handle.write(chunk, 0, chunk.length, start * BLOCK_SIZE + at);
    }
    await handle.truncate((start + dataBlocks) * BLOCK_SIZE);
  } finally {
    await handle.close();
  }
}

/** Numbers as a record has them: each in both byte orders, one behind the other. */
function pairOf(...numbers: readonly number[]): Buffer {
  const { span } = both32();
  const bytes = Buffer.alloc(span * numbers.length);
  numbers.forEach((number, i) => both32().encode(bothByteOrders(number), bytes, i * span));
  return bytes;
}

function replaceAll(bytes: Uint8Array, from: Buffer, to: Buffer): void {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = view.indexOf(from); at >= 0; at = view.indexOf(from, at + 1)) {
    view.set(to, at);
  }
}
