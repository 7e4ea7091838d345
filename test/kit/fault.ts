/**
 * Makes the system fail on purpose: Node gives all file handles one prototype, and its own modules can be changed for
 * everybody, so that no code needs a hook for it.
 */
import fs from 'node:fs';
import fsPromises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Counter, halved } from './fault-counter.js';
import { handlePrototype } from './handle.js';
import { patchPlainCalls } from './plain-fault.js';

/** Calls of file handles. */
type HandleMethod = 'write' | 'sync' | 'truncate' | 'read' | 'chmod' | 'utimes';
/** Calls that take paths. `create`: opening for writing; `open`: for reading. */
type PathMethod = 'create' | 'open' | 'rename' | 'link' | 'unlink' | 'rm' | 'copyFile' | 'mkdir' | 'symlink';

/** What may be made to fail; `read` stands for small reads too, which go without a handle's method. */
export type Method = HandleMethod | PathMethod;

/** Whatever changes something on the disk, or waits for it. */
export const CHANGING: readonly Method[] = [
  'write',
  'sync',
  'truncate',
  'chmod',
  'utimes',
  'create',
  'rename',
  'link',
  'unlink',
  'rm',
  'copyFile',
  'mkdir',
  'symlink',
];

/** What happens to the calls from the one at which trouble starts. */
export interface Fault {
  /** The methods that count and fail. */
  readonly methods: readonly Method[];
  /** The first call that fails; the count starts at 0. */
  readonly at: number;
  /** `once`: later calls work again; `forever`: the machine is gone. */
  readonly lasts: 'once' | 'forever';
  readonly code?: string;
  /** The failing write or copy still gets half its bytes to the disk: a torn sector. */
  readonly torn?: boolean;
  /** Methods that never work and do not count: file systems like FAT have no links. */
  readonly denied?: readonly Method[];
  /** Nothing fails, but reads and writes do only half of what they were asked for. */
  readonly short?: boolean;
}

/** What came of work with a fault. */
export interface Outcome {
  /** How many calls there were. */
  readonly calls: number;
  /** What the work threw, if anything. */
  readonly error: unknown;
  /** The method that met the fault first. */
  readonly struck: Method | undefined;
}

type Call = (...args: unknown[]) => unknown;
type Patched = Record<string, Call>;

const HANDLE_METHODS: readonly Method[] = ['write', 'sync', 'truncate', 'read', 'chmod', 'utimes'];

/** Runs `work` with a fault. `path`: a file that is there, for `handlePrototype`. */
export async function withFault(path: string, fault: Fault, work: () => Promise<unknown>): Promise<Outcome> {
  const counter = new Counter(fault);
  const restore = patchSystem((await handlePrototype(path)) as unknown as Patched, counter);
  try {
    const error = await work().then(
      () => undefined,
      (thrown: unknown) => thrown ?? new Error('nothing was thrown, and that is odd'),
    );
    return { calls: counter.calls, error, struck: counter.struck };
  } finally {
    restore();
  }
}

/** Puts the faulty calls in place; gives how to take them out again. */
function patchSystem(prototype: Patched, counter: Counter): () => void {
  const { methods } = counter.fault;
  const undo: (() => void)[] = [];
  const patch = (object: Patched, name: string, faulty: (original: Call) => Call): void => {
    const original = object[name];
    if (original === undefined) {
      throw new Error(`there is no ${name}`);
    }
    object[name] = faulty(original);
    undo.push(() => (object[name] = original));
  };
  const paths = fsPromises as unknown as Patched;
  const { truncate, stat } = fsPromises;
  // What is tried out so often need not get to the disk.
  patch(prototype, 'sync', () => async () => undefined);
  for (const method of methods) {
    if (HANDLE_METHODS.includes(method)) {
      patch(prototype, method, (original) => faultyHandleCall(method, original, counter));
    } else if (method === 'copyFile') {
      const halve = async (path: string): Promise<void> => {
        await truncate(path, Math.floor((await stat(path)).size / 2));
      };
      patch(paths, method, (original) => faultyCopy(original, counter, halve));
    } else if (method !== 'create' && method !== 'open') {
      patch(paths, method, (original) => faultyPathCall(method, original, counter));
    }
  }
  if (methods.includes('create') || methods.includes('open')) {
    patch(paths, 'open', (original) => faultyOpen(original, counter));
  }
  patchPlainCalls(methods, counter, (name, faulty) => patch(fs as unknown as Patched, name, faulty));
  counter.fault.denied?.forEach((method) => {
    patch(paths, method, () => denied);
    patch(fs as unknown as Patched, `${method}Sync`, () => deniedAtOnce);
  });
  syncBuiltinESMExports();
  return () => {
    undo.forEach((each) => each());
    syncBuiltinESMExports();
  };
}

async function denied(): Promise<never> {
  return deniedAtOnce();
}

function deniedAtOnce(): never {
  throw Object.assign(new Error('made to be impossible'), { code: 'EPERM' });
}

function faultyHandleCall(method: Method, original: Call, counter: Counter): Call {
  const { torn, short } = counter.fault;
  return async function faulty(this: FileHandle, ...args: unknown[]): Promise<unknown> {
    const strike = counter.strikes(method);
    if (strike === undefined) {
      return original.apply(this, args);
    }
    if (short === true) {
      return original.apply(this, method === 'read' || method === 'write' ? halved(args) : args);
    }
    if (torn === true && strike === 'first' && method === 'write') {
      await original.apply(this, halved(args));
    }
    throw counter.error();
  };
}

function faultyPathCall(method: Method, original: Call, counter: Counter): Call {
  return async (...args) => {
    if (counter.strikes(method) !== undefined) {
      throw counter.error();
    }
    return original(...args);
  };
}

function faultyCopy(original: Call, counter: Counter, halve: (path: string) => Promise<void>): Call {
  return async (...args) => {
    const strike = counter.strikes('copyFile');
    if (strike === undefined) {
      return original(...args);
    }
    if (counter.fault.torn === true && strike === 'first') {
      await original(...args);
      await halve(String(args[1]));
    }
    throw counter.error();
  };
}

function faultyOpen(original: Call, counter: Counter): Call {
  return async (...args) => {
    counter.throwAtOpen(args[1]);
    return original(...args);
  };
}
