/** Logs what a job asks of the file system, at Node's own boundary: the product needs no hook for it. */
import fs, { constants } from 'node:fs';
import { readFile, type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { FUNCTIONS, handlePrototype, PLAIN_FUNCTIONS, refuseUnseen, replace, type Call } from './handle.js';
import { filesOf, type Files } from './scenario.js';

/** A file, whatever its names: numbered in the order in which they appeared. */
export type FileId = number;

/** One thing that was asked of the file system, and done. */
export type Event =
  | { readonly kind: 'create'; readonly name: string; readonly file: FileId }
  | { readonly kind: 'write'; readonly file: FileId; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'size'; readonly file: FileId; readonly size: number }
  | { readonly kind: 'link'; readonly name: string; readonly file: FileId }
  | { readonly kind: 'unlink'; readonly name: string; readonly file: FileId }
  | { readonly kind: 'rename'; readonly name: string; readonly to: string; readonly file: FileId }
  | { readonly kind: 'sync'; readonly file: FileId }
  | { readonly kind: 'sync-folder' };

/** What happened to a folder. */
export interface Log {
  /** The files before: file 0, 1, ... in this order. */
  readonly begin: Files;
  readonly events: readonly Event[];
}

type Method = 'write' | 'truncate' | 'sync' | 'close';

/**
 * Runs `work` and logs what it does to the files in a folder. What a thread writes is not seen: where the log does not
 * explain every byte that is there in the end, this throws.
 */
export async function record(folder: string, work: () => Promise<unknown>): Promise<Log> {
  const recorder = new Recorder(folder, await filesOf(folder));
  await recorder.during(work);
  const { log } = recorder;
  const found = await filesOf(folder);
  const told = filesAfter(log);
  const isSame =
    found.size === told.size &&
    [...found].every(([name, bytes]) => Buffer.compare(bytes, told.get(name) ?? Buffer.of(0)) === 0);
  if (!isSame) {
    throw new Error(`written behind the recorder's back: ${[...found.keys()].join(', ')}`);
  }
  return log;
}

type WriteArguments = [bytes: Uint8Array, start: number, length: number, offset: number | null];

/** What is done by calls that give promises alone. */
const UNSEEN_PLAIN_FUNCTIONS = ['renameSync', 'linkSync', 'rmSync', 'ftruncateSync'];

class Recorder {
  readonly log: { readonly begin: Files; readonly events: Event[] };
  readonly #folder: string;
  /** The files that have a name now. */
  readonly #names: Map<string, FileId>;
  /** What is open, by its descriptor. */
  readonly #open = new Map<number, FileId | 'folder'>();
  #count: number;

  constructor(folder: string, begin: Files) {
    this.#folder = resolve(folder);
    this.#names = new Map([...begin.keys()].map((name, file) => [name, file]));
    this.#count = begin.size;
    this.log = { begin, events: [] };
  }

  async during(work: () => Promise<unknown>): Promise<void> {
    const prototype = await handlePrototype(this.#folder);
    const undoAll = [
      ...Object.entries(this.#methods(prototype)).map(([name, call]) => replace(prototype, name, call)),
      ...Object.entries(this.#functions()).map(([name, call]) => replace(FUNCTIONS, name, call)),
      ...Object.entries(this.#plainFunctions()).map(([name, call]) =>
        replace(PLAIN_FUNCTIONS, name, call as Call),
      ),
      ...refuseUnseen(prototype, [], UNSEEN_PLAIN_FUNCTIONS),
    ];
    syncBuiltinESMExports();
    try {
      await work();
    } finally {
      undoAll.forEach((undo) => undo());
      syncBuiltinESMExports();
    }
  }

  /** The file's name in the folder; nothing for files elsewhere. */
  #nameOf(path: unknown): string | undefined {
    const whole = resolve(String(path));
    return dirname(whole) === this.#folder ? basename(whole) : undefined;
  }

  #fileAt(name: string): FileId {
    const file = this.#names.get(name);
    if (file === undefined) {
      throw new Error(`the recorder does not know ${name}`);
    }
    return file;
  }

  #created(name: string): FileId {
    const file = this.#count;
    this.#count += 1;
    this.#names.set(name, file);
    this.log.events.push({ kind: 'create', name, file });
    return file;
  }

  #methods(prototype: Record<string, Call>): Record<Method, Call> {
    const { write, truncate, sync, close } = prototype as Record<Method, Call>;
    const seen = ({ fd }: FileHandle): FileId | 'folder' | undefined => this.#open.get(fd);
    const noteWrite = this.#noteWrite.bind(this);
    const noteClose = (fd: number): void => void this.#open.delete(fd);
    const { events } = this.log;
    return {
      async write(this: FileHandle, ...args: never[]) {
        const done = (await write.apply(this, args)) as { bytesWritten: number };
        noteWrite(this.fd, args as unknown as WriteArguments, done.bytesWritten);
        return done;
      },
      async truncate(this: FileHandle, ...args: never[]) {
        await truncate.apply(this, args);
        const file = seen(this);
        if (typeof file === 'number') {
          events.push({ kind: 'size', file, size: Number(args[0]) });
        }
      },
      async sync(this: FileHandle, ...args: never[]) {
        await sync.apply(this, args);
        const file = seen(this);
        if (file !== undefined) {
          events.push(file === 'folder' ? { kind: 'sync-folder' } : { kind: 'sync', file });
        }
      },
      async close(this: FileHandle) {
        noteClose(this.fd);
        await close.apply(this);
      },
    };
  }

  /** Small writes go without promises, and so do files of which no more than their names and modes are wanted. */
  #plainFunctions(): Record<string, unknown> {
    const { openSync, closeSync, writeSync, unlinkSync } = fs;
    return {
      openSync: (...args: Parameters<typeof openSync>) => {
        const fd = openSync(...args);
        this.#opened(fd, args[0], args[1]);
        return fd;
      },
      closeSync: (fd: number) => {
        this.#open.delete(fd);
        closeSync(fd);
      },
      writeSync: (fd: number, ...args: WriteArguments) => {
        const count = writeSync(fd, ...args);
        this.#noteWrite(fd, args, count);
        return count;
      },
      unlinkSync: (path: string) => {
        unlinkSync(path);
        this.#gone(path);
      },
    };
  }

  #gone(path: unknown): void {
    const name = this.#nameOf(path);
    const file = name === undefined ? undefined : this.#names.get(name);
    if (name !== undefined && file !== undefined) {
      this.#names.delete(name);
      this.log.events.push({ kind: 'unlink', name, file });
    }
  }

  #noteWrite(fd: number, [bytes, start, , offset]: WriteArguments, count: number): void {
    const file = this.#open.get(fd);
    if (typeof file === 'number') {
      if (offset === null) {
        throw new Error('a write without a place');
      }
      this.log.events.push({ kind: 'write', file, offset, bytes: bytes.slice(start, start + count) });
    }
  }

  #functions(): Record<string, Call> {
    const { open, copyFile, link, rename, rm, unlink } = FUNCTIONS;
    const { events } = this.log;
    return {
      open: async (...args: never[]) => {
        const handle = (await open?.(...args)) as FileHandle;
        this.#opened(handle.fd, args[0], args[1]);
        return handle;
      },
      copyFile: async (...args: never[]) => {
        const [from, to] = args;
        await copyFile?.(...args);
        const name = this.#nameOf(to);
        if (name !== undefined) {
          // The system's copying is one large write as far as anybody can tell.
          const bytes = await readFile(String(from));
          events.push({ kind: 'write', file: this.#created(name), offset: 0, bytes });
        }
      },
      link: async (...args: never[]) => {
        await link?.(...args);
        const [from, to] = args.map((path) => this.#nameOf(path));
        if (from !== undefined && to !== undefined) {
          const file = this.#fileAt(from);
          this.#names.set(to, file);
          events.push({ kind: 'link', name: to, file });
        }
      },
      rename: async (...args: never[]) => {
        await rename?.(...args);
        const [name, to] = args.map((path) => this.#nameOf(path));
        if (name !== undefined && to !== undefined) {
          const file = this.#fileAt(name);
          this.#names.delete(name);
          this.#names.set(to, file);
          events.push({ kind: 'rename', name, to, file });
        }
      },
      rm: async (...args: never[]) => {
        await rm?.(...args);
        this.#gone(args[0]);
      },
      unlink: async (...args: never[]) => {
        await unlink?.(...args);
        this.#gone(args[0]);
      },
    };
  }

  #opened(fd: number, path: unknown, flags: unknown): void {
    if (resolve(String(path)) === this.#folder) {
      this.#open.set(fd, 'folder');
    }
    const name = this.#nameOf(path);
    if (name === undefined) {
      return;
    }
    const isNumber = typeof flags === 'number';
    const writes = isNumber && (flags & (constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT)) !== 0;
    if (writes || (flags === 'w' && this.#names.has(name))) {
      throw new Error(`the recorder does not know how to open with ${String(flags)}`);
    }
    const isNew = typeof flags === 'string' && /^[wa]/.test(flags) && !this.#names.has(name);
    this.#open.set(fd, isNew ? this.#created(name) : this.#fileAt(name));
  }
}

/** The files of a folder after all of a log. */
export function filesAfter({ begin, events }: Log): Files {
  const names = new Map([...begin.keys()].map((name, file) => [name, file]));
  const contents = new Map([...begin.values()].map((bytes, file) => [file, bytes]));
  for (const event of events) {
    const before = 'file' in event ? (contents.get(event.file) ?? new Uint8Array(0)) : new Uint8Array(0);
    switch (event.kind) {
      case 'create':
      case 'link':
        names.set(event.name, event.file);
        break;
      case 'unlink':
        names.delete(event.name);
        break;
      case 'rename':
        names.delete(event.name);
        names.set(event.to, event.file);
        break;
      case 'write':
        contents.set(event.file, written(before, event.offset, event.bytes));
        break;
      case 'size':
        contents.set(event.file, resized(before, event.size));
        break;
    }
  }
  return new Map([...names].map(([name, file]) => [name, contents.get(file) ?? new Uint8Array(0)]));
}

/** Bytes with others written over them at an offset; longer where those reach further. */
export function written(before: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const after = resized(before, Math.max(before.length, offset + bytes.length));
  after.set(bytes, offset);
  return after;
}

/** A copy of bytes, cut or filled up with zeros to a size. */
export function resized(before: Uint8Array, size: number): Uint8Array {
  const after = new Uint8Array(size);
  after.set(before.subarray(0, size));
  return after;
}
