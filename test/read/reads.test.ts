/** Which bytes are read, how often, and what becomes of reads that fail. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inspectSource } from '../../src/job/inspect.js';
import { readImage } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { ascii, hex } from '../kit/golden.js';
import { bootEntry, dots, ImageBuilder, joined, record, ROOT } from '../kit/image-builder.js';
import { makeOddTree } from '../kit/odd-tree.js';
import { ALLOWANCE, directoriesOf, promisedBytes } from '../kit/promised-reads.js';
import { AwkwardSource, FailingSource, WatchedSource } from '../kit/sources.js';
import { needTools, runOk, type ToolName } from '../kit/tools.js';
import { BSDTAR, GENISOIMAGE_UDF, makeBootable, XORRISO } from '../kit/vendor-images.js';
import { makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';

const BLOCK = 2048;

/** What does not hold yet, and why. */
interface Case {
  readonly name: string;
  readonly tools: readonly ToolName[];
  readonly make: (folder: string, image: string) => Promise<void>;
}

function ofOddTree(
  deep: boolean,
  make: (tree: string, image: string) => Promise<void>,
): (folder: string, image: string) => Promise<void> {
  return async (folder, image) => {
    await makeOddTree(join(folder, 'tree'), { deep });
    await make(join(folder, 'tree'), image);
  };
}

function genisoimage(...options: readonly string[]): (tree: string, image: string) => Promise<void> {
  return async (tree, image) => {
    await runOk('genisoimage', ['-quiet', ...options, '-o', image, tree]);
  };
}

const CASES: readonly Case[] = [
  {
    name: 'genisoimage, moved directories',
    tools: ['genisoimage'],
    make: ofOddTree(true, genisoimage('-R', '-J', '-joliet-long')),
  },
  { ...GENISOIMAGE_UDF, make: ofOddTree(false, genisoimage('-udf', '-R', '-J')) },
  { ...XORRISO, make: ofOddTree(true, XORRISO.make) },
  { ...BSDTAR, make: ofOddTree(true, BSDTAR.make) },
  {
    name: 'a bootable image',
    tools: [...TREE_TOOLS, 'genisoimage'],
    make: async (folder, image) => {
      await makeVendorTree(join(folder, 'tree'), { token: 'UNUSED' });
      await makeBootable(join(folder, 'tree'), image);
    },
  },
  {
    name: 'two descriptors of one tree',
    tools: ['genisoimage'],
    make: ofOddTree(true, genisoimage('-R', '-iso-level', '4')),
  },
];

t.test('every directory is read once, and little else', async (t) => {
  for (const each of CASES) {
    await t.test(each.name, async (t) => {
      if (!needTools(t, ...each.tools)) {
        return;
      }
      const folder = t.testdir({});
      const path = join(folder, 'image.iso');
      await each.make(folder, path);
      await readsLittle(t, new Uint8Array(await readFile(path)));
    });
  }
});

async function readsLittle(t: Test, bytes: Uint8Array, besides = 0): Promise<void> {
  const source = new WatchedSource(bytes);
  const image = await readImage(source);
  const directories = directoriesOf(image);
  const often = [...directories].filter(([offset, length]) => {
    return source.asked.filter((range) => range.offset === offset && range.length === length).length !== 1;
  }).length;
  t.equal(often, 0, 'each directory once');
  const allowed = promisedBytes(image) + besides;
  t.ok(source.total <= allowed, 'and no more bytes than promised', { total: source.total, allowed });
}

const MEGABYTE = 1 << 20;

/** A bootable image with a boot file of a megabyte at block 30, named or hidden. */
function bigBootFile(named: boolean): ImageBuilder {
  const file = record({ name: 'BOOT.;1', at: 30, length: MEGABYTE });
  const image = new ImageBuilder(30 + 512 + 600)
    .primary()
    .bootRecord(19)
    .terminator(18)
    .directory(ROOT, [...dots(ROOT, ROOT), ...(named ? [file] : [])])
    .catalog(19, { at: 30 });
  return image.put(30, new Uint8Array(MEGABYTE).fill(0x90));
}

