import type { Fate, RemoveBootReport } from '../job/remove-boot.js';
import { changeTable, resultLines } from './edit.js';
import { printable } from '../job/printable.js';
import { countText, grouped, labelled, warningLines } from './text.js';

/** The outcome of `remove-boot` for people. */
export async function removeBootText(report: RemoveBootReport): Promise<string> {
  const blocks = report.records.map(({ lba }) => String(lba)).join(', ');
  const text = labelled([
    ['Input', printable(report.input)],
    ['Boot record', `at block ${blocks}, taken out`],
    ...catalogLines(report),
    ...report.entries.map(({ index, size, lba, path, fate }): [string, string] => [
      `Boot image ${index}`,
      `${path === null ? 'hidden' : printable(path)}, ${grouped(size)} bytes at block ${lba}, ${fateText(fate)}`,
    ]),
    [report.dryRun ? 'Would change' : 'Changed', changeLine(report)],
    ...mediaCheckLines(report),
    ...warningLines(report.warnings),
    ...resultLines(report),
  ]);
  return report.dryRun ? `${text}\n\n${await changeTable(report.changes)}` : text;
}

function fateText(fate: Fate): string {
  return { blanked: 'blanked', 'cut-off': 'cut off', left: 'left as it is' }[fate];
}

function catalogLines({ catalog }: RemoveBootReport): [string, string][] {
  if (catalog === null) {
    return [['Catalog', 'none; the boot record pointed at something else']];
  }
  const what = catalog.path === null ? 'hidden' : printable(catalog.path);
  return [['Catalog', `${what}, at block ${catalog.lba}, ${fateText(catalog.fate)}`]];
}

function changeLine({ changes, bytesChanged, shrunkBy }: RemoveBootReport): string {
  const size = shrunkBy === 0 ? 'the size stays' : `shorter by ${grouped(shrunkBy)} bytes`;
  return `${grouped(bytesChanged)} bytes in ${countText(changes.length, 'place', 'places')}; ${size}; every file stays as it is`;
}

function mediaCheckLines({ mediaCheck: { before, after } }: RemoveBootReport): [string, string][] {
  if (before === null) {
    return [];
  }
  return [['Media check', after === null ? 'taken out, as it was wanted' : `kept true (new MD5 ${after})`]];
}
