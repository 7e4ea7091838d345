/** Functions of Node's that a test puts others in place of. */
import plain, {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  writeSync,
} from 'node:fs';
import fs, { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** A function or method that promises something. */
export type Call = (...args: never[]) => Promise<unknown>;

/** The functions that give promises, to be replaced one by one. */
export const FUNCTIONS = fs as unknown as Record<string, Call>;

/** Those that go without. */
export const PLAIN_FUNCTIONS = plain as unknown as Record<string, Call>;

/** The one prototype that all of Node's file handles have. */
export async function handlePrototype(path: string): Promise<Record<string, Call>> {
  const handle = await open(path, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as Record<string, Call>;
}

/** Puts another function in a function's place until the one given back is called. */
export function replace(holder: Record<string, Call>, name: string, call: Call): () => void {
  const original = holder[name];
  holder[name] = call;
  return () => {
    if (original !== undefined) {
      holder[name] = original;
    }
  };
}

/** Methods of a handle and functions that write past whoever watches writes: to use one of them is a mistake. */
const UNSEEN_METHODS = ['writev', 'writeFile', 'appendFile', 'datasync', 'createWriteStream'] as const;
const UNSEEN_FUNCTIONS = ['writeFile', 'appendFile', 'truncate', 'cp', 'symlink'] as const;

/** Has calls fail that nobody watches, and more of a handle's methods or of the plain ones; gives how each is let through again. */
export function refuseUnseen(
  prototype: Record<string, Call>,
  methods: readonly string[] = [],
  plainFunctions: readonly string[] = [],
): (() => void)[] {
  const refused = (name: string): Call => {
    return () => {
      throw new Error(`nobody sees ${name}`);
    };
  };
  return [
    ...[...UNSEEN_METHODS, ...methods].map((name) => replace(prototype, name, refused(name))),
    ...UNSEEN_FUNCTIONS.map((name) => replace(FUNCTIONS, name, refused(name))),
    ...plainFunctions.map((name) => replace(PLAIN_FUNCTIONS, name, refused(name))),
  ];
}

/**
 * Runs `work` with files whose calls are over when they return, and whose syncs do nothing: what is tried out in
 * thousands of states need not get to the disk, and the ways over other threads take most of the time.
 */
export async function withQuickFiles<T>(work: () => Promise<T>): Promise<T> {
  const restore = Object.entries(QUICK).map(([name, call]) => replace(FUNCTIONS, name, call));
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    restore.forEach((each) => each());
    syncBuiltinESMExports();
  }
}

const QUICK: Readonly<Record<string, Call>> = {
  async open(...args: Parameters<typeof openSync>) {
    return new QuickHandle(openSync(...args));
  },
  async rm(...args: Parameters<typeof rmSync>) {
    rmSync(...args);
  },
  async realpath(path: string) {
    return realpathSync(path);
  },
};

type Bytes = [bytes: Uint8Array, start: number, length: number, position: number];

/** As much of a file handle as taking an edit back needs. */
class QuickHandle {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  async read(...args: Bytes): Promise<{ bytesRead: number }> {
    return { bytesRead: readSync(this.fd, ...args) };
  }

  async write(...args: Bytes): Promise<{ bytesWritten: number }> {
    return { bytesWritten: writeSync(this.fd, ...args) };
  }

  async truncate(size: number): Promise<void> {
    ftruncateSync(this.fd, size);
  }

  async stat(options?: { bigint: boolean }): Promise<unknown> {
    return fstatSync(this.fd, options);
  }

  async sync(): Promise<void> {
    // The disk is never looked at.
  }

  async close(): Promise<void> {
    closeSync(this.fd);
  }
}
