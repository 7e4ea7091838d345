/** Counts what work asks of the file system and of memory, at Node's own boundary: the same on every machine. */
import fs, { constants, type StatOptions } from 'node:fs';
import { stat, type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import { FUNCTIONS, handlePrototype, PLAIN_FUNCTIONS, refuseUnseen, replace, type Call } from './handle.js';
import { countLargeBuffers, type LargeBuffers } from './large-buffers.js';

/** What was asked of one file, or of several together. */
export class FileWork {
  reads = 0;
  bytesRead = 0;
  writes = 0;
  bytesWritten = 0;
  syncs = 0;
  /** How often it was given another size. */
  sizes = 0;
  /** How often the system copied it as a whole: one read, and in the copy one write, of all its bytes. */
  copies = 0;
  /** What was read, in order. */
  readonly ranges: { readonly file: string; readonly offset: number; readonly length: number }[] = [];

  /** Bytes that were read before, as often as they were. */
  get bytesReadAgain(): number {
    let fresh = 0;
    let end = { file: '', at: 0 };
    for (const { file, offset, length } of [...this.ranges].sort(byPlace)) {
      const from = end.file === file ? Math.max(offset, end.at) : offset;
      fresh += Math.max(0, offset + length - from);
      end = { file, at: Math.max(end.file === file ? end.at : 0, offset + length) };
    }
    return this.bytesRead - fresh;
  }

  noteRead(file: string, offset: number, length: number): void {
    this.reads += 1;
    this.bytesRead += length;
    this.ranges.push({ file, offset, length });
  }

  noteWrite(length: number): void {
    this.writes += 1;
    this.bytesWritten += length;
  }
}

function byPlace(a: FileWork['ranges'][number], b: FileWork['ranges'][number]): number {
  return a.file === b.file ? a.offset - b.offset : a.file < b.file ? -1 : 1;
}

/** Methods of a handle that read past the counter. */
const UNSEEN_READS = ['readv', 'readFile', 'readLines', 'createReadStream'] as const;

/** What some work did. */
export interface WorkDone {
  /** To the images that it was given. */
  readonly images: FileWork;
  /** To all other files: copies, undo files, what is extracted. */
  readonly others: FileWork;
  readonly buffers: LargeBuffers;
}

/**
 * Runs `work` and counts. `images`: paths of files that are there. The digest thread's work counts where it runs in this
 * thread (`digestHere`), as it does there: each read of 256 KiB, and its own buffers.
 *
 * Blocks are never shared with a copy, even where the file system could: elsewhere nothing is read for one.
 */
export async function workDone(
  images: readonly [string, ...string[]],
  work: () => Promise<unknown>,
): Promise<WorkDone> {
  const done: WorkDone = { images: new FileWork(), others: new FileWork(), buffers: { count: 0, bytes: 0 } };
  const counter = new Counter(new Set(images.map((path) => resolve(path))), done);
  const prototype = await handlePrototype(images[0]);
  const undo = [
    ...refuseUnseen(prototype, UNSEEN_READS),
    ...replaceAll(prototype, counter.methods(prototype)),
    ...replaceAll(FUNCTIONS, counter.functions()),
    ...replaceAll(PLAIN_FUNCTIONS, counter.plainCalls()),
  ];
  syncBuiltinESMExports();
  const stopCounting = countLargeBuffers(done.buffers);
  try {
    await work();
  } finally {
    stopCounting();
    undo.reverse().forEach((each) => each());
    syncBuiltinESMExports();
  }
  return done;
}

function replaceAll(holder: Record<string, Call>, calls: Readonly<Record<string, unknown>>): (() => void)[] {
  return Object.entries(calls).map(([name, call]) => replace(holder, name, call as Call));
}

type ReadArguments = [bytes: Uint8Array, start: number, length: number, position: number];
type Written = (error: unknown, count: number) => void;

class Counter {
  /** The files that are open, by their descriptors. */
  readonly #open = new Map<number, string>();

  constructor(
    private readonly images: ReadonlySet<string>,
    private readonly done: WorkDone,
  ) {}

  #workOn(path: string): FileWork {
    return this.images.has(path) ? this.done.images : this.done.others;
  }

  #seen(fd: number, note: (work: FileWork, path: string) => void): void {
    const path = this.#open.get(fd);
    if (path !== undefined) {
      note(this.#workOn(path), path);
    }
  }

  /** Those of file handles. */
  methods(prototype: Record<string, Call>): Record<string, unknown> {
    const { read, write, truncate, sync, close } = prototype;
    const seen = this.#seen.bind(this);
    const open = this.#open;
    return {
      async read(this: FileHandle, ...args: ReadArguments) {
        const result = (await read?.apply(this, args as unknown as never[])) as { bytesRead: number };
        seen(this.fd, (work, path) => work.noteRead(path, args[3], result.bytesRead));
        return result;
      },
      async write(this: FileHandle, ...args: never[]) {
        const result = (await write?.apply(this, args)) as { bytesWritten: number };
        seen(this.fd, (work) => work.noteWrite(result.bytesWritten));
        return result;
      },
      async truncate(this: FileHandle, ...args: never[]) {
        await truncate?.apply(this, args);
        seen(this.fd, (work) => (work.sizes += 1));
      },
      async sync(this: FileHandle) {
        await sync?.apply(this);
        seen(this.fd, (work) => (work.syncs += 1));
      },
      // Lines of a batch's report: the times in them make their lengths different each time.
      async appendFile(this: FileHandle, text: string) {
        await write?.apply(this, [text, null] as never[]);
        seen(this.fd, (work) => work.noteWrite(0));
      },
      async close(this: FileHandle) {
        open.delete(this.fd);
        await close?.apply(this);
      },
    };
  }

  /** Those that take paths. */
  functions(): Record<string, unknown> {
    const { open, copyFile } = FUNCTIONS;
    const { readFileSync } = fs;
    return {
      open: async (...args: never[]) => {
        const handle = (await open?.(...args)) as FileHandle;
        this.#open.set(handle.fd, resolve(String(args[0])));
        return handle;
      },
      copyFile: async (from: string, to: string, mode: number) => {
        if ((mode & constants.COPYFILE_FICLONE_FORCE) !== 0) {
          throw Object.assign(new Error('blocks are not shared here'), { code: 'ENOTSUP' });
        }
        await copyFile?.(...([from, to, mode] as never[]));
        const [source, { size }] = [resolve(from), await stat(from)];
        this.#workOn(source).copies += 1;
        this.#workOn(source).noteRead(source, 0, size);
        this.#workOn(resolve(to)).noteWrite(size);
      },
      // How Node reads a whole file by itself differs from version to version; it counts as one read into one buffer.
      readFile: async (place: string | URL, encoding?: BufferEncoding) => {
        const bytes = readFileSync(place);
        if (typeof place === 'string') {
          this.#workOn(resolve(place)).noteRead(resolve(place), 0, bytes.length);
        }
        return encoding === undefined ? bytes : bytes.toString(encoding);
      },
    };
  }

  /** Those without promises: small reads, and all that digests take. */
  plainCalls(): Record<string, unknown> {
    const { openSync, closeSync, readSync, write, writeSync, fstatSync, ftruncateSync } = fs;
    const seen = this.#seen.bind(this);
    return {
      openSync: (...args: Parameters<typeof openSync>) => {
        const fd = openSync(...args);
        this.#open.set(fd, resolve(String(args[0])));
        return fd;
      },
      closeSync: (fd: number) => {
        this.#open.delete(fd);
        closeSync(fd);
      },
      readSync: (fd: number, ...args: ReadArguments) => {
        const count = readSync(fd, ...args);
        // Without a place it is Node that reads a file of its own, such as a module.
        if (Number.isInteger(args[3])) {
          seen(fd, (work, path) => work.noteRead(path, args[3], count));
        }
        return count;
      },
      write: (fd: number, ...args: [...ReadArguments, Written]) => {
        const [bytes, start, length, position, callback] = args;
        write(fd, bytes, start, length, position, (error, count) => {
          seen(fd, (work) => work.noteWrite(count));
          callback(error, count);
        });
      },
      writeSync: (fd: number, ...args: ReadArguments) => {
        const count = writeSync(fd, ...args);
        seen(fd, (work) => work.noteWrite(count));
        return count;
      },
      // A file is as long as the blocks that it has, also where a file system packs them or leaves out zeros.
      fstatSync: (fd: number, options?: StatOptions) => {
        const stats = fstatSync(fd, options);
        return Object.assign(
          stats,
          typeof stats.size === 'number' && { blocks: Math.ceil(stats.size / 512) },
        );
      },
      ftruncateSync: (fd: number, size: number) => {
        ftruncateSync(fd, size);
        seen(fd, (work) => (work.sizes += 1));
      },
    };
  }
}
