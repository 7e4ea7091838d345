/** Images that ask for far more work than they have bytes: a model or a coded error all the same, and soon. */
import t from 'tap';
import { sectionHeader } from '../../src/layout/el-torito.js';
import { readImage } from '../../src/read/image.js';
import { LIMITS } from '../../src/read/limits.js';
import { bootEntry, dots, ImageBuilder, ROOT } from '../kit/image-builder.js';
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
