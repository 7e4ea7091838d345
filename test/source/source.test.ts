/** Where bytes come from: files, devices, memory, and windows on any of them. */
import { open, symlink, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { FileSource } from '../../src/source/file-source.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { PiecesSource } from '../../src/source/pieces-source.js';
import type { Source } from '../../src/source/source.js';
import { WindowSource } from '../../src/source/window-source.js';
import { withLoopDevice } from '../kit/loop-device.js';
import { run } from '../kit/tools.js';
import { seededBytes } from '../kit/vendor-tree.js';
import { withFault } from '../kit/fault.js';

const BYTES = seededBytes(7, 10_000);

/** What every source of these bytes has to do; `base` is where they start in it. */
async function servesTheBytes(t: Test, source: Source): Promise<void> {
  t.equal(source.size, BYTES.length);
  const ranges = [
    [0, 10_000],
    [0, 0],
    [10_000, 0],
    [0, 1],
    [9999, 1],
    [2047, 4098],
  ] as const;
  for (const [offset, length] of ranges) {
    const wanted = new Uint8Array(BYTES.subarray(offset, offset + length));
    t.same(new Uint8Array(await source.read(offset, length)), wanted, `${length} bytes from ${offset}`);
  }
  const both = await Promise.all([source.read(100, 5000), source.read(4000, 5000)]);
  t.same(
    both.map((bytes) => bytes[1]),
    [BYTES[101], BYTES[4001]],
    'two reads at once',
  );
  const own = await source.read(0, 10);
  own.fill(0);
  t.equal((await source.read(0, 1))[0], BYTES[0], "an answer is the caller's own");
  await refusesOutside(t, source);
}

async function refusesOutside(t: Test, source: Source): Promise<void> {
  const outside = [
    [-1, 2],
    [0, -1],
    [0, source.size + 1],
    [source.size, 1],
    [source.size + 1, 0],
    [2 ** 53, 0],
    [0, 2 ** 53],
    [0.5, 1],
    [0, 1.5],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
  ] as const;
  for (const [offset, length] of outside) {
    const wanted = Number.isNaN(offset) ? {} : { offset };
    await t.rejects(
      source.read(offset, length),
      { code: 'ISO_SOURCE_BOUNDS', ...wanted },
      `${offset}, ${length}`,
    );
  }
}

t.test('memory', async (t) => {
  const source = new MemorySource(BYTES);
  await servesTheBytes(t, source);
  t.equal(source.name, 'memory');
  t.equal(new MemorySource(BYTES, 'loader').name, 'loader');
  await source.close();
  await source.close();
});

t.test('a window', async (t) => {
  const around = new Uint8Array(12_000);
  around.set(BYTES, 1500);
  const base = new MemorySource(around, 'base');
  const window = new WindowSource(base, 1500, BYTES.length);
  await servesTheBytes(t, window);
  await servesTheBytes(t, new WindowSource(new WindowSource(base, 1000, 11_000), 500, BYTES.length));
  t.equal(window.name, 'base');
  t.equal(new WindowSource(base, 0, 1, 'part').name, 'part');
  await window.close();
  t.equal((await base.read(1500, 1))[0], BYTES[0], 'closing it leaves the other open');
  const tooLong = new WindowSource(base, 11_999, 2);
  t.equal((await tooLong.read(0, 1))[0], 0);
  await t.rejects(tooLong.read(0, 2), { code: 'ISO_SOURCE_BOUNDS' }, 'a window past the end of its base');
});

t.test('pieces', async (t) => {
  const around = new Uint8Array(20_000);
  around.set(BYTES.subarray(0, 101), 9000);
  around.set(BYTES.subarray(101, 4000), 500);
  around.set(BYTES.subarray(4000), 12_000);
  const base = new MemorySource(around, 'base');
  const pieces = [
    { offset: 9000, length: 101 },
    { offset: 500, length: 3899 },
    { offset: 12_000, length: 6000 },
  ];
  const source = new PiecesSource(base, pieces);
  await servesTheBytes(t, source);
  t.equal(source.name, 'base');
  t.equal(new PiecesSource(base, [], 'part').name, 'part');
  await refusesOutside(t, new PiecesSource(base, []));
  t.equal((await new PiecesSource(base, []).read(0, 0)).length, 0);
  const room = new Uint8Array(300);
  const filled = await source.read(50, 200, room);
  t.equal(filled.buffer, room.buffer, 'the room that is offered is used');
  t.same(new Uint8Array(filled), new Uint8Array(BYTES.subarray(50, 250)));
  await source.close();
  t.equal((await base.read(9000, 1))[0], BYTES[0], 'closing it leaves the other open');
  const tooLong = new PiecesSource(base, [{ offset: 19_999, length: 2 }]);
  await t.rejects(tooLong.read(0, 2), { code: 'ISO_SOURCE_BOUNDS' }, 'a piece past the end of its base');
});

t.test('a file', async (t) => {
  const folder = t.testdir({ 'image.iso': BYTES });
  const path = join(folder, 'image.iso');
  const source = await FileSource.open(path);
  await servesTheBytes(t, source);
  t.equal(source.name, path);
  t.equal(source.isDevice, false);
  await source.close();
  await source.close();
  await t.rejects(source.read(0, 1), { code: 'ISO_SOURCE_IO', offset: 0 }, 'closed');
  await symlink('image.iso', join(folder, 'link.iso'));
  const linked = await FileSource.open(join(folder, 'link.iso'));
  t.equal(linked.size, BYTES.length, 'a link is the file behind it');
  await linked.close();
});

t.test('a sparse file', async (t) => {
  const folder = t.testdir({});
  const path = join(folder, 'sparse.iso');
  await writeFile(path, BYTES);
  await truncate(path, 5 * 2 ** 30);
  const source = await FileSource.open(path);
  t.equal(source.size, 5 * 2 ** 30);
  t.equal(source.isSparse, source.allocated < source.size);
  t.same(new Uint8Array(await source.read(2 ** 32 + 5, 3)), new Uint8Array(3), 'offsets beyond 32 bits');
  await source.close();
});

t.test('a file that changes under the reader', async (t) => {
  const folder = t.testdir({ 'image.iso': BYTES });
  const path = join(folder, 'image.iso');
  const source = await FileSource.open(path);
  await truncate(path, 6000);
  await t.rejects(source.read(5000, 2000), {
    code: 'ISO_SOURCE_BOUNDS',
    offset: 6000,
    found: 6000,
    wanted: 7000,
  });
  await t.rejects(source.read(7000, 1), { code: 'ISO_SOURCE_BOUNDS', offset: 7000 });
  t.equal((await source.read(0, 6000)).length, 6000);
  await source.close();
});

/** Runs `work` while the operating system gives out one byte a read, as it may. */
async function oneByteAtATime(path: string, work: () => Promise<void>): Promise<void> {
  const handle = await open(path);
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const original = Object.getOwnPropertyDescriptor(prototype, 'read');
  const read = original?.value as (...args: unknown[]) => Promise<unknown>;
  Object.defineProperty(prototype, 'read', {
    ...original,
    value(this: FileHandle, bytes: Uint8Array, offset: number, length: number, position: number) {
      return read.call(this, bytes, offset, Math.min(length, 1), position);
    },
  });
  try {
    await work();
  } finally {
    Object.defineProperty(prototype, 'read', original ?? {});
  }
}

t.test('short and failing reads', async (t) => {
  const folder = t.testdir({ 'image.iso': BYTES });
  const path = join(folder, 'image.iso');
  const source = await FileSource.open(path);
  await oneByteAtATime(path, async () => {
    t.same(await source.read(0, BYTES.length), new Uint8Array(BYTES), 'one byte a read');
    await truncate(path, 9000);
    await t.rejects(source.read(8990, 20), { code: 'ISO_SOURCE_BOUNDS', offset: 9000 });
  });
  const fault = { methods: ['read'], at: 0, lasts: 'once' } as const;
  const { error } = await withFault(path, fault, () => source.read(100, 10));
  t.match(error, { code: 'ISO_SOURCE_IO', offset: 100, cause: { code: 'EIO' } });
  t.equal((await source.read(100, 10)).length, 10, 'a later read works again');
  await source.close();
});

t.test('what cannot be opened', async (t) => {
  const folder = t.testdir({ empty: '', folder: {}, file: 'x' });
  await symlink('nowhere', join(folder, 'dangling'));
  await symlink('circle', join(folder, 'circle'));
  const codes = {
    empty: 'ISO_SOURCE_EMPTY',
    folder: 'ISO_SOURCE_NOT_A_FILE',
    missing: 'ISO_SOURCE_NOT_FOUND',
    'file/below': 'ISO_SOURCE_NOT_FOUND',
    dangling: 'ISO_SOURCE_NOT_FOUND',
    circle: 'ISO_SOURCE_IO',
    ['x'.repeat(5000)]: 'ISO_SOURCE_IO',
  };
  for (const [name, code] of Object.entries(codes)) {
    await t.rejects(FileSource.open(join(folder, name)), { code }, name.slice(0, 20));
  }
});

t.test(
  'pipes and sockets',
  { skip: process.platform === 'win32' && 'Windows has none in folders' },
  async (t) => {
    const folder = t.testdir({});
    const fifo = join(folder, 'fifo');
    const made = await run('mkfifo', [fifo]);
    if (made.code === 0) {
      await t.rejects(
        FileSource.open(fifo),
        { code: 'ISO_SOURCE_NOT_A_FILE' },
        'a pipe that nobody writes to',
      );
    }
    // A socket's path has to be short.
    const short = join(folder, 's');
    const server = await listening(short);
    if (server !== undefined) {
      const opened: unknown = await FileSource.open(short).catch((error: unknown) => error);
      t.match(opened, { code: 'ISO_SOURCE_NOT_A_FILE' }, 'a socket');
      await new Promise((resolve) => server.close(resolve));
    }
  },
);

function listening(path: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(path, () => resolve(server));
  });
}

t.test('devices', { skip: process.platform !== 'linux' && 'devices are named as on Linux' }, async (t) => {
  await t.rejects(FileSource.open('/dev/null'), { code: 'ISO_SOURCE_EMPTY' });
  const zero = await FileSource.open('/dev/zero');
  t.equal(zero.isDevice, true);
  t.ok(Number.isSafeInteger(zero.size) && zero.size > 2 ** 40, 'one without an end still gets a size');
  t.same(await zero.read(2 ** 40, 3), new Uint8Array(3));
  await zero.close();
});

t.test('a disc in a drive', async (t) => {
  const folder = t.testdir({});
  for (const blocks of [1, 2, 3, 4, 5, 100, 1023, 1024, 1025]) {
    const image = join(folder, `${blocks}.iso`);
    const bytes = seededBytes(blocks, blocks * 2048);
    await writeFile(image, bytes);
    const done = await withLoopDevice(t, image, async (device) => {
      const source = await FileSource.open(device);
      t.equal(source.isDevice, true);
      t.equal(source.size, bytes.length, `${blocks} blocks`);
      t.same(await source.read(source.size - 2048, 2048), bytes.subarray(-2048));
      await source.close();
      await source.close();
    });
    if (!done) {
      return;
    }
  }
});
