/** The document on the undo file says what is so. */
import t from 'tap';
import { undoHeader, undoRecord } from '../../src/layout/undo-file.js';
import { readText } from './source-files.js';

const UNDO_DOCUMENT = 'docs/undo-file.md';

t.test('the layout of the undo file', async (t) => {
  const document = await readText(UNDO_DOCUMENT);
  const rowsOf = (section: string): string[][] => {
    const part = document.split(/^### /m).find((each) => each.startsWith(`${section}\n`)) ?? '';
    return [...part.matchAll(/^\| (\d+) +\| (\d+) +\| `(\w+)`/gm)].map((match) => match.slice(1));
  };
  const header = (
    [
      'magic',
      'version',
      'recordCount',
      'recordsLength',
      'oldSize',
      'newSize',
      'identity',
      'extends',
      'digest',
      'state',
    ] as const
  ).map((field) => ({ field, range: undoHeader.rangeOf(field) }));
  const owner = (['reserved', 'pid', 'startedAt', 'host', 'padding'] as const).map((field) => ({
    field,
    range: undoHeader.rangeOf(field),
  }));
  const record = (['offset', 'oldLength', 'newLength', 'newDigest'] as const).map((field) => ({
    field,
    range: undoRecord.rangeOf(field),
  }));
  const rows = (
    fields: readonly { field: string; range: { offset: number; length: number } }[],
  ): string[][] => fields.map(({ field, range }) => [String(range.offset), String(range.length), field]);
  t.strictSame(rowsOf('Header'), rows([...header, ...owner]));
  t.strictSame(rowsOf('Record'), rows(record));
  t.equal(undoHeader.span, 512);
  t.equal(undoRecord.span, 48);
});
