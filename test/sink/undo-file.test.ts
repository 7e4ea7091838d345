/** The undo file's states, and what each lets happen. */
import { readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import {
  decodeUndoHeader,
  encodeUndoHeader,
  encodeUndoOwner,
  encodeUndoState,
  undoHeader,
  undoRecord,
  type UndoHeader,
  type UndoState,
} from '../../src/layout/undo-file.js';
import { applyInPlace, type InPlaceResult } from '../../src/sink/in-place.js';
import { readUndoChain } from '../../src/sink/undo-chain.js';
import { setUndoState } from '../../src/sink/undo-file.js';
import { readUndoFile } from '../../src/sink/undo-reader.js';
import { undoRanges } from '../../src/sink/undo-range.js';
import { edit, place, undo, type Place } from './place.js';
import { patchOf, sample } from './sample.js';

const { image, list, sources, expected } = sample(31, { growth: 20_000 });
/** A number that no system gives to a process. */
const NO_PROCESS = 0x7fff_fffe;

async function edited(folder: string): Promise<Place> {
  const here = await place(folder, image);
  await edit({ list, sources }, here);
  return here;
}

async function overwrite(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  const whole = await readFile(path);
  whole.set(bytes, offset);
  await writeFile(path, whole);
}

/** Makes an undo file say that a process is, or was, at work. */
async function putState(
  undoPath: string,
  state: UndoState,
  pid: number,
  startedAt = Date.now(),
): Promise<void> {
  const owner = encodeUndoOwner({ pid, host: hostname(), startedAt });
  await overwrite(undoPath, owner.offset, owner.bytes);
  const change = encodeUndoState(state);
  await overwrite(undoPath, change.offset, change.bytes);
}

function again(here: Place): Promise<InPlaceResult> {
  return edit({ list, sources }, here);
}

t.test('header and record, both ways, byte for byte', (t) => {
  const header: UndoHeader = {
    state: 'undoing',
    owner: { pid: 0x01020304, host: 'bench', startedAt: 0x0a0b0c0d0e },
    oldSize: 0x1_0000_0001,
    newSize: 0x1_0000_0800,
    recordCount: 3,
    recordsLength: 1000,
    identity: new Uint8Array(32).fill(0xaa),
    extends: new Uint8Array(32).fill(0xcc),
    digest: new Uint8Array(32).fill(0xbb),
  };
  const bytes = encodeUndoHeader(header);
  t.equal(bytes.length, 512);
  t.strictSame(decodeUndoHeader(bytes), header);
  const hex = Buffer.from(bytes).toString('hex');
  const start =
    '49534f424f4f542d554e444f0d0a1a0a' +
    '01000000' +
    '03000000' +
    'e803000000000000' +
    '0100000001000000' +
    '0008000001000000';
  t.equal(hex.slice(0, start.length), start);
  t.equal(hex.slice(start.length, start.length + 192), 'aa'.repeat(32) + 'cc'.repeat(32) + 'bb'.repeat(32));
  t.equal(
    hex.slice(start.length + 192, start.length + 234),
    '02000000' + '04030201' + '0e0d0c0b0a000000' + '62656e6368',
  );
  t.equal(undoRecord.span, 48);
  t.equal(undoHeader.span, 512);
  const later = bytes.slice();
  later[16] = 2;
  t.throws(() => decodeUndoHeader(later), { code: 'ISO_UNDO_BROKEN' });
  t.throws(() => decodeUndoHeader(new Uint8Array(512)), { code: 'ISO_UNDO_BROKEN' });
  const huge = bytes.slice().fill(0xff, 32, 40);
  t.throws(() => decodeUndoHeader(huge), { code: 'ISO_UNDO_BROKEN' });
  t.end();
});

t.test('ranges', (t) => {
  const small = new Uint8Array(10_000);
  const patches = [
    patchOf(100, { kind: 'zeros', length: 50 }, small),
    patchOf(120, { kind: 'zeros', length: 100 }, small),
    patchOf(220, { kind: 'zeros', length: 10 }, small),
    patchOf(9_900, { kind: 'zeros', length: 100 }, small),
    patchOf(10_000, { kind: 'zeros', length: 100 }, small),
  ];
  const oldSize = 10_000;
  t.strictSame(undoRanges({ patches, oldSize, newSize: 2_000_000 }), [
    { offset: 100, oldLength: 120, newLength: 120 },
    { offset: 220, oldLength: 10, newLength: 10 },
    { offset: 9_900, oldLength: 100, newLength: 100 },
    { offset: 10_000, oldLength: 0, newLength: 1_048_576 },
    { offset: 1_058_576, oldLength: 0, newLength: 941_424 },
  ]);
  t.strictSame(undoRanges({ patches: patches.slice(0, 1), oldSize, newSize: 120 }), [
    { offset: 100, oldLength: 20, newLength: 20 },
    { offset: 120, oldLength: 9_880, newLength: 0 },
  ]);
  t.end();
});

t.test('no undo file', async (t) => {
  const path = join(t.testdir(), 'image.iso');
  await writeFile(path, image);
  await t.rejects(undo({ path, undoPath: `${path}.undo` }), { code: 'ISO_UNDO_NONE' });
  t.equal(await readUndoChain(`${path}.undo`), undefined);
});

t.test('done: the image must be as the edit left it', async (t) => {
  const here = await edited(t.testdir());
  await t.rejects(again(here), { code: 'ISO_SOURCE_CHANGED' }, 'what was planned on the original');
  const changed = list.patches[0];
  const offset = changed?.offset ?? 0;
  await overwrite(here.path, offset, Uint8Array.of((expected[offset] ?? 0) ^ 1));
  const range = undoRanges(list).find(
    (each) => each.offset <= offset && offset < each.offset + each.newLength,
  );
  await t.rejects(undo(here), { code: 'ISO_UNDO_CHANGED', offset: range?.offset });
  await t.rejects(again(here), { code: 'ISO_UNDO_CHANGED', offset: range?.offset }, 'nor is it extended');
  await overwrite(here.path, offset, Uint8Array.of(expected[offset] ?? 0));
  await truncate(here.path, expected.length + 1);
  await t.rejects(undo(here), { code: 'ISO_UNDO_CHANGED', offset: expected.length });
  await truncate(here.path, expected.length);
  const result = await undo(here);
  t.match(result, { state: 'done', sizeBefore: expected.length, sizeAfter: image.length });
  t.equal(result.ranges, undoRanges(list).length);
  t.ok((await readFile(here.path)).equals(image));
});

t.test(
  'editing and undoing: locked while the owner lives, restored without looking when it is dead',
  async (t) => {
    for (const state of ['editing', 'undoing'] as const) {
      const here = await edited(t.testdir());
      await putState(here.undoPath, state, process.ppid);
      t.match(await readUndoFile(here.undoPath), { status: state, ownerAlive: true });
      await t.rejects(again(here), { code: 'ISO_UNDO_LOCKED' });
      await t.rejects(undo(here), { code: 'ISO_UNDO_LOCKED' });

      await putState(here.undoPath, state, process.ppid, 1_000_000);
      t.match(await readUndoFile(here.undoPath), { ownerAlive: false }, 'the host was started since');
      await putState(here.undoPath, state, process.pid);
      t.match(
        await readUndoFile(here.undoPath),
        { ownerAlive: false },
        'a container gives the same number again',
      );
      await putState(here.undoPath, state, NO_PROCESS);
      await t.rejects(again(here), { code: 'ISO_UNDO_INTERRUPTED' });

      const record = undoRanges(list)[0];
      await overwrite(here.path, record?.offset ?? 0, Uint8Array.of(1, 2, 3));
      t.match(await undo(here), { state });
      t.ok((await readFile(here.path)).equals(image), 'a torn sector is no obstacle');
    }
  },
);

t.test('editing: another image is not touched', async (t) => {
  const here = await edited(t.testdir());
  await setUndoState(here.undoPath, 'editing');
  await putState(here.undoPath, 'editing', NO_PROCESS);
  const patched = new Set(
    undoRanges(list).flatMap(({ offset, newLength }) =>
      Array.from({ length: newLength }, (_, i) => offset + i),
    ),
  );
  const free =
    Array.from({ length: 65_536 }, (_, offset) => offset).find((offset) => !patched.has(offset)) ?? 0;
  await overwrite(here.path, free, Uint8Array.of((image[free] ?? 0) ^ 1));
  await t.rejects(undo(here), { code: 'ISO_UNDO_BROKEN' });
  await overwrite(here.path, free, Uint8Array.of(image[free] ?? 0));
  for (const size of [image.length - 1, expected.length + 1]) {
    await truncate(here.path, size);
    await t.rejects(undo(here), { code: 'ISO_UNDO_BROKEN' });
  }
  await writeFile(here.path, expected.subarray(0, image.length + 5));
  await undo(here);
  t.ok((await readFile(here.path)).equals(image));
});

t.test('incomplete: nothing was written, and it goes away', async (t) => {
  const whole = Uint8Array.from(await readFile((await edited(t.testdir())).undoPath));
  whole.set(encodeUndoState('editing').bytes, encodeUndoState('editing').offset);
  const dead = encodeUndoOwner({ pid: NO_PROCESS, host: hostname(), startedAt: Date.now() });
  whole.set(dead.bytes, dead.offset);
  const damaged = whole.slice();
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  const lengths = [0, 1, 16, 511, 512, 513, 600, whole.length - 1];
  for (const left of [
    ...lengths.map((length) => whole.subarray(0, length)),
    damaged,
    new Uint8Array(512),
    new Uint8Array(20),
  ]) {
    const path = join(t.testdir(), 'image.iso');
    const here = { path, undoPath: `${path}.undo` };
    await writeFile(path, image);
    await writeFile(here.undoPath, left);
    t.match(await undo(here), { state: 'incomplete', ranges: 0, bytes: 0 });
    t.strictSame(await readdir(join(path, '..')), ['image.iso']);
    await writeFile(here.undoPath, left);
    await again(here);
    t.ok((await readFile(path)).equals(expected), `${left.length} bytes`);
  }
});

t.test('incomplete: not while its owner writes it, and not when the image is not the original', async (t) => {
  const here = await edited(t.testdir());
  await putState(here.undoPath, 'editing', process.ppid);
  await truncate(here.undoPath, (await stat(here.undoPath)).size - 1);
  await t.rejects(undo(here), { code: 'ISO_UNDO_LOCKED' });
  await t.rejects(again(here), { code: 'ISO_UNDO_LOCKED' });
  await putState(here.undoPath, 'editing', NO_PROCESS);
  await t.rejects(undo(here), { code: 'ISO_UNDO_BROKEN' });
});

t.test('what is no undo file, or a damaged one, is left alone', async (t) => {
  for (const state of ['done', 'undoing'] as const) {
    const here = await edited(t.testdir());
    await putState(here.undoPath, state, NO_PROCESS);
    await truncate(here.undoPath, (await stat(here.undoPath)).size - 1);
    await t.rejects(undo(here), { code: 'ISO_UNDO_BROKEN' });
    await t.rejects(again(here), { code: 'ISO_UNDO_BROKEN' });
  }
  const path = join(t.testdir({ folder: {} }), 'image.iso');
  await writeFile(path, image);
  const foreign = [
    new Uint8Array(40_000),
    image,
    Buffer.from('text'),
    Buffer.from('ISOBOOT-UNDO\r\n\x1a\n'.repeat(40)),
  ];
  for (const bytes of foreign) {
    const here = { path, undoPath: join(path, '..', 'other') };
    await writeFile(here.undoPath, bytes);
    await t.rejects(undo(here), { code: 'ISO_UNDO_BROKEN' });
    await t.rejects(again(here), { code: 'ISO_UNDO_BROKEN' });
    t.ok((await readFile(here.undoPath)).equals(bytes));
  }
  await t.rejects(undo({ path, undoPath: join(path, '..', 'folder') }), { code: 'ISO_UNDO_BROKEN' });
});

t.test('one edit at a time, even in one process', async (t) => {
  const path = join(t.testdir(), 'image.iso');
  const here = { path, undoPath: `${path}.undo` };
  await writeFile(path, image);
  const checkpoint = async (what: string): Promise<void> => {
    if (what === 'new') {
      await t.rejects(again(here), { code: 'ISO_UNDO_LOCKED' });
      await t.rejects(undo(here), { code: 'ISO_UNDO_LOCKED' });
    }
  };
  await applyInPlace({ path, list, sources, undo: { path: here.undoPath }, checkpoint });
  t.ok((await readFile(path)).equals(expected));
});

t.test('an image that is not the planned one', async (t) => {
  const path = join(t.testdir(), 'image.iso');
  const here = { path, undoPath: `${path}.undo` };
  await writeFile(path, image.subarray(1));
  await t.rejects(again(here), { code: 'ISO_SOURCE_CHANGED', offset: image.length - 1 });
  await writeFile(path, image);
  const offset = (list.patches[0]?.offset ?? 0) + 3;
  await overwrite(path, offset, Uint8Array.of((image[offset] ?? 0) ^ 1));
  await t.rejects(again(here), { code: 'ISO_SOURCE_CHANGED', offset });
  t.strictSame(await readdir(join(path, '..')), ['image.iso']);
  await t.rejects(again({ path: `${path}.no`, undoPath: 'x' }), { code: 'ISO_SOURCE_NOT_FOUND' });
  await writeFile(path, image);
  await t.rejects(again({ path, undoPath: join(path, '..', 'no', 'undo') }), { code: 'ISO_OUTPUT_IO' });
});
