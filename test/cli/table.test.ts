/** Tables for people. */
import t from 'tap';
import { tableText } from '../../src/cli/table.js';

const HEAD = ['NAME', 'BYTES', 'PATH'];

/** The same by hand: every column as wide as its longest cell. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

for (const count of [0, 1, 49, 50, 1000]) {
  t.test(`${count} rows`, async (t) => {
    const rows = Array.from({ length: count }, (_, i) => ['n'.repeat(1 + (i % 9)), String(i * i), `/a/${i}`]);
    t.equal(tableText(HEAD, rows), aligned([HEAD, ...rows]));
  });
}

t.test('characters of two columns, of none, and colours', async (t) => {
  const rows = [
    ['\u30d5\u30a9\u30eb\u30c0', '1', '/a'],
    ['e\u0301t\u00e9', '2', '/b'],
    ['\x1b[32mgood\x1b[39m', '3', '/c'],
  ];
  const lines = tableText(HEAD, rows).split('\n');
  t.strictSame(lines, [
    'NAME      BYTES  PATH',
    '\u30d5\u30a9\u30eb\u30c0  1      /a',
    'e\u0301t\u00e9       2      /b',
    '\x1b[32mgood\x1b[39m      3      /c',
  ]);
});

t.test('the longest cell is in the last row', async (t) => {
  const rows = [...Array.from({ length: 300 }, () => ['a', '1', '/']), ['long'.repeat(20), '22', '/z']];
  t.equal(tableText(HEAD, rows), aligned([HEAD, ...rows]));
});
