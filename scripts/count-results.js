/** Reads the TAP of a whole test run and prints its one closing line: `N passed, N failed`, and what was skipped. */
import { readFileSync } from 'node:fs';

const tap = readFileSync(process.argv[2], 'utf8');
const summaries = [
  ...tap.matchAll(/^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, skip: (\d+))?/gm),
];
const [, , pass = '0', fail = '0', skip = '0'] = summaries.at(-1) ?? [];

// A run that ended without its summary did not end well, whatever it had counted.
const failed = Number(fail) + (summaries.length === 0 ? 1 : 0);
console.log(`${pass} passed, ${failed} failed${skip === '0' ? '' : `, ${skip} skipped`}`);
