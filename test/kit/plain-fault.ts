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
  return (...args) => {
    const strike = counter.strikes('write');
    if (strike === undefined) {
      return original(...args);
    }
    const { torn, short } = counter.fault;
    const [descriptor, ...rest] = args;
    const callback = args.at(-1) as (error: unknown, count: number) => void;
    if (short === true) {
      return original(descriptor, ...halved(rest), callback);
    }
    const fail = (): void => callback(counter.error(), 0);
    return torn === true && strike === 'first'
      ? original(descriptor, ...halved(rest), fail)
      : setImmediate(fail);
  };
}

function faultyReadSync(original: Call, counter: Counter): Call {
  return (...args) => {
    const strike = counter.strikes('read');
    if (strike === undefined) {
      return original(...args);
    }
    if (counter.fault.short !== true) {
      throw counter.error();
    }
    const [descriptor, ...rest] = args;
    return original(descriptor, ...halved(rest));
  };
}

function faultyWriteSync(original: Call, counter: Counter): Call {
  return (...args) => {
    const strike = counter.strikes('write');
    if (strike === undefined) {
      return original(...args);
    }
    const { torn, short } = counter.fault;
    const [descriptor, ...rest] = args;
    const isHalf = short === true || (torn === true && strike === 'first');
    const count = isHalf ? original(descriptor, ...halved(rest)) : 0;
    if (short !== true) {
      throw counter.error();
    }
    return count;
  };
}

function faultyCall(method: Method, original: Call, counter: Counter): Call {
  return (...args) => {
    if (counter.strikes(method) !== undefined) {
      throw counter.error();
    }
    return original(...args);
  };
}
