import { constants } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { FileSource } from '../../src/source/file-source.js';
import { SparseSource } from '../../src/source/sparse-source.js';
import { seededBytes } from '../kit/vendor-tree.js';

const PIECE = 65_536;

/** A file of pieces, of which only some are written, and a part of one behind them. */
async function holedFile(t: Test, written: readonly number[], pieces: number): Promise<[string, Uint8Array]> {
  const path = join(t.testdir(), 'holed.img');
  const bytes = new Uint8Array(pieces * PIECE + 1000);
  const handle = await open(path, 'wx');
  await handle.truncate(bytes.length);
  for (const piece of written) {
    bytes.set(seededBytes(piece + 1, PIECE), piece * PIECE);
    await handle.write(bytes, piece * PIECE, PIECE, piece * PIECE);
  }
  await handle.close();
  return [path, bytes];
}

t.test('holes, and what stands behind them, read as they are', async (t) => {
  const [path, wanted] = await holedFile(t, [0, 3, 4, 9], 12);
  const base = await FileSource.open(path);
  t.teardown(() => base.close());
  const roads = [
    ['as the system can', await SparseSource.over(base, PIECE)],
    ['without such reads', await SparseSource.over(base, PIECE, {})],
    ['with a flag that no system has', await SparseSource.over(base, PIECE, { O_DIRECT: 0x7fff_ffff })],
    ['with too little room', await SparseSource.over(base, 0)],
    ['without memory that starts at a page', await withoutWebAssembly(() => SparseSource.over(base, PIECE))],
  ] as const;
  for (const [name, source] of roads) {
    t.teardown(() => source.close());
    t.equal(source.size, wanted.length);
    const rooms = [undefined, new Uint8Array(PIECE).fill(0xaa)];
    for (const [room, length] of [PIECE, 4096, 3000].flatMap((some) =>
      rooms.map((r) => [r, some] as const),
    )) {
      for (let at = 0; at < wanted.length; at += length) {
        const end = Math.min(at + length, wanted.length);
        const bytes = await source.read(at, end - at, room);
        if (Buffer.compare(bytes, wanted.subarray(at, end)) !== 0) {
          t.fail(`${name}: ${length} bytes at ${at} differ`);
        }
      }
    }
    t.pass(name);
  }
});

/** As under `node --jitless`. */
async function withoutWebAssembly<T>(work: () => Promise<T>): Promise<T> {
  const known = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly') ?? {};
  Reflect.deleteProperty(globalThis, 'WebAssembly');
  try {
    return await work();
  } finally {
    Object.defineProperty(globalThis, 'WebAssembly', known);
  }
}

t.test('where the system can, holes do not go through its cache', async (t) => {
  const [path] = await holedFile(t, [0], 8);
  const base = await FileSource.open(path);
  t.teardown(() => base.close());
  const reads = t.capture(base, 'read', base.read.bind(base));
  const source = await SparseSource.over(base, PIECE);
  t.teardown(() => source.close());
  for (let piece = 0; piece < 8; piece += 1) {
    await source.read(piece * PIECE, PIECE);
  }
  // What is written, and the first of the hole.
  t.equal(reads().length, (await canReadUncached(path)) ? 2 : 8);
});

t.test('a file that became shorter', async (t) => {
  const [path] = await holedFile(t, [], 8);
  const base = await FileSource.open(path);
  t.teardown(() => base.close());
  const source = await SparseSource.over(base, PIECE);
  t.teardown(() => source.close());
  await source.read(0, PIECE);
  await truncate(path, 2 * PIECE - 4096);
  await t.rejects(source.read(PIECE, PIECE), { code: 'ISO_SOURCE_BOUNDS' });
});

async function canReadUncached(path: string): Promise<boolean> {
  const flag = (constants as { O_DIRECT?: number }).O_DIRECT;
  const handle = flag === undefined ? undefined : await open(path, flag).catch(() => undefined);
  await handle?.close();
  return handle !== undefined;
}
