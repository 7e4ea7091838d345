/** Which calls meet a fault. */
import fs from 'node:fs';
import type { Fault, Method } from './fault.js';

/** Counts the calls, and says which of them meet the fault. */
export class Counter {
  calls = 0;
  struck: Method | undefined;

  constructor(readonly fault: Fault) {}

  /** Whether this call is one that meets the fault, and whether the first. */
  strikes(method: Method): 'first' | 'later' | undefined {
    const { at, lasts } = this.fault;
    const call = this.calls;
    this.calls += 1;
    if (call === at) {
      this.struck = method;
      return 'first';
    }
    return lasts === 'forever' && call > at ? 'later' : undefined;
  }

  /** Throws where the opening of a file meets the fault. */
  throwAtOpen(flags: unknown): void {
    const method = opensForWriting(flags) ? 'create' : 'open';
    if (this.fault.methods.includes(method) && this.strikes(method) !== undefined) {
      throw this.error();
    }
  }

  error(): Error {
    return Object.assign(new Error('made to fail'), { code: this.fault.code ?? 'EIO' });
  }
}

/** The same call for the first half of its bytes. */
export function halved([bytes, start, length, position]: readonly unknown[]): unknown[] {
  return [bytes, start, Math.max(1, Math.floor(Number(length) / 2)), position];
}

function opensForWriting(flags: unknown): boolean {
  const { O_WRONLY, O_RDWR } = fs.constants;
  if (typeof flags === 'number') {
    return (flags & (O_WRONLY | O_RDWR)) !== 0;
  }
  return typeof flags === 'string' && /[wa+]/.test(flags);
}
