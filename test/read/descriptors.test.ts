/** Descriptors, boot catalogs and partition tables that lie. */
import t, { type Test } from 'tap';
import { encodeValidationEntry, sectionHeader } from '../../src/layout/el-torito.js';
import { bothByteOrders } from '../../src/layout/field.js';
import type { Boot } from '../../src/read/boot.js';
import type { Finding } from '../../src/read/finding.js';
import { readImage, type Image } from '../../src/read/image.js';
import { LIMITS } from '../../src/read/limits.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { ascii, hex } from '../kit/golden.js';
import { bootEntry, dots, ImageBuilder, joined, plainImage, record, ROOT } from '../kit/image-builder.js';
import { outcomeOf, problemsOf } from '../kit/model-check.js';

const BLOCK = 2048;

async function model(image: ImageBuilder, length = image.bytes.length): Promise<Image> {
  const outcome = await outcomeOf(new MemorySource(image.bytes.subarray(0, length)));
  if ('code' in outcome) {
    throw new Error(`refused: ${outcome.code}`);
  }
  return outcome.image;
}

async function refused(t: Test, image: ImageBuilder, code: string, name: string): Promise<void> {
  t.same(await outcomeOf(new MemorySource(image.bytes)), { code }, name);
}

function brief(findings: readonly Finding[]): unknown[] {
  return findings.map(({ code, severity, offset }) => [code, severity, offset]);
}

t.test('depth', async (t) => {
  const nested = (depth: number): ImageBuilder => {
    const image = new ImageBuilder(ROOT + depth + 1).primary().terminator(17);
    for (let level = 0; level <= depth; level += 1) {
      const at = ROOT + level;
      const below = record({ name: 'D', at: at + 1, length: BLOCK, directory: true });
      image.directory(at, [...dots(at, Math.max(ROOT, at - 1)), ...(level < depth ? [below] : [])]);
    }
    return image;
  };
  t.equal((await model(nested(LIMITS.depth))).trees[0]?.directories.length, LIMITS.depth + 1);
  await refused(t, nested(LIMITS.depth + 1), 'ISO_TREE_LIMIT', 'one level more');
});

t.test('block sizes', async (t) => {
  for (const size of [0, 1, 3, 511, 512, 2047, 4096, 65_535]) {
    const image = plainImage().primary({ logicalBlockSize: bothByteOrders(size) });
    const { logicalBlockSize } = await model(image);
    t.equal(logicalBlockSize, size === 0 ? BLOCK : size);
  }
});

t.test('descriptors', async (t) => {
  await refused(t, new ImageBuilder(40), 'ISO_VOLUME_NOT_ISO9660', 'nothing');
  await refused(t, new ImageBuilder(40).terminator(16), 'ISO_VOLUME_NOT_ISO9660', 'only an end');
  await refused(t, new ImageBuilder(40).put(16, ascii('\0BEA01\x01')), 'ISO_VOLUME_UDF_ONLY', 'only UDF');
  await refused(t, new ImageBuilder(40).primary(), 'ISO_VOLUME_NO_TERMINATOR', 'no end');
  await refused(t, new ImageBuilder(17).primary(), 'ISO_VOLUME_NO_TERMINATOR', 'the image ends instead');
  const many = (count: number): ImageBuilder => {
    const image = new ImageBuilder(200).primary({}, { at: 150 }).directory(150, dots(150, 150));
    for (let i = 1; i < count; i += 1) {
      image.put(16 + i, ascii('\x09CD001\x01'));
    }
    return image.terminator(16 + count);
  };
  t.equal(
    (await model(many(LIMITS.volumeDescriptors - 1))).descriptorSet.descriptors.length,
    LIMITS.volumeDescriptors,
  );
  await refused(t, many(LIMITS.volumeDescriptors), 'ISO_VOLUME_NO_TERMINATOR', 'one too many');
  const kinds = new ImageBuilder(40)
    .primary()
    .directory(ROOT, dots(ROOT, ROOT))
    .put(17, ascii('\0CD001\x01OTHER'))
    .put(18, ascii('\x03CD001\x01'))
    .terminator(19);
  const { descriptorSet } = await model(kinds);
  t.same(
    descriptorSet.descriptors.map(({ kind }) => kind),
    ['primary', 'boot-record', 'partition', 'terminator'],
  );
  t.equal(descriptorSet.bootRecord, undefined, "another system's boot record is not El Torito's");
});

const CATALOG = 19;
const CATALOG_OFFSET = CATALOG * BLOCK;

/** A bootable image of 40 blocks whose boot file is at block 30; the catalog is left to the test. */
function bootable(catalog = CATALOG): ImageBuilder {
  const file = record({ name: 'BOOT.;1', at: 30, length: 4096 });
  return new ImageBuilder(40)
    .primary()
    .bootRecord(catalog)
    .terminator(18)
    .directory(ROOT, [...dots(ROOT, ROOT), file])
    .put(30, new Uint8Array(4096).fill(0x90));
}

