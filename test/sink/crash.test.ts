/** An edit in place that stops anywhere: the original or the result, after at most one undo. */
import fs, { fstatSync } from 'node:fs';
import { copyFile, readdir, stat, type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { IsoError } from '../../src/errors.js';
import { readUndoFile } from '../../src/sink/undo-reader.js';
import { undoEdit } from '../../src/sink/undo.js';
import { withFault, type Fault } from '../kit/fault.js';
import { handlePrototype, PLAIN_FUNCTIONS, replace, type Call } from '../kit/handle.js';
import { codeOf, edit, holds, place, type Place } from './place.js';
import { sample, type Sample } from './sample.js';

const SAMPLES = [sample(21, { growth: 30_000 }), sample(22, { growth: 0 })];

t.test('a copy of image and undo file taken at any sync can be undone', async (t) => {
  for (const [index, each] of SAMPLES.entries()) {
    const here = await place(t.testdir({ copies: {} }), each.image);
    const copies: (Place & { what: string })[] = [];
    await edit(each, here, {
      checkpoint: async (what) => {
        const path = join(here.path, '..', 'copies', `${copies.length}.iso`);
        await copyFile(here.path, path);
        await copyFile(here.undoPath, `${path}.undo`);
        copies.push({ path, undoPath: `${path}.undo`, what });
      },
    });
    t.ok(await holds(here, each.expected));
    const names = copies.map(({ what }) => what);
    t.strictSame(names.slice(0, 3), ['undo file', 'undo folder', 'new']);
    t.strictSame(names.slice(-2), ['boot-record', 'undo done']);
    const descriptors = each.list.patches.filter(({ phase }) => phase === 'descriptors').length;
    t.equal(names.filter((name) => name.startsWith('descriptors')).length, descriptors);
    for (const { path, undoPath, what } of copies) {
      const { state } = await undoEdit({ image: path, undoPath });
      t.equal(state, what === 'undo done' ? 'done' : 'editing');
      t.ok(await holds({ path }, each.image), `${what}, sample ${index}`);
    }
  }
});

/** Runs an edit in ever new places, failing at call 0, 1, 2, ..., until it no longer meets the fault. */
async function failEverywhere(
  t: Test,
  each: Sample,
  fault: Omit<Fault, 'at'>,
  check: (place: Place, error: unknown, at: number) => Promise<void>,
): Promise<void> {
  for (let at = 0; ; at += 1) {
    const here = await place(t.testdir(), each.image);
    const { error } = await withFault(here.path, { ...fault, at }, () => edit(each, here));
    if (error === undefined) {
      t.ok(at > 10, `${at} calls failed, one after the other`);
      t.ok(await holds(here, each.expected));
      return;
    }
    await check(here, error, at);
  }
}

const WRITING = ['write', 'sync', 'truncate'] as const;

t.test('a failure anywhere puts the original back by itself', async (t) => {
  for (const each of SAMPLES) {
    for (const code of ['EIO', 'ENOSPC', 'EROFS']) {
      const methods = code === 'EROFS' ? (['write', 'truncate'] as const) : WRITING;
      await failEverywhere(t, each, { methods, lasts: 'once', code, torn: true }, async (here, error, at) => {
        t.equal(codeOf(error), 'ISO_OUTPUT_IO');
        t.ok(await holds(here, each.image), `${code} at ${at}`);
        t.strictSame(await readdir(join(here.path, '..')), ['image.iso'], 'no undo file is left');
      });
    }
  }
});

t.test('a full disk has no room for a hole that is to be filled, and neither to put it back', async (t) => {
  for (const each of SAMPLES) {
    for (const { offset, length } of each.list.patches) {
      const start = Math.floor(offset / 512) * 512;
      const end = Math.ceil((offset + length) / 512) * 512;
      const isInHole = (at: number, count: number): boolean => at < end && start < at + count;
      for (const code of ['ENOSPC', 'EDQUOT', 'EIO']) {
        const here = await place(t.testdir(), each.image);
        const editing = withoutRoom(here.path, code, isInHole, () => edit(each, here));
        await t.rejects(editing, { code: 'ISO_OUTPUT_IO' });
        // What was appended is cut off, and takes no bytes to be put back.
        const isHelpless = code === 'EIO' && start < each.image.length;
        const left = isHelpless ? ['image.iso', 'image.iso.isoboot-undo'] : ['image.iso'];
        t.strictSame((await readdir(join(here.path, '..'))).sort(), left, `${code} at ${offset}`);
        if (isHelpless) {
          await undoEdit({ image: here.path, undoPath: here.undoPath });
        }
        t.ok(await holds(here, each.image));
      }
    }
  }
});

/** Runs `work` while the disk takes no bytes at some places of a file. */
async function withoutRoom<T>(
  path: string,
  code: string,
  isFull: (offset: number, length: number) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const prototype = await handlePrototype(path);
  const write = prototype['write'] as (...args: unknown[]) => Promise<unknown>;
  const writeSync = fs.writeSync as unknown as (fd: number, ...args: WriteArguments) => number;
  const { ino } = await stat(path);
  const refuse = (fd: number, [, , length, offset]: WriteArguments): void => {
    if (isFull(offset, length) && fstatSync(fd).ino === ino) {
      throw Object.assign(new Error('made to fail'), { code });
    }
  };
  const writeOrRefuse = (fd: number, ...args: WriteArguments): number => {
    refuse(fd, args);
    return writeSync(fd, ...args);
  };
  const restore = [
    replace(prototype, 'write', async function (this: FileHandle, ...args: WriteArguments) {
      refuse(this.fd, args);
      return write.apply(this, args);
    }),
    replace(PLAIN_FUNCTIONS, 'writeSync', writeOrRefuse as unknown as Call),
  ];
  syncBuiltinESMExports();
  return work().finally(() => {
    restore.forEach((each) => each());
    syncBuiltinESMExports();
  });
}

type WriteArguments = [bytes: Uint8Array, start: number, length: number, offset: number];

t.test('a machine that dies anywhere leaves what one undo sets right', async (t) => {
  for (const each of SAMPLES) {
    await failEverywhere(
      t,
      each,
      { methods: WRITING, lasts: 'forever', torn: true },
      async (here, error, at) => {
        t.equal(codeOf(error), 'ISO_OUTPUT_IO');
        const left = await readUndoFile(here.undoPath);
        if (left !== undefined) {
          const again = await edit(each, here).catch((thrown: unknown) => codeOf(thrown));
          // Only the sync behind the very last byte can fail with the whole edit done.
          const wanted = left.status === 'done' ? 'ISO_SOURCE_CHANGED' : 'ISO_UNDO_INTERRUPTED';
          t.equal(again, wanted, `an edit sees it, died at ${at}`);
          await undoEdit({ image: here.path, undoPath: here.undoPath });
        }
        t.ok(await holds(here, each.image), `died at ${at}`);
        t.strictSame(await readdir(join(here.path, '..')), ['image.iso']);
      },
    );
  }
});

t.test('an undo that dies anywhere can be repeated', async (t) => {
  const [each] = SAMPLES;
  if (each === undefined) {
    return;
  }
  for (let at = 0; ; at += 1) {
    const here = await place(t.testdir(), each.image);
    await edit(each, here);
    const fault = { methods: WRITING, lasts: 'forever', torn: true, at } as const;
    const undo = () => undoEdit({ image: here.path, undoPath: here.undoPath });
    const { error } = await withFault(here.path, fault, undo);
    if (error !== undefined) {
      t.equal(codeOf(error), 'ISO_OUTPUT_IO');
    }
    if ((await readUndoFile(here.undoPath)) !== undefined) {
      await undo();
    }
    t.ok(await holds(here, each.image), `died at ${at}`);
    if (error === undefined) {
      break;
    }
  }
});

t.test('a failing read of a source, and a checkpoint that throws', async (t) => {
  const [each] = SAMPLES;
  if (each === undefined) {
    return;
  }
  await failEverywhere(t, each, { methods: ['read'], lasts: 'once' }, async (here, error, at) => {
    t.ok(error instanceof IsoError && error.code === 'ISO_SOURCE_IO', `at ${at}`);
    t.ok(await holds(here, each.image), `read ${at}`);
    t.strictSame(await readdir(join(here.path, '..')), ['image.iso']);
  });
  const here = await place(t.testdir(), each.image);
  const checkpoint = (what: string): void => {
    if (what === 'pointers') {
      throw new Error('stop');
    }
  };
  await t.rejects(edit(each, here, { checkpoint }), { code: 'ISO_OUTPUT_IO' });
  t.ok(await holds(here, each.image));
});

t.test('cancelling', async (t) => {
  const [each] = SAMPLES;
  if (each === undefined) {
    return;
  }
  for (const when of ['undo file', 'new', 'pointers', 'boot-record']) {
    const here = await place(t.testdir(), each.image);
    const controller = new AbortController();
    const checkpoint = (what: string): void => {
      if (what === when) {
        controller.abort();
      }
    };
    const { signal } = controller;
    if (when === 'boot-record') {
      await edit(each, here, { checkpoint, signal });
      t.ok(await holds(here, each.expected), 'all is written: too late to cancel');
      continue;
    }
    await t.rejects(edit(each, here, { checkpoint, signal }), { code: 'ISO_INTERRUPTED' });
    t.ok(await holds(here, each.image), when);
    t.strictSame(await readdir(join(here.path, '..')), ['image.iso']);
  }
  const here = await place(t.testdir(), each.image);
  const signal = AbortSignal.abort();
  await t.rejects(edit(each, here, { signal }), { code: 'ISO_INTERRUPTED' });
  await edit(each, here);
  await t.rejects(undoEdit({ image: here.path, undoPath: here.undoPath, signal }), {
    code: 'ISO_INTERRUPTED',
  });
  t.ok(await holds(here, each.expected));
});
