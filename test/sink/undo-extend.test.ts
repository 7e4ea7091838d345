/** Several edits in place of one image: one undo file, and the first original however the last edit ends. */
import { copyFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { encodeUndoOwner } from '../../src/layout/undo-file.js';
import { readUndoChain } from '../../src/sink/undo-chain.js';
import { nextPathOf } from '../../src/sink/undo-name.js';
import { readUndoFile } from '../../src/sink/undo-reader.js';
import { withFault, type Fault } from '../kit/fault.js';
import { codeOf, edit, holds, place, undo, type Place } from './place.js';
import { sample, sampleOf, type Sample } from './sample.js';

const NO_PROCESS = 0x7fff_fffe;

/** Two edits, the second made on the result of the first. */
interface Pair {
  readonly first: Sample;
  readonly second: Sample;
}

function pair(seed: number, growths: readonly [number, number]): Pair {
  const first = sample(seed, { growth: growths[0], count: 6 });
  return { first, second: sampleOf(first.expected, seed + 1000, { growth: growths[1], count: 6 }) };
}

const PAIRS = [
  pair(51, [0, 0]),
  pair(52, [20_000, 0]),
  pair(53, [20_000, -30_000]),
  pair(54, [-20_000, 30_000]),
  pair(55, [-20_000, -10_000]),
  pair(56, [0, 15_000]),
];

async function names({ path }: Place): Promise<string[]> {
  return (await readdir(dirname(path))).sort();
}

t.test('undo gives the first original back, and the file holds each range once', async (t) => {
  for (const [index, { first, second }] of PAIRS.entries()) {
    const here = await place(t.testdir(), first.image);
    await edit(first, here);
    t.match(await edit(second, here), { undoPath: here.undoPath });
    t.ok(await holds(here, second.expected));
    t.strictSame(await names(here), ['image.iso', 'image.iso.isoboot-undo']);
    const file = await readUndoFile(here.undoPath);
    t.match(file?.header, { state: 'done', oldSize: first.image.length, newSize: second.expected.length });
    const ends = (file?.records ?? []).map((each) => each.offset + Math.max(each.oldLength, each.newLength));
    t.ok(
      file?.records.every(({ offset }, i) => i === 0 || offset >= (ends[i - 1] ?? 0)),
      'sorted, and none over another',
    );
    const result = await undo(here);
    t.match(result, { state: 'done', sizeAfter: first.image.length, sizeBefore: second.expected.length });
    t.ok(await holds(here, first.image), `pair ${index}`);
    t.strictSame(await names(here), ['image.iso']);
  }
});

t.test('ten edits one after another', async (t) => {
  const [{ first } = pair(1, [0, 0])] = PAIRS;
  const here = await place(t.testdir(), first.image);
  let image = first.image;
  for (let count = 0; count < 10; count += 1) {
    const next = sampleOf(image, 700 + count, { growth: ((count % 3) - 1) * 7000, count: 4 });
    await edit(next, here);
    image = next.expected;
  }
  t.ok(await holds(here, image));
  await undo(here);
  t.ok(await holds(here, first.image));
});

t.test('a copy of all files taken at any sync of the second edit can be undone', async (t) => {
  for (const { first, second } of PAIRS) {
    const here = await place(t.testdir({ copies: {} }), first.image);
    await edit(first, here);
    const copies: Place[] = [];
    const checkpoint = async (): Promise<void> => {
      const path = join(dirname(here.path), 'copies', `${copies.length}.iso`);
      const undoPath = `${path}.undo`;
      await copyFile(here.path, path);
      await copyFile(here.undoPath, undoPath);
      await copyFile(nextPathOf(here.undoPath), nextPathOf(undoPath)).catch(() => undefined);
      copies.push({ path, undoPath });
    };
    await edit(second, here, { checkpoint });
    t.ok(copies.length > 4);
    for (const copy of copies) {
      await undo(copy);
      t.ok(await holds(copy, first.image));
    }
    const left = await readdir(join(dirname(here.path), 'copies'));
    t.equal(left.length, copies.length, 'no undo file is left');
  }
});

/** Makes the second edit fail at call 0, 1, 2, ..., until it no longer meets the fault. */
async function failSecond(
  t: Test,
  { first, second }: Pair,
  fault: Omit<Fault, 'at'>,
  check: (place: Place, error: unknown, at: number) => Promise<void>,
): Promise<void> {
  for (let at = 0; ; at += 1) {
    const here = await place(t.testdir(), first.image);
    await edit(first, here);
    const { error } = await withFault(here.path, { ...fault, at }, () => edit(second, here));
    if (error === undefined) {
      t.ok(at > 10, `${at} calls failed, one after the other`);
      t.ok(await holds(here, second.expected));
      return;
    }
    await check(here, error, at);
  }
}

const WRITING = ['write', 'sync', 'truncate'] as const;

t.test(
  'a failure anywhere puts the image back as the first edit left it, and that one can be undone',
  async (t) => {
    for (const each of PAIRS.slice(2, 4)) {
      const fault = {
        methods: ['write', 'truncate'] as const,
        lasts: 'once',
        code: 'ENOSPC',
        torn: true,
      } as const;
      await failSecond(t, each, fault, async (here, error, at) => {
        t.equal(codeOf(error), 'ISO_OUTPUT_IO');
        t.ok(await holds(here, each.first.expected), `failed at ${at}`);
        t.strictSame(await names(here), ['image.iso', 'image.iso.isoboot-undo']);
        await undo(here);
        t.ok(await holds(here, each.first.image));
      });
    }
  },
);

t.test('a machine that dies anywhere in the second edit', async (t) => {
  for (const each of PAIRS.slice(2, 4)) {
    const fault = { methods: WRITING, lasts: 'forever', torn: true } as const;
    await failSecond(t, each, fault, async (here, error, at) => {
      t.equal(codeOf(error), 'ISO_OUTPUT_IO');
      const chain = await readUndoChain(here.undoPath);
      const again = await edit(each.second, here).then(
        () => 'done',
        (thrown: unknown) => codeOf(thrown),
      );
      if (chain?.status === 'editing') {
        t.equal(again, 'ISO_UNDO_INTERRUPTED', `an edit sees it, died at ${at}`);
      } else {
        // Before its first byte the image is as it was; behind its last, planned for another image.
        t.match(again, /^(done|ISO_SOURCE_CHANGED)$/);
        t.ok(await holds(here, each.second.expected));
      }
      await undo(here);
      t.ok(await holds(here, each.first.image), `died at ${at}`);
      t.strictSame(await names(here), ['image.iso']);
    });
  }
});

t.test('an undo of two edits that dies anywhere can be repeated', async (t) => {
  for (const { first, second } of PAIRS.slice(2, 4)) {
    for (let at = 0; ; at += 1) {
      const here = await interrupted(t, first, second);
      const fault = { methods: WRITING, lasts: 'forever', torn: true, at } as const;
      const { error } = await withFault(here.path, fault, () => undo(here));
      t.equal(error === undefined ? 'ISO_OUTPUT_IO' : codeOf(error), 'ISO_OUTPUT_IO');
      if ((await readUndoChain(here.undoPath)) !== undefined) {
        await undo(here);
      }
      t.ok(await holds(here, first.image), `died at ${at}`);
      t.strictSame(await names(here), ['image.iso']);
      if (error === undefined) {
        break;
      }
    }
  }
});

/** An image whose second edit was given up in the middle, with both files as a killed process leaves them. */
async function interrupted(t: Test, first: Sample, second: Sample): Promise<Place> {
  const folder = t.testdir({ dead: {} });
  const here = await place(folder, first.image);
  await edit(first, here);
  const dead = { path: join(folder, 'dead', 'image.iso'), undoPath: join(folder, 'dead', 'undo') };
  const checkpoint = async (what: string): Promise<void> => {
    if (what === 'pointers') {
      await copyFile(here.path, dead.path);
      await copyFile(here.undoPath, dead.undoPath);
      await copyFile(nextPathOf(here.undoPath), nextPathOf(dead.undoPath));
    }
  };
  await edit(second, here, { checkpoint });
  return dead;
}

t.test('who works on an edit that extends another', async (t) => {
  const [{ first, second } = pair(1, [0, 0])] = PAIRS;
  const here = await interrupted(t, first, second);
  t.match(await readUndoChain(here.undoPath), {
    status: 'editing',
    ownerAlive: false,
    layers: { length: 2 },
  });
  await t.rejects(edit(second, here), { code: 'ISO_UNDO_INTERRUPTED' });
  const next = await readFile(nextPathOf(here.undoPath));
  const alive = encodeUndoOwner({ pid: process.ppid, host: hostname(), startedAt: Date.now() });
  next.set(alive.bytes, alive.offset);
  await writeFile(nextPathOf(here.undoPath), next);
  await t.rejects(edit(second, here), { code: 'ISO_UNDO_LOCKED' });
  await t.rejects(undo(here), { code: 'ISO_UNDO_LOCKED' });
  const dead = encodeUndoOwner({ pid: NO_PROCESS, host: hostname(), startedAt: Date.now() });
  next.set(dead.bytes, dead.offset);
  await writeFile(nextPathOf(here.undoPath), next.subarray(0, next.length - 1));
  await t.rejects(undo(here), { code: 'ISO_UNDO_BROKEN' }, 'cut short after the edit had begun');
  await writeFile(nextPathOf(here.undoPath), next);
  await undo(here);
  t.ok(await holds(here, first.image));
});

t.test('what an edit left beside the undo file when it had not begun, or was complete', async (t) => {
  const [{ first, second } = pair(1, [0, 0])] = PAIRS;
  const dead = await interrupted(t, first, second);
  const next = await readFile(nextPathOf(dead.undoPath));
  const folder = t.testdir();
  const here = await place(folder, first.image);
  const nextPath = nextPathOf(here.undoPath);

  await edit(first, here);
  await writeFile(nextPath, next.subarray(0, next.length - 1));
  t.match(await readUndoChain(here.undoPath), { status: 'done' });
  await edit(second, here);
  t.ok(await holds(here, second.expected), "one that had not begun is in nobody's way");

  await writeFile(nextPath, next);
  t.match(await readUndoChain(here.undoPath), { status: 'done', leftovers: { length: 1 } });
  await undo(here);
  t.ok(await holds(here, first.image), 'one that is joined already is not taken back twice');
  t.strictSame(await names(here), ['image.iso']);
});

t.test('without the undo file that it extends, an interrupted edit alone is taken back', async (t) => {
  const [{ first, second } = pair(1, [0, 0])] = PAIRS;
  const here = await interrupted(t, first, second);
  await writeFile(here.undoPath, '');
  await t.rejects(undo(here), { code: 'ISO_UNDO_BROKEN' }, 'it is there, and damaged');
  const alone = { path: here.path, undoPath: join(dirname(here.path), 'alone') };
  await copyFile(nextPathOf(here.undoPath), nextPathOf(alone.undoPath));
  await undo(alone);
  t.ok(await holds(here, first.expected));
});
