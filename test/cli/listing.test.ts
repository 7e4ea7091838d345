/** Listings of more entries than are printed at once, with names that have to be made harmless. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { jsonParts, textParts } from '../../src/cli/parts.js';
import { tableText } from '../../src/cli/table.js';
import { list, type ListReport } from '../../src/job/list.js';
import { printable, printableJson } from '../../src/job/printable.js';
import { LIMITS } from '../../src/read/limits.js';
import { file, folder, isolinux, link, root, text } from '../fixtures/tree.js';
import { writeVolume } from '../fixtures/writer.js';
import { refuses, cli } from './machine.js';

const ODD = [
  'a "quoted" one',
  'back\\slash',
  'line\nbreak',
  'bell\x07',
  'del\x7f',
  'turned \u202eround',
  'break\u2028',
];
const NAMES = [
  ...ODD,
  '漢字の名前',
  'trailing  ',
  'trailing\t',
  '\ud83d\ude00 smile',
  'e\u0301',
  'wide\u3000',
];
const MANY = 2345;

function oddImage(): Uint8Array {
  const many = Array.from({ length: MANY }, (_, i) =>
    file(`${i % 500 === 7 ? ODD[i % 7] : 'n'}${i}`, text(`${i}`)),
  );
  const odd = NAMES.map((name, i) => file(name, text('x'.repeat(10 ** (i % 4)))));
  const top = root(isolinux(), folder('many', ...many), folder('odd', ...odd, link('link', 'to')));
  return writeVolume({ top, descriptors: ['primary', 'terminator'], rockRidge: true }).bytes;
}

function tableOf({ entries }: ListReport): string {
  const rows = entries.map(({ path, type, size, lba, modified }) => {
    return [type, String(size), String(lba), modified ?? '-', printable(path)];
  });
  return tableText(['TYPE', 'BYTES', 'BLOCK', 'MODIFIED', 'PATH'], rows);
}

t.test('a long listing of odd names', async (t) => {
  const image = join(t.testdir({}), 'odd.iso');
  await writeFile(image, oddImage());
  const report = await list({ input: image, recursive: true });
  t.ok(report.entries.length > MANY + NAMES.length);
  t.ok(report.entries.some(({ type }) => type === 'symlink'));
  t.ok(report.entries.some(({ path }) => path === '/odd/line\nbreak'));
  const json = await cli(['ls', image, '-R', '--json']);
  t.ok(json.stdout === `${printableJson(JSON.stringify(report))}\n`, 'the JSON of the report');
  const long = await cli(['ls', image, '-Rl']);
  t.ok(long.stdout === `${tableOf(report)}\n`, 'the table that the library makes');
  const { stdout } = await cli(['ls', image, '-R']);
  const lines = report.entries.map(({ path, type }) => printable(type === 'directory' ? `${path}/` : path));
  t.ok(stdout === `${lines.join('\n')}\n`, 'the paths');
  const [first] = (await list({ input: image, path: '/odd/bell\x07' })).entries;
  t.strictSame(
    first,
    report.entries.find(({ path }) => path === '/odd/bell\x07'),
    'one file',
  );
});

t.test('nothing is printed of a listing that fails', async (t) => {
  const image = join(t.testdir({}), 'odd.iso');
  await writeFile(image, oddImage());
  const limits = LIMITS as { listedCharacters: number };
  const { listedCharacters } = limits;
  t.teardown(() => (limits.listedCharacters = listedCharacters));
  // Reached behind the first part.
  limits.listedCharacters = 20_000;
  for (const options of ['-R', '-Rl']) {
    await refuses(t, ['ls', image, options], 'ISO_TREE_LIMIT', 3);
  }
});

t.test('an empty directory', async (t) => {
  const image = join(t.testdir({}), 'empty.iso');
  const top = root(isolinux(), folder('empty'));
  await writeFile(image, writeVolume({ top, descriptors: ['primary', 'terminator'] }).bytes);
  for (const options of [[], ['-l']]) {
    t.equal((await cli(['ls', image, '/empty', ...options])).stdout, '', 'says nothing');
  }
  t.match((await cli(['ls', image, '/empty', '--json'])).stdout, /"entries":\[\],"warnings":\[\]\}\n$/);
});

t.test('JSON in parts', async (t) => {
  const long = Array.from({ length: 1001 }, (_, i) => ({ i, name: `"\u2028${i}` }));
  const reports = [
    {},
    { gone: undefined },
    { first: undefined, second: null, 'a "key"': [] },
    { schema: 'x', entries: [undefined, 1, [2], 'three'], counts: { entries: [] } },
    { before: 'entries":[]', entries: long, after: long.length, on: true },
  ];
  for (const report of reports) {
    t.equal([...jsonParts(report)].join(''), printableJson(JSON.stringify(report)));
  }
  const asked = { entries: new Set(long), after: 1 };
  t.equal(
    [...jsonParts(asked)].join(''),
    printableJson(JSON.stringify({ entries: long, after: 1 })),
    'an iterable',
  );
  t.ok([...jsonParts({ entries: long })].every((part) => part.length < JSON.stringify(long).length / 2));
});

t.test('lines in parts', async (t) => {
  const lines = Array.from({ length: 1234 }, (_, i) => (i % 250 === 3 ? `break\n${i}` : `line ${i}`));
  t.equal([...textParts(lines)].join('\n'), lines.map(printable).join('\n'));
  t.strictSame([...textParts([])], []);
});
