import stringWidth from 'string-width';

/** A table with aligned columns under a head. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const cellWidths = all.map((row) => row.map((cell) => stringWidth(cell)));
  const widths = head.map((_, column) =>
    cellWidths.reduce((most, row) => Math.max(most, row[column] ?? 0), 0),
  );
  return all
    .map((row, i) => {
      const cells = row.map((cell, column) => {
        const missing = (widths[column] ?? 0) - (cellWidths[i]?.[column] ?? 0);
        return cell + ' '.repeat(missing);
      });
      return cells.join('  ').trimEnd();
    })
    .join('\n');
}
