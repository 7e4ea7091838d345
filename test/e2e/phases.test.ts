import { appendFile, mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inject } from '../../src/job/inject.js';
import type { InjectOptions } from '../../src/job/inject-options.js';
import { undo } from '../../src/job/undo.js';
import { fileDigest } from '../kit/digest.js';
import { fourListings } from '../kit/readers.js';
import { needTools, run, type ToolName } from '../kit/tools.js';
import {
  BSDTAR,
  GENISOIMAGE,
  GENISOIMAGE_PLAIN,
  GENISOIMAGE_UDF,
  PYCDLIB,
  type VendorWriter,
} from '../kit/vendor-images.js';
import { makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';

const LOADER = '/usr/lib/ISOLINUX/isolinux.bin';
const READERS: readonly ToolName[] = ['isoinfo', 'bsdtar'];

interface Case {
  readonly name: string;
  readonly writer: VendorWriter;
  readonly options: Partial<InjectOptions>;
  /** Something to do to the image first. */
  readonly prepare?: (image: string) => Promise<void>;
  /** Syncs that the edit makes besides those of its undo file. */
  readonly syncs: number;
}

const CASES: readonly Case[] = [
  { name: 'Rock Ridge and Joliet', writer: GENISOIMAGE, options: {}, syncs: 4 },
  { name: 'plain', writer: GENISOIMAGE_PLAIN, options: {}, syncs: 3 },
  { name: 'UDF bridge', writer: GENISOIMAGE_UDF, options: {}, syncs: 7 },
  { name: "libarchive's text", writer: BSDTAR, options: {}, syncs: 4 },
  { name: 'pycdlib', writer: PYCDLIB, options: {}, syncs: 4 },
  {
    name: 'growth: a loader behind trailing data',
    writer: PYCDLIB,
    options: { bootFile: LOADER },
    prepare: (image) => appendFile(image, Buffer.alloc(3000, 0x5a)),
    syncs: 5,
  },
  {
    name: 'growth: a loader behind a pad that is missing',
    writer: GENISOIMAGE,
    options: { bootFile: '/usr/lib/grub-rescue/grub-rescue-floppy.img' },
    prepare: async (image) => truncate(image, (await sizeOf(image)) - 20 * 2048),
    syncs: 5,
  },
];

async function sizeOf(path: string): Promise<number> {
  const { stdout } = await run('stat', ['-c', '%s', path]);
  return Number(stdout.toString());
}

for (const { name, writer, options, prepare, syncs } of CASES) {
  t.test(`every state between two syncs lists the same files: ${name}`, async (t: Test) => {
    if (!needTools(t, ...writer.tools, ...TREE_TOOLS, ...READERS, 'grub-rescue')) {
      return;
    }
    const made = t.testdir({ tree: {} });
    await makeVendorTree(join(made, 'tree'), { token: 'UNUSED' });
    await mkdir(join(made, 'images'));
    const image = join(made, 'images', 'vendor.iso');
    await writer.make(join(made, 'tree'), image);
    await prepare?.(image);
    const original = await fileDigest(image);
    const before = await fourListings(image);

    const seen: string[] = [];
    const report = await inject({
      input: image,
      target: { kind: 'in-place' },
      ...options,
      checkpoint: async (what) => {
        seen.push(what);
        t.strictSame(await fourListings(image), before, `after ${what}`);
      },
    });
    const own = seen.filter((what) => !what.startsWith('undo'));
    t.equal(own.length, syncs, `as many syncs as phases and descriptors: ${own.join(', ')}`);
    t.equal(own.at(-1), 'boot-record', 'the boot record comes last');
    t.strictSame(await fourListings(image), before, 'the same in the end');
    t.equal(await sizeOf(image), report.size);

    await undo({ input: image });
    t.equal(await fileDigest(image), original, 'undo gives the original back');
  });
}