async function bootOf(
  image: ImageBuilder,
  length?: number,
): Promise<{ boot: Boot; findings: readonly Finding[] }> {
  const { boot, findings } = await model(image, length);
  if (boot === undefined) {
    throw new Error('the image has no boot record');
  }
  return { boot, findings };
}

const BROKEN = ['ISO_BOOT_BROKEN', 'error'];
const ODD = ['ISO_BOOT_CATALOG', 'warning'];

t.test('boot records that point at no catalog', async (t) => {
  for (const [block, name] of [
    [0, 'the system area'],
    [16, 'a descriptor'],
    [30, 'a file'],
    [40, 'the end of the image'],
    [0xffffffff, 'far behind it'],
  ] as const) {
    const { boot, findings } = await bootOf(bootable(block));
    t.same(brief(findings), [[...BROKEN, block * BLOCK]], name);
    t.same([boot.catalog, boot.entries, boot.catalogLba], [undefined, [], block]);
  }
  const last = bootable(39).catalog(39, { at: 30 });
  t.equal((await bootOf(last)).boot.entries.length, 1, 'the last block is a place like any other');
  const cut = await bootOf(last, 39 * BLOCK + 64);
  t.same(brief(cut.findings.filter(({ code }) => code === 'ISO_BOOT_BROKEN')), [[...BROKEN, 39 * BLOCK]]);
});

t.test('validation entries', async (t) => {
  for (const [at, name] of [
    [0, 'header'],
    [30, 'first key byte'],
    [31, 'second key byte'],
  ] as const) {
    const image = bootable().catalog(CATALOG, { at: 30 }).put(CATALOG, hex('7f'), at);
    const { boot, findings } = await bootOf(image);
    t.same([boot.catalog, brief(findings)], [undefined, [[...BROKEN, CATALOG_OFFSET]]], name);
  }
  const sum = bootable().catalog(CATALOG, { at: 30 }).put(CATALOG, hex('01'), 28);
  const { boot, findings } = await bootOf(sum);
  t.same(brief(findings), [[...ODD, CATALOG_OFFSET]], 'a wrong sum is only told');
  t.equal(boot.entries.length, 1);
});

function header(indicator: number, count: number, platformId = 0xef): Uint8Array {
  return sectionHeader.encode({
    headerIndicator: indicator,
    platformId,
    numberOfSectionEntries: count,
    idString: 'SECTION',
  });
}

const ENTRY = bootEntry({ at: 30 });
const IDLE = bootEntry({ at: 30, indicator: 0 });
const NOTHING = bootEntry({ at: 0, indicator: 0 });

function withExtension(bits: number): Uint8Array {
  return hex(`44 ${bits.toString(16).padStart(2, '0')} ${'5a'.repeat(30)}`);
}

const CATALOGS: readonly {
  readonly name: string;
  readonly parts: readonly Uint8Array[];
  /** Platform of each entry, the initial one first. */
  readonly platforms: readonly number[];
  readonly odd?: readonly number[];
}[] = [
  { name: 'an initial entry only', parts: [], platforms: [0] },
  { name: 'one section', parts: [header(0x91, 1), ENTRY], platforms: [0, 0xef] },
  {
    name: 'two sections',
    parts: [header(0x90, 2, 1), ENTRY, IDLE, header(0x91, 1, 2), ENTRY],
    platforms: [0, 1, 1, 2],
  },
  { name: 'an empty section', parts: [header(0x90, 0), header(0x91, 1), ENTRY], platforms: [0, 0xef] },
  { name: 'nothing behind the last section', parts: [header(0x91, 1), ENTRY, ENTRY], platforms: [0, 0xef] },
  { name: 'entries without a header', parts: [ENTRY, ENTRY], platforms: [0, 0, 0], odd: [64, 96] },
  { name: 'a place left free', parts: [header(0x91, 2), NOTHING, ENTRY], platforms: [0, 0xef] },
  {
    name: 'extensions',
    parts: [
      header(0x91, 2),
      bootEntry({ at: 30, media: 0x20 }),
      withExtension(0x20),
      withExtension(0),
      bootEntry({ at: 30, media: 0x20 }),
    ],
    platforms: [0, 0xef, 0xef],
  },
  { name: 'a section that promises too much', parts: [header(0x91, 0xffff), ENTRY], platforms: [0, 0xef] },
  { name: 'no section', parts: [hex('92'), ENTRY], platforms: [0] },
];

