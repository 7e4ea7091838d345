/** Images that ask for far more work than they have bytes: a model or a coded error all the same, and soon. */
import t from 'tap';
import { sectionHeader } from '../../src/layout/el-torito.js';
import { readImage } from '../../src/read/image.js';
import { LIMITS } from '../../src/read/limits.js';
import { AllocationMap } from '../../src/read/allocation-map.js';
import { runAround } from '../../src/plan/move.js';
import { TakenNames } from '../../src/sink/extract-name.js';
import { outcomeOf } from '../kit/model-check.js';
import { bootEntry, dots, ImageBuilder, record, ROOT } from '../kit/image-builder.js';
import { WatchedSource } from '../kit/sources.js';

t.test('a catalog of hundreds of hidden boot images that lie over one another', async (t) => {
  const count = 500;
  const image = new ImageBuilder(4200).primary().bootRecord(30).terminator(18);
  image.directory(ROOT, dots(ROOT, ROOT));
  const header = sectionHeader.encode({
    headerIndicator: 0x91,
    platformId: 0,
    numberOfSectionEntries: count,
    idString: '',
  });
  const entries = Array.from({ length: count }, (_, i) => bootEntry({ at: 100 + (i % 2) }));
  image.catalog(30, { at: 100 }, header, ...entries);
  // Only the first byte of each stretch is in use, so that all of it is looked at.
  for (let block = 100; block < 4200; block += 32) {
    image.put(block, Uint8Array.of(1));
  }
  const source = new WatchedSource(image.bytes);
  const { boot, findings } = await readImage(source);
  t.equal(boot?.entries.length, count + 1, 'all entries are in the model');
  t.equal(boot?.entries.filter(({ file }) => file !== undefined).length, LIMITS.bootEntries);
  t.same(
    findings
      .map(({ code, offset, found }) => [code, offset, found])
      .filter(([code]) => code === 'ISO_BOOT_CATALOG'),
    [['ISO_BOOT_CATALOG', 30 * 2048, count + 1]],
  );
  t.ok(source.total < 4 * LIMITS.hiddenImageBytes, `${source.total} bytes were read`);
});

t.test('claims that each reach into the blocks of the next', (t) => {
  const map = new AllocationMap();
  for (let block = 20; block < 20_020; block += 1) {
    map.claim('file', block, 2);
  }
  const start = performance.now();
  const run = runAround(map, 10_000);
  t.match(run, { start: 20, end: 20_021 });
  t.ok(performance.now() - start < 1000, 'in one pass');
  t.end();
});

t.test('long names that are the same once a number is put behind them', (t) => {
  const names = new TakenNames('linux');
  const start = performance.now();
  const taken = new Set<string>();
  for (let i = 0; i < 2000; i += 1) {
    const name = `${'n'.repeat(251)}${String(i).padStart(4, '0')}`;
    taken.add(names.take(name)).add(names.take(name));
  }
  t.equal(taken.size, 4000);
  t.ok(performance.now() - start < 1500, 'without trying all numbers for each');
  t.end();
});

t.test('a deep tree of long names', async (t) => {
  const image = new ImageBuilder(200).primary().terminator(17);
  const name = 'D'.repeat(200);
  for (let at = ROOT; at < 130; at += 1) {
    const next = record({ name, at: at + 1, length: 2048, directory: true });
    image.directory(at, [...dots(at, Math.max(ROOT, at - 1)), next]);
  }
  t.same(await outcomeOf(new WatchedSource(image.bytes)), { code: 'ISO_TREE_LIMIT' });
});
