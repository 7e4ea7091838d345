/** Trees that lie: findings with offsets, or coded errors, and the rest of the image is still read. */
import t, { type Test } from 'tap';
import type { Finding } from '../../src/read/finding.js';
import type { Image } from '../../src/read/image.js';
import { LIMITS } from '../../src/read/limits.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { dots, ImageBuilder, plainImage, record, ROOT } from '../kit/image-builder.js';
import { outcomeOf } from '../kit/model-check.js';

const BLOCK = 2048;

async function model(image: ImageBuilder): Promise<Image> {
  const outcome = await outcomeOf(new MemorySource(image.bytes));
  if ('code' in outcome) {
    throw new Error(`refused: ${outcome.code}`);
  }
  return outcome.image;
}

/** The paths of all files and directories of the first tree, by its own names. */
function paths({ trees }: Image): string[] {
  return (trees[0]?.directories ?? [])
    .flatMap(({ children = [] }) => children.map(({ path }) => path))
    .sort();
}

function brief(findings: readonly Finding[]): unknown[] {
  return findings.map(({ code, offset }) => [code, offset]);
}

async function refused(t: Test, image: ImageBuilder, code: string, name: string): Promise<void> {
  t.same(await outcomeOf(new MemorySource(image.bytes)), { code }, name);
}

/** An image whose root holds these records behind its own two. */
function withRecords(...records: readonly Uint8Array[]): ImageBuilder {
  return new ImageBuilder(40)
    .primary()
    .terminator(17)
    .directory(ROOT, [...dots(ROOT, ROOT), ...records]);
}

const FIRST = ROOT * BLOCK + 68;

t.test('an image that is right', async (t) => {
  const image = await model(plainImage());
  t.same(image.findings, []);
  t.same(paths(image), ['/FILE.TXT', '/FOLDER', '/FOLDER/DEEP.BIN']);
  t.equal(image.volumeIdentifier, 'BUILT');
});

t.test('directories in a circle', async (t) => {
  const folder = (name: string, at: number): Uint8Array =>
    record({ name, at, length: BLOCK, directory: true });
  const toRoot = await model(withRecords(folder('UP', ROOT)));
  t.same(brief(toRoot.findings), [['ISO_TREE_LOOP', FIRST]], 'one that is the root');
  t.same(paths(toRoot), ['/UP']);
  const self = await model(withRecords(folder('A', 22)).directory(22, [...dots(22, ROOT), folder('A', 22)]));
  t.same(brief(self.findings), [['ISO_TREE_LOOP', 22 * BLOCK + 68]], 'one that is its own parent');
  t.same(paths(self), ['/A', '/A/A']);
  const mutual = withRecords(folder('A', 22))
    .directory(22, [...dots(22, ROOT), folder('B', 23)])
    .directory(23, [...dots(23, 22), folder('A', 22)]);
  t.same(
    brief((await model(mutual)).findings),
    [['ISO_TREE_LOOP', 23 * BLOCK + 68]],
    'two, each in the other',
  );
  const twins = await model(withRecords(folder('A', 22), folder('B', 22)).directory(22, dots(22, ROOT)));
  t.same(brief(twins.findings), [['ISO_TREE_LOOP', FIRST + 34]], 'two names for one');
});

t.test('records that lie about their lengths', async (t) => {
  const file = record({ name: 'FILE', at: 21, length: 5 });
  const lies: [string, number, number][] = [
    ['beyond the block', 0, 255],
    ['shorter than its head', 0, 33],
    ['one byte', 0, 1],
    ['no name', 32, 0],
    ['a name beyond the record', 32, 6],
  ];
  for (const [name, at, value] of lies) {
    const liar = record({ name: 'LIAR', at: 21, length: 5 });
    const padding = 2048 - 68 - liar.length;
    liar[at] = value;
    // In the last place of the block, the record's length alone decides whether it is inside.
    const filler = record({ name: 'F'.repeat(191), at: 21, length: 5 });
    const fillers = Array.from({ length: Math.floor(padding / filler.length) }, () => filler);
    const image = withRecords(...fillers, liar).primary({}, { length: 2 * BLOCK });
    image.put(ROOT + 1, file);
    const { findings, trees } = await model(image);
    const offset = FIRST + fillers.length * filler.length;
    t.same(brief(findings), [['ISO_TREE_RECORD', offset]], name);
    t.equal(trees[0]?.root.children?.at(-1)?.path, '/FILE', `${name}: the next block is still read`);
  }
});

