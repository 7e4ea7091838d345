import Table from 'cli-table3';

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
    .map((name) => [name, '']),
);

/** Rows that are laid out together: of thousands, each would take longer than the one before. */
const ROWS_AT_ONCE = 50;

/** A table with aligned columns under a head. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widest = head.map((_, column) =>
    all.reduce((longest, row) => longerOf(longest, row[column] ?? ''), ''),
  );
  const texts: string[] = [];
  for (let start = 0; start < all.length; start += ROWS_AT_ONCE) {
    // A row of the longest cells makes the columns of each part as wide as those of all others.
    const [, ...lines] = linesOf([widest, ...all.slice(start, start + ROWS_AT_ONCE)]);
    texts.push(lines.join('\n'));
  }
  return texts.join('\n');
}

function longerOf(one: string, other: string): string {
  return other.length > one.length ? other : one;
}

function linesOf(rows: readonly (readonly string[])[]): string[] {
  const table = new Table({
    chars: { ...NO_LINES, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
