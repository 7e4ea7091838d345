/** Tables for people, in plain text. */

/** What one kind of proof came to. */
export interface Table {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly sum: readonly string[];
  /** One line for each thing that is not as promised. */
  readonly wrong: readonly string[];
}

const MOST_WRONG = 50;

/** The text of a table, with what is wrong behind it. */
export function formatTable({ title, heads, rows, sum, wrong }: Table): string {
  const all = [heads, ...rows, sum];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        /^[\d-]+$/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const shown = wrong.slice(0, MOST_WRONG);
  const more = wrong.length > shown.length ? [`... and ${wrong.length - shown.length} more`] : [];
  return [title, '', line(heads), rule, ...rows.map(line), rule, line(sum), ...shown, ...more, ''].join('\n');
}