t.test('halves that differ', async (t) => {
  const lying = record({ name: 'FILE', at: 21, length: 5 });
  lying[6] = 1;
  const { findings, trees } = await model(withRecords(lying));
  t.same(brief(findings), [['ISO_VOLUME_BYTE_ORDER', FIRST]]);
  t.equal(trees[0]?.root.children?.[0]?.extents[0]?.lba, 21, 'the little-endian half rules');
  const space = await model(
    plainImage().primary({
      volumeSpaceSize: { littleEndian: 30, bigEndian: 31 },
      pathTableSize: { littleEndian: 1, bigEndian: 2 },
      logicalBlockSize: { littleEndian: 2048, bigEndian: 0 },
    }),
  );
  const base = 16 * BLOCK;
  t.same(
    brief(space.findings),
    [base + 80, base + 128, base + 132].map((offset) => ['ISO_VOLUME_BYTE_ORDER', offset]),
  );
  t.equal(space.volumeSize, 30 * BLOCK);
});

t.test('several extents, gaps and records in front', async (t) => {
  const multi = (at: number, length: number, flags = 0x80): Uint8Array =>
    record({ name: 'BIG.;1', at, length, flags });
  const image = await model(
    withRecords(
      multi(24, 4096),
      multi(26, 2048),
      multi(30, 100, 0),
      record({ name: 'EAR', at: 27, length: 10, extendedAttributeBlocks: 2 }),
      record({ name: 'GAPS', at: 32, length: 4096, fileUnitSize: 1 }),
      multi(34, 1),
    ),
  );
  const [big, ear, gaps, open] = image.trees[0]?.root.children ?? [];
  const [, second, third] = big?.extents.map(({ recordOffset }) => recordOffset) ?? [];
  t.equal(second, (big?.recordOffset ?? 0) + 40, 'the record of each extent');
  t.equal(third, (big?.recordOffset ?? 0) + 80);
  const places = big?.extents.map(({ lba, length }) => ({ lba, length }));
  t.same(places, [
    { lba: 24, length: 4096 },
    { lba: 26, length: 2048 },
    { lba: 30, length: 100 },
  ]);
  t.equal(big?.size, 6244);
  const behind = { lba: 29, length: 10, locationOfExtent: 27 };
  t.same(ear?.extents, [behind], 'data start behind the extended attribute record');
  t.equal(gaps?.oddities.interleaved, true);
  t.equal(open?.size, 1, 'a last extent that promises another');
  t.notOk(image.map.isUnreferenced(27, 29), 'the extended attribute record is claimed');
  t.notOk([24, 25, 26, 30, 32, 33].some((block) => image.map.isUnreferenced(block, block + 1)));
});

t.test('roots that lie', async (t) => {
  for (const root of [
    { at: 29 },
    { at: 30 },
    { at: 0xffffffff },
    { length: 0 },
    { length: 100_000 },
    { at: 16 },
  ]) {
    const { trees } = await model(plainImage().primary({}, root));
    t.equal(trees.length, 1, JSON.stringify(root));
  }
  const over = await model(plainImage().primary({}, { length: 11 * BLOCK }));
  t.match(over.findings[0], { code: 'ISO_SOURCE_TRUNCATED', severity: 'error', offset: ROOT * BLOCK });
  const huge = plainImage().primary({}, { length: LIMITS.directoryBytes + 1 });
  await refused(t, huge, 'ISO_TREE_LIMIT', 'a directory larger than any');
  const file = await model(withRecords(record({ name: 'FILE', at: 39, length: 2049 })));
  t.match(file.findings, [
    { code: 'ISO_SOURCE_TRUNCATED', severity: 'error', offset: FIRST, found: 40 * BLOCK },
  ]);
  t.same((await model(withRecords(record({ name: 'FILE', at: 39, length: 2048 })))).findings, []);
  t.same((await model(withRecords(record({ name: 'NONE', at: 0xffffffff, length: 0 })))).findings, []);
});
