/** Entries that are held as text give what was put in. */
import t from 'tap';
import { HeldEntries } from '../../src/job/extract-entries.js';
import type { ExtractedEntryReport } from '../../src/job/extract-report.js';

t.test('any number of entries, whatever their names', async (t) => {
  for (const count of [0, 1, 99, 100, 101, 250]) {
    const entries: ExtractedEntryReport[] = Array.from({ length: count }, (_, i) => {
      const path = `/\ud800"\\\u0001\u00e9${i}`;
      return { path, type: 'file', size: i, output: i % 2 === 0 ? null : `out${path}` };
    });
    const held = new HeldEntries();
    entries.forEach((entry) => held.add(entry));
    t.strictSame([...held], entries);
  }
});