t.test('entries and sections', async (t) => {
  for (const { name, parts, platforms, odd = [] } of CATALOGS) {
    const { boot, findings } = await bootOf(bootable(33).catalog(33, { at: 30 }, ...parts));
    t.same(
      boot.entries.map(({ platformId }) => platformId),
      platforms,
      name,
    );
    t.same(
      boot.entries.map(({ index }) => index),
      platforms.map((_, i) => i + 1),
    );
    const told = findings.filter(({ offset }) => offset !== 40 * BLOCK);
    t.same(
      brief(told),
      odd.map((at) => [...ODD, 33 * BLOCK + at]),
    );
  }
  const none = await bootOf(bootable().put(CATALOG, encodeValidationEntry({ platformId: 0, idString: '' })));
  t.same(none.boot.entries, [], 'an initial entry that boots nothing');
});

t.test('catalogs of several blocks', async (t) => {
  const entries = Array.from({ length: 130 }, () => ENTRY);
  const long = bootable(33).catalog(33, { at: 30 }, header(0x91, 130), ...entries);
  const { boot, findings } = await bootOf(long);
  t.equal(boot.entries.length, 131);
  t.equal(boot.catalog?.blocks, 3);
  t.same(findings, []);
  const atBorder = bootable(33).catalog(
    33,
    { at: 30 },
    header(0x90, 61),
    ...entries.slice(0, 61),
    header(0x91, 1),
    ENTRY,
  );
  t.equal((await bootOf(atBorder)).boot.entries.length, 63, 'a header in the next block');
  const cut = await bootOf(bootable(39).catalog(39, { at: 30 }, header(0x91, 70), ...entries.slice(0, 61)));
  t.equal(cut.boot.entries.length, 62);
  t.same(brief(cut.findings), [[...ODD, 40 * BLOCK]], 'one that goes on beyond the end');
  const endless = new ImageBuilder(200)
    .primary()
    .bootRecord(100)
    .terminator(18)
    .directory(ROOT, dots(ROOT, ROOT));
  endless.catalog(100, { at: 30 }, header(0x91, 0xffff), ...Array.from({ length: 5000 }, () => IDLE));
  t.equal((await bootOf(endless)).boot.catalog?.blocks, LIMITS.catalogBlocks, 'one without an end');
});

t.test('boot images that lie elsewhere', async (t) => {
  for (const at of [40, 41, 0xffffffff]) {
    const { boot, findings } = await bootOf(bootable().catalog(CATALOG, { at }));
    t.same(brief(findings), [['ISO_SOURCE_TRUNCATED', 'error', CATALOG_OFFSET + 32]], `at ${at}`);
    t.match(boot.entries, [{ size: 0, sizeCertain: false, file: undefined }]);
  }
  for (const at of [0, 16, 17, 19, 20, 39]) {
    for (const media of [0, 1, 2, 3, 4, 5, 0xf]) {
      const image = bootable().catalog(CATALOG, { at, media, sectors: 0xffff });
      t.ok((await bootOf(image)).boot.entries.length, `at ${at}, media type ${media}`);
    }
  }
});

t.test('partition tables that lie', async (t) => {
  const gpt = (fields: string, entry = ''): ImageBuilder =>
    plainImage()
      .put(0, hex('55aa'), 510)
      .put(0, joined(ascii('EFI PART'), hex(fields)), 512)
      .put(0, hex(entry), 1024);
  const head = '00000100 5c000000 00000000 00000000';
  const huge = 'ffffffffffffffff';
  const zero = '0000000000000000';
  const one = '0100000000000000';
  const guid = '11'.repeat(32);
  const lies = [
    gpt(`${head} ${one} ${zero} ${zero} ${zero} ${zero} ${zero} 0200000000000000 80000000 80000000`),
    gpt(`${head} ${huge} ${huge} ${huge} ${huge} ${huge} ${huge} ${huge} ffffffff ffffffff`),
    gpt(
      `${head} ${one} ${one} ${one} ${one} ${zero} ${zero} 0200000000000000 01000000 00000000`,
      `${guid} ${one} ${huge}`,
    ),
    gpt(
      `${head} ${one} ${huge} ${one} ${one} ${zero} ${zero} 0200000000000000 01000000 80000000`,
      `${guid} ${huge} ${huge}`,
    ),
    plainImage().put(
      0,
      joined(...Array.from({ length: 4 }, () => hex('80 ffffff 17 ffffff 01000000 ffffffff')), hex('55aa')),
      446,
    ),
    plainImage().put(0, hex(`504d 0000 ffffffff ffffffff ffffffff`), 512),
    plainImage().put(0, hex(`504d 0000 00000002 00000020 ffffffff`), 2048),
    plainImage().put(0, ascii('BD'), 1024),
  ];
  for (const [i, image] of lies.entries()) {
    const problems = problemsOf(await readImage(new MemorySource(image.bytes)));
    t.same(problems, [], `the model of table ${i + 1} is sound`);
  }
});
