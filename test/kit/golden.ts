/** Golden tests of layout tables: bytes put together by hand from the standards' byte positions. */
import type { Test } from 'tap';
import { IsoError } from '../../src/errors.js';
import type { Field } from '../../src/layout/field.js';
import type { Decoded, Table } from '../../src/layout/table.js';

/** Bytes from hex digits; blanks are ignored. */
export function hex(digits: string): Uint8Array {
  const packed = digits.replace(/\s/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(packed)) {
    throw new RangeError(`not hex: ${digits}`);
  }
  return Uint8Array.from(packed.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Characters as bytes. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** What a byte of a structure holds that no part names: its own offset, so that a shifted field shows. */
export function fillerAt(offset: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (offset + i + 1) & 0xff);
}

/** A part of a structure: text in quotes, or hex. Offsets count from 0; the standards' byte positions from 1. */
export type Parts = Readonly<Record<number, string>>;

/** A structure of `span` bytes from its parts by offset; a part that starts with a quote is text. */
export function assemble(span: number, parts: Parts): Uint8Array {
  const bytes = fillerAt(0, span);
  for (const [offset, part] of Object.entries(parts)) {
    bytes.set(part.startsWith("'") ? ascii(part.slice(1)) : hex(part), Number(offset));
  }
  return bytes;
}

type Fields = Readonly<Record<string, Field<unknown>>>;

/** The fields in which two decoded structures differ. */
export function changedFields(a: object, b: object): string[] {
  const was = Object.entries(a) as [string, unknown][];
  const is = new Map<string, unknown>(Object.entries(b));
  return was.filter(([name, value]) => !sameValue(value, is.get(name))).map(([name]) => name);
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  const isObject = typeof a === 'object' && typeof b === 'object';
  return isObject ? JSON.stringify(a) === JSON.stringify(b) : a === b;
}

/**
 * Asserts that bytes decode to a value and back; that each byte belongs to the one field whose range covers it
 * and to no other; and that bytes cut short are refused.
 */
export function golden<F extends Fields>(
  t: Test,
  table: Table<F>,
  bytes: Uint8Array,
  expected: Decoded<F>,
): void {
  t.test(table.name, async (t) => {
    t.equal(table.span, bytes.length, 'its length');
    t.strictSame(table.decode(bytes), expected, 'decodes to what it says');
    t.same(table.encode(expected), bytes, 'encodes to the bytes');
    t.same(coverage(table, bytes), [], 'every byte belongs to one field');
    t.same(badFlips(table, bytes), [], 'a changed byte changes its field only, and comes back');
    const shifted = new Uint8Array(bytes.length + 7);
    shifted.set(bytes, 5);
    t.strictSame(table.decode(shifted, 5), expected, 'decodes at an offset');
    t.strictSame(table.decode(shifted.subarray(5, 5 + bytes.length)), expected, 'decodes a part of a buffer');
    t.ok(refusesShort(table, bytes), 'short input is refused');
  });
}

/** Offsets that no field or more than one field covers. */
function coverage<F extends Fields>(table: Table<F>, bytes: Uint8Array): number[] {
  const owners = new Uint8Array(bytes.length);
  for (const field of Object.keys(table.decode(bytes))) {
    const { offset, length } = table.rangeOf(field);
    owners
      .subarray(offset, offset + length)
      .forEach((_, i) => (owners[offset + i] = (owners[offset + i] ?? 0) + 1));
  }
  return [...owners.keys()].filter((at) => owners[at] !== 1);
}

function badFlips<F extends Fields>(table: Table<F>, bytes: Uint8Array): string[] {
  const original = table.decode(bytes);
  const fields = Object.keys(original);
  const bad: string[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const flipped = bytes.slice();
    flipped[at] = (flipped[at] ?? 0) ^ 0xff;
    const decoded = table.decode(flipped);
    const changed = changedFields(original, decoded);
    const owner = fields.filter((field) => {
      const { offset, length } = table.rangeOf(field);
      return at >= offset && at < offset + length;
    });
    const again = table.encode(decoded);
    if (changed.join() !== owner.join() || again.some((byte, i) => byte !== flipped[i])) {
      bad.push(`byte ${at}: changed ${changed.join()}, owned by ${owner.join()}`);
    }
  }
  return bad;
}

function refusesShort<F extends Fields>(table: Table<F>, bytes: Uint8Array): boolean {
  const cuts: [Uint8Array, number][] = [
    [bytes.subarray(0, -1), 0],
    [bytes, 1],
    [bytes, bytes.length],
    [bytes, -1],
    [new Uint8Array(0), 0],
  ];
  return cuts.every(([short, at]) => {
    try {
      table.decode(short, at);
      return false;
    } catch (error) {
      return error instanceof IsoError && error.code === 'ISO_SOURCE_BOUNDS' && error.offset === at;
    }
  });
}
