/** Makes file handles fail on purpose: Node gives all of them one prototype, so that no code needs a hook for it. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { open, type FileHandle } from 'node:fs/promises';

type Method = 'write' | 'sync' | 'truncate' | 'read';
type Call = (...args: never[]) => Promise<unknown>;

/** What happens to the calls from the one at which trouble starts. */
export interface Fault {
  /** The methods that count and fail. */
  readonly methods: readonly Method[];
  /** The first call that fails; the count starts at 0. */
  readonly at: number;
  /** `once`: later calls work again; `forever`: the machine is gone. */
  readonly lasts: 'once' | 'forever';
  readonly code?: string;
  /** The failing write still gets half its bytes to the disk: a torn sector. */
  readonly torn?: boolean;
}

/** Runs `work` with a fault; gives what it threw, if anything, and how many calls there were. */
export async function withFault(
  path: string,
  fault: Fault,
  work: () => Promise<unknown>,
): Promise<{ calls: number; error: unknown }> {
  const prototype = await handlePrototype(path);
  const originals = new Map(fault.methods.map((method) => [method, prototype[method]]));
  let calls = 0;
  for (const [method, original] of originals) {
    prototype[method] = async function faulty(this: FileHandle, ...args: never[]): Promise<unknown> {
      const call = calls;
      calls += 1;
      if (call === fault.at || (fault.lasts === 'forever' && call > fault.at)) {
        if (fault.torn === true && call === fault.at && method === 'write') {
          await writeHalf(this, original, args);
        }
        throw Object.assign(new Error('made to fail'), { code: fault.code ?? 'EIO' });
      }
      return original.apply(this, args);
    };
  }
  // Small reads of files go without a handle's method.
  const readSync = fs.readSync;
  if (fault.methods.includes('read')) {
    const faulty = (...args: unknown[]): number => {
      const call = calls;
      calls += 1;
      if (call === fault.at || (fault.lasts === 'forever' && call > fault.at)) {
        throw Object.assign(new Error('made to fail'), { code: fault.code ?? 'EIO' });
      }
      return (readSync as (...all: unknown[]) => number)(...args);
    };
    fs.readSync = faulty;
    syncBuiltinESMExports();
  }
  try {
    const error = await work().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return { calls, error };
  } finally {
    originals.forEach((original, method) => (prototype[method] = original));
    fs.readSync = readSync;
    syncBuiltinESMExports();
  }
}

async function handlePrototype(path: string): Promise<Record<Method, Call>> {
  const handle = await open(path, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as Record<Method, Call>;
}

async function writeHalf(handle: FileHandle, write: Call, args: readonly unknown[]): Promise<void> {
  const [bytes, start, length, position] = args as [Uint8Array, number, number, number];
  await write.apply(handle, [bytes, start, Math.floor(length / 2), position] as never[]);
}