t.test('a large boot file is read once', async (t) => {
  await t.test('in the tree', async (t) => readsLittle(t, bigBootFile(true).bytes));
  await t.test('hidden, with a table', async (t) => {
    const image = bigBootFile(false).put(
      30,
      hex(`10000000 1e000000 00001000 00000000 ${'00'.repeat(40)}`),
      8,
    );
    const words = BigInt(MEGABYTE / 4 - 16);
    new DataView(image.bytes.buffer).setUint32(
      30 * BLOCK + 20,
      Number((words * 0x90909090n) % 2n ** 32n),
      true,
    );
    const { boot } = await readImage(new MemorySource(image.bytes));
    t.equal(boot?.entries[0]?.sizeFrom, 'boot-info-table');
    await readsLittle(t, image.bytes);
  });
  await t.test('for two entries', async (t) => {
    const image = bigBootFile(true)
      .put(19, hex('91 ef 0100'), 64)
      .put(19, bootEntry({ at: 30 }), 96);
    await readsLittle(t, image.bytes);
  });
  await t.test('hidden, in front of padding', async (t) => {
    // Its end is looked for first, and a stretch of zeros behind it; only then is it known what to read.
    const { bytes } = bigBootFile(false);
    const { boot } = await readImage(new MemorySource(bytes));
    await readsLittle(t, bytes, boot?.entries[0]?.size);
  });
});

t.test('reads stay in proportion to the image', async (t) => {
  const blocks = 40;
  const nested = new ImageBuilder(ROOT + blocks).primary({}, { length: blocks * BLOCK }).terminator(17);
  for (let i = 0; i < blocks - 1; i += 1) {
    const rest = (blocks - i - 1) * BLOCK;
    const inside = record({ name: 'D', at: ROOT + i + 1, length: rest, directory: true });
    nested.directory(ROOT + i, [...(i === 0 ? dots(ROOT, ROOT) : []), inside]);
  }
  await staysInProportion(t, nested.bytes);
  const entries = Array.from({ length: 29 }, () => bootEntry({ at: 30 }));
  const many = bigBootFile(true).put(19, joined(hex(`91 ef 1d00 ${'00'.repeat(28)}`), ...entries), 64);
  await staysInProportion(t, many.bytes);
});

/** A model, or an error; but never more bytes than the image has, twice. */
async function staysInProportion(t: Test, bytes: Uint8Array): Promise<void> {
  const source = new WatchedSource(bytes);
  await readImage(source).catch(() => undefined);
  t.ok(source.total <= 2 * source.size + ALLOWANCE, `${source.total} bytes of ${source.size}`);
}

t.test('answers that come late, and from the middle of a buffer', async (t) => {
  const bytes = bigBootFile(true).bytes;
  const wanted = await inspectSource(new MemorySource(bytes, 'x'));
  t.same({ ...(await inspectSource(new AwkwardSource(bytes))), input: 'x' }, wanted);
});

/** Fails each read in turn. */
async function everyReadFails(t: Test, bytes: Uint8Array): Promise<void> {
  const watched = new WatchedSource(bytes);
  await readImage(watched);
  t.ok(watched.asked.length > 4, `${watched.asked.length} reads`);
  const codes = new Set<unknown>();
  for (let n = 0; n < watched.asked.length; n += 1) {
    const outcome: unknown = await readImage(new FailingSource(bytes, n)).catch((error: unknown) => error);
    codes.add(outcome instanceof Error && 'code' in outcome ? outcome.code : `read ${n} did not matter`);
  }
  t.same([...codes], ['ISO_SOURCE_IO'], 'whichever read fails, its error is the answer');
}

t.test('reads that fail', async (t) => {
  const hybrid = bigBootFile(false)
    .put(0, hex('55aa'), 510)
    .put(0, ascii('EFI PART'), 512)
    .put(0, hex('02'), 512 + 72)
    .put(0, hex('80000000 80000000'), 512 + 80);
  await everyReadFails(t, hybrid.bytes);
  for (const each of CASES) {
    await t.test(each.name, async (t) => {
      if (!needTools(t, ...each.tools)) {
        return;
      }
      const folder = t.testdir({});
      const path = join(folder, 'image.iso');
      await each.make(folder, path);
      await everyReadFails(t, new Uint8Array(await readFile(path)));
    });
  }
});
