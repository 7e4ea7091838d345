/** Long output in parts: one string for each of its lines would take ten times what they say. */
import { printable, printableJson } from '../job/printable.js';

const ITEMS_A_PART = 100;

/** Lines made harmless, in parts of whole lines. All are made before any is there to be printed. */
export function textParts(lines: Iterable<string>): string[] {
  return Array.from(gathered(lines, printablePart));
}

/**
 * What `JSON.stringify` makes of a report, harmless and in parts; an iterable in it stands for the array of what it gives. All
 * are made before any is there to be printed.
 */
export function jsonParts(report: object): string[] {
  const parts: string[] = [];
  let before = '{';
  for (const [name, value] of Object.entries(report)) {
    if (value !== undefined) {
      parts.push(`${before}${JSON.stringify(name)}:`, ...valueParts(value));
      before = ',';
    }
  }
  return [...parts, parts.length > 0 ? '}' : '{}'];
}

function valueParts(value: unknown): string[] {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    return [printableJson(JSON.stringify(value))];
  }
  const parts = Array.from(
    gathered(value as Iterable<unknown>, (items) => {
      return printableJson(JSON.stringify(items).slice(1, -1));
    }),
  );
  return ['[', ...parts.map((part, i) => (i === 0 ? part : `,${part}`)), ']'];
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
  const text = lines.join('\n');
  const isHarmless = printable(text.replaceAll('\n', ' ')).length === text.length;
  // A line break in a name would make one line more.
  return isHarmless && text.split('\n').length === lines.length ? text : lines.map(printable).join('\n');
}
