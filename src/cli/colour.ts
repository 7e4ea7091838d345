import type { Host, Output } from './host.js';

/** Paints parts of a text; where no colours are shown, each gives the text back. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly bad: (text: string) => string;
}

const same = (text: string): string => text;

/** Paints nothing. */
export const PLAIN: Paint = { good: same, doubtful: same, bad: same };

/**
 * What paints texts for a stream: each of the two is judged by itself, as one may go down a pipe while the other is a
 * terminal. Source: no-color.org, for an environment that wants no colours.
 */
export async function paintFor({ environment }: Host, stream: Output): Promise<Paint> {
  const { NO_COLOR: refused = '', TERM: terminal } = environment;
  if (stream.isTTY !== true || refused !== '' || terminal === 'dumb') {
    return PLAIN;
  }
  const { default: picocolors } = await import('picocolors');
  const { green, yellow, red } = picocolors.createColors(true);
  return { good: green, doubtful: yellow, bad: red };
}

/** The words of a report that are worth a colour: an answer behind its label, and the labels of what is wrong. */
const WORDS: readonly (readonly [RegExp, keyof Paint])[] = [
  [/(?<=^(?:BIOS|UEFI|Bootable): +)yes\b/gm, 'good'],
  [/(?<=^(?:BIOS|UEFI|Bootable): +)no\b/gm, 'doubtful'],
  [/(?<=^Result: +)(?:PASS|EQUAL)\b/gm, 'good'],
  [/(?<=^Result: +)(?:FAIL|INCOMPLETE|DIFFERENT)\b/gm, 'bad'],
  [/^[Ww]arning:/gm, 'doubtful'],
  [/^(?:error|INTERRUPTED):/gm, 'bad'],
];

/** A report for people with its answers painted. Names are escaped before, so that none of them starts a line. */
export function paintedReport(text: string, paint: Paint): string {
  return paint === PLAIN
    ? text
    : WORDS.reduce((painted, [word, kind]) => painted.replace(word, paint[kind]), text);
}
