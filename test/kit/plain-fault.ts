/** Faults of the calls that go without promises. */
import { Counter, halved } from './fault-counter.js';
import type { Method } from './fault.js';

type Call = (...args: unknown[]) => unknown;

/** The calls without promises that only ever do all of their work or none. */
const PLAIN_CALLS = {
  ftruncateSync: 'truncate',
  linkSync: 'link',
  renameSync: 'rename',
  unlinkSync: 'unlink',
  fchmodSync: 'chmod',
  futimesSync: 'utimes',
} as const;

/** Small files, small reads, and all that the digest thread does, go without promises. */
export function patchPlainCalls(
  methods: readonly Method[],
  counter: Counter,
  patch: (name: string, faulty: (original: Call) => Call) => void,
): void {
  if (methods.includes('read')) {
    patch('readSync', (original) => faultyReadSync(original, counter));
  }
  if (methods.includes('write')) {
    patch('write', (original) => faultyWrite(original, counter));
    patch('writeSync', (original) => faultyWriteSync(original, counter));
  }
  for (const [name, method] of Object.entries(PLAIN_CALLS)) {
    if (methods.includes(method)) {
      patch(name, (original) => faultyCall(method, original, counter));
    }
  }
  if (methods.includes('create') || methods.includes('open')) {
    patch('openSync', (original) => (...args) => {
      counter.throwAtOpen(args[1]);
      return original(...args);
    });
  }
}

/** Like node:fs, calls back. */
function faultyWrite(original: Call, counter: Counter): Call {
  return whenStruck('write', original, counter, (strike, [descriptor, ...rest]) => {
    const callback = rest.at(-1) as (error: unknown, count: number) => void;
    if (counter.fault.short === true) {
      return original(descriptor, ...halved(rest), callback);
    }
    const fail = (): void => callback(counter.error(), 0);
    return isTorn(strike, counter) ? original(descriptor, ...halved(rest), fail) : setImmediate(fail);
  });
}

function faultyReadSync(original: Call, counter: Counter): Call {
  return whenStruck('read', original, counter, (_strike, [descriptor, ...rest]) => {
    if (counter.fault.short !== true) {
      throw counter.error();
    }
    return original(descriptor, ...halved(rest));
  });
}

function faultyWriteSync(original: Call, counter: Counter): Call {
  return whenStruck('write', original, counter, (strike, [descriptor, ...rest]) => {
    const isShort = counter.fault.short === true;
    const count = isShort || isTorn(strike, counter) ? original(descriptor, ...halved(rest)) : 0;
    if (!isShort) {
      throw counter.error();
    }
    return count;
  });
}

function faultyCall(method: Method, original: Call, counter: Counter): Call {
  return whenStruck(method, original, counter, () => {
    throw counter.error();
  });
}

type Strike = 'first' | 'later';

/** A call that does something else where the fault meets it. */
function whenStruck(
  method: Method,
  original: Call,
  counter: Counter,
  struck: (strike: Strike, args: unknown[]) => unknown,
): Call {
  return (...args) => {
    const strike = counter.strikes(method);
    return strike === undefined ? original(...args) : struck(strike, args);
  };
}

function isTorn(strike: Strike, { fault }: Counter): boolean {
  return fault.torn === true && strike === 'first';
}
