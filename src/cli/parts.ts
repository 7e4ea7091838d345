/** Long output in parts: one string for each of its lines would take ten times what they say. */
import type { PathRun } from '../job/list.js';
import { isPrintable, printable, printableJson } from '../job/printable.js';

const ITEMS_A_PART = 100;

/** Characters of a part of paths. */
const CHARACTERS_A_PART = 32_768;

/** Paths made harmless, a line for each, in parts of whole lines. */
export function* pathParts(runs: Iterable<PathRun>): Generator<string> {
  let part = '';
  for (const run of runs) {
    part += part === '' ? linesOf(run) : `\n${linesOf(run)}`;
    if (part.length >= CHARACTERS_A_PART) {
      yield part;
      part = '';
    }
  }
  if (part !== '') {
    yield part;
  }
}

/** All at once where nothing has to be replaced: to look at each path by itself takes several times as long. */
function linesOf({ before, names }: PathRun): string {
  return isPrintable(before) && isPrintable(names.join(''))
    ? before + names.join(`\n${before}`)
    : names.map((name) => printable(before + name)).join('\n');
}

/** Lines made harmless, in parts of whole lines. */
export function textParts(lines: Iterable<string>): Generator<string> {
  return gathered(lines, printablePart);
}

/**
 * What `JSON.stringify` makes of a report, harmless and in parts; an iterable in it stands for the array of what it gives, and
 * may raise errors in the middle.
 */
export function* jsonParts(report: object): Generator<string> {
  let before = '{';
  for (const [name, value] of Object.entries(report)) {
    if (value !== undefined) {
      yield `${before}${JSON.stringify(name)}:`;
      yield* valueParts(value);
      before = ',';
    }
  }
  yield before === '{' ? '{}' : '}';
}

function* valueParts(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    yield printableJson(JSON.stringify(value));
    return;
  }
  const items = value as Iterable<unknown>;
  let before = '[';
  for (const part of gathered(items, (some) => printableJson(JSON.stringify(some).slice(1, -1)))) {
    yield before + part;
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

/** What is made of so many items at once. */
function* gathered<T>(items: Iterable<T>, make: (some: readonly T[]) => string): Generator<string> {
  let some: T[] = [];
  for (const item of items) {
    if (some.push(item) >= ITEMS_A_PART) {
      yield make(some);
      some = [];
    }
  }
  if (some.length > 0) {
    yield make(some);
  }
}

/** Lines made harmless. Where nothing has to be replaced in all of them at once, none of them need be looked at. */
function printablePart(lines: readonly string[]): string {
  return (isPrintable(lines.join('')) ? lines : lines.map(printable)).join('\n');
}
