/** Listings of more entries than are printed at once, with names that have to be made harmless. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { jsonParts, pathParts, textParts } from '../../src/cli/parts.js';
import { tableText } from '../../src/cli/table.js';
import { list, type ListReport } from '../../src/job/list.js';
import { printable, printableJson } from '../../src/job/printable.js';
import { LIMITS } from '../../src/read/limits.js';
import { file, folder as folderOf, isolinux, link, root, text } from '../fixtures/tree.js';
import { writeVolume } from '../fixtures/writer.js';
import { ascii } from '../kit/golden.js';
import { ROOT } from '../kit/image-builder.js';
import { cl } from '../kit/rock-ridge.js';
import { disc, entry, folder } from '../job/extraction.js';
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
/** Rock Ridge's mark of a directory that was moved. */
const RE = ascii('RE\x04\x01');

function oddImage(): Uint8Array {
  const many = Array.from({ length: MANY }, (_, i) =>
    file(`${i % 500 === 7 ? ODD[i % 7] : 'n'}${i}`, text(`${i}`)),
  );
  const odd = NAMES.map((name, i) => file(name, text('x'.repeat(10 ** (i % 4)))));
  const top = root(isolinux(), folderOf('many', ...many), folderOf('odd', ...odd, link('link', 'to')));
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

t.test('directories between files, odd names among others, and a circle', async (t) => {
  const image = join(t.testdir({}), 'disc.iso');
  const top = disc({
    [ROOT]: [
      entry('e'),
      folder('b', 21),
      entry('round', { length: 0 }, cl(23)),
      entry('b.txt'),
      entry('a'),
      folder('nothing', 22),
      folder('rr_moved', 26),
    ],
    21: [entry('z'), entry('bell\x07'), entry('naïve'), folder('in\nside', 24)],
    22: [],
    23: [entry('first'), entry('again', { length: 0 }, cl(23)), entry('on', { length: 0 }, cl(25))],
    24: [entry('deep'), entry('deeper')],
    25: [entry('back', { length: 0 }, cl(23)), entry('last')],
    26: [folder('23', 23, RE), folder('25', 25, RE)],
  });
  await writeFile(image, top.bytes);
  const all = await cli(['ls', image, '-R']);
  t.strictSame(all.stdout.split('\n'), [
    '/a',
    '/b/',
    '/b/bell\\x07',
    '/b/in\\x0aside/',
    '/b/in\\x0aside/deep',
    '/b/in\\x0aside/deeper',
    '/b/naïve',
    '/b/z',
    '/b.txt',
    '/e',
    '/nothing/',
    '/round/',
    '/round/again/',
    '/round/first',
    '/round/on/',
    '/round/on/back/',
    '/round/on/last',
    '/rr_moved/',
    '',
  ]);
  const { stdout: below } = await cli(['ls', image, '-R', '/round']);
  t.strictSame(below.split('\n'), [
    '/round/again/',
    '/round/first',
    '/round/on/',
    '/round/on/back/',
    '/round/on/last',
    '',
  ]);
  for (const [path, files] of [
    ['/round/on', ['/round/on/back/', '/round/on/last', '']],
    ['/round/again', ['/round/again/again/', '/round/again/first', '/round/again/on/', '']],
    ['/round/on/last', ['/round/on/last', '']],
  ] as const) {
    const within = await cli(['ls', image, path]);
    t.strictSame(within.stdout.split('\n'), files, path);
  }
  const { stdout } = await cli(['ls', image, '/b']);
  t.strictSame(stdout.split('\n'), ['/b/bell\\x07', '/b/in\\x0aside/', '/b/naïve', '/b/z', '']);
});

t.test('more names than are told at once', async (t) => {
  const image = join(t.testdir({}), 'many.iso');
  const numbers = Array.from({ length: 3000 }, (_, i) => `n${String(i).padStart(4, '0')}`);
  // In front of, at and behind the border of what is told at once.
  const isFolder = (i: number): boolean => i === 998 || i === 1999 || i === 2000;
  const entries = numbers.map((name, i) =>
    isFolder(i) ? folderOf(name, file('in it', text(name))) : file(name, text(name)),
  );
  const top = root(isolinux(), folderOf('many', ...entries));
  await writeFile(image, writeVolume({ top, descriptors: ['primary', 'terminator'], rockRidge: true }).bytes);
  const { stdout } = await cli(['ls', image, '-R', '/many']);
  const lines = numbers.flatMap((name, i) => {
    return isFolder(i) ? [`/many/${name}/`, `/many/${name}/in it`] : [`/many/${name}`];
  });
  t.ok(stdout === `${lines.join('\n')}\n`);
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
  const top = root(isolinux(), folderOf('empty'));
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

t.test('paths in parts', async (t) => {
  const odd = ['plain', 'line\nbreak', 'more'];
  const runs = [
    { before: '/', names: ['one'] },
    { before: '/odd/', names: odd },
    { before: '/bell\x07/', names: ['a', 'b'] },
    ...Array.from({ length: 20_000 }, (_, i) => ({ before: `/d${i}/`, names: ['first', 'second/'] })),
  ];
  const parts = [...pathParts(runs)];
  const lines = runs.flatMap(({ before, names }) => names.map((name) => printable(before + name)));
  t.ok(parts.join('\n') === lines.join('\n'));
  t.ok(parts.length > 1 && parts.length < 30, 'many short runs make few parts');
  t.strictSame([...pathParts([])], []);
});
