/** Text for people: escaped, with numbers that can be read aloud. */

import { printable } from '../job/printable.js';
import { lbaOfOffset } from '../units.js';

/** As `printable`, for a text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** `1234567` as `1,234,567`. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of things, each of which is called `one`. */
export function countText(count: number, one: string, many: string): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** Bytes in the largest unit that leaves a number over one. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0
    ? `${grouped(bytes)} bytes`
    : `${value.toFixed(1)} ${UNITS[unit] ?? ''} (${grouped(bytes)} bytes)`;
}

/** Where a result of so many bytes went; what goes down a pipe is looked at before. */
export function outputText(output: string, size: number): string {
  return output === '-'
    ? `standard output, ${sizeText(size)}; checked before it was sent`
    : `${printable(output)}, ${sizeText(size)}; read again and found right`;
}

/** A line for each warning of a report. */
export function warningLines(warnings: readonly string[]): [string, string][] {
  return warnings.map((warning) => ['Warning', printable(warning)]);
}

/** A byte offset, with the block that it lies in. */
export function placeText(offset: number): string {
  return `byte ${grouped(offset)} (block ${grouped(lbaOfOffset(offset))})`;
}

/** A loader as people call it. */
export function loaderText(loader: { name: string; version: string | null } | null): string {
  if (loader === null) {
    return 'a loader that is not known by name';
  }
  return printable(loader.version === null ? loader.name : `${loader.name} ${loader.version}`);
}

const COLUMNS = 100;

/** Labels of sentences. Names, commands to be copied and findings stay in one piece. */
const PROSE = new Set([
  '',
  'BIOS',
  'Boots from',
  'Changed',
  'Media check',
  'Mind',
  'Moved',
  'UEFI',
  'Warning',
  'Would change',
  'Would move',
]);

/** Lines of a label and a text, the texts below one another; sentences are broken between words. */
export function labelled(lines: readonly (readonly [label: string, text: string])[]): string {
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  return lines
    .flatMap(([label, text]) => {
      const parts = PROSE.has(label) ? broken(text, COLUMNS - width) : [text];
      return parts.map((part, i) => (label === '' || i > 0 ? '' : `${label}:`).padEnd(width) + part);
    })
    .join('\n');
}

function broken(text: string, width: number): string[] {
  const parts: string[] = [];
  for (const word of text.split(' ')) {
    const line = parts.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) {
      parts.push(word);
    } else {
      parts[parts.length - 1] = `${line} ${word}`;
    }
  }
  return parts;
}

/** What an error or finding knows beyond its message: where, found, wanted; in one line with its code. */
export function factsLine(facts: {
  readonly code: string;
  readonly message: string;
  readonly offset?: number | undefined;
  readonly found?: string | number | undefined;
  readonly wanted?: string | number | undefined;
}): string {
  const { code, message, offset, found, wanted } = facts;
  const parts = [
    offset === undefined ? '' : `at ${placeText(offset)}`,
    found === undefined ? '' : `found ${String(found)}`,
    wanted === undefined ? '' : `wanted ${String(wanted)}`,
  ].filter((part) => part !== '');
  return printable(`${message}${parts.length === 0 ? '' : `; ${parts.join(', ')}`} [${code}]`);
}
