/** Images by other writers: the same files, sizes and blocks as isoinfo and bsdtar list. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { list, type Names } from '../../src/job/list.js';
import { readImage, type Image } from '../../src/read/image.js';
import { FileSource } from '../../src/source/file-source.js';
import { corpusImages } from '../kit/corpus.js';
import { withBlockSize512 } from '../kit/damage.js';
import { bsdtarListing, byPath, isoinfoListing, type Listed } from '../kit/listings.js';
import { makeOddTree, type OddTreeOptions } from '../kit/odd-tree.js';
import { needTools, runOk, type ToolName } from '../kit/tools.js';
import { BSDTAR, GENISOIMAGE_PLAIN, GENISOIMAGE_UDF, PYCDLIB, XORRISO } from '../kit/vendor-images.js';

/** The names of the trees that isoinfo knows. */
type IsoNames = Exclude<Names, 'udf'>;

/** A writer, and what its images are like. */
interface Case extends OddTreeOptions {
  readonly name: string;
  readonly tools: readonly ToolName[];
  readonly make: (tree: string, image: string) => Promise<void>;
  readonly trees: readonly IsoNames[];
  /** Whether directories that lie too deep are moved, which isoinfo shows where they were moved to. */
  readonly moves?: boolean;
}

function genisoimage(...options: readonly string[]): (tree: string, image: string) => Promise<void> {
  return async (tree, image) => {
    await runOk('genisoimage', ['-quiet', '-V', 'ODD', ...options, '-o', image, tree]);
  };
}

const ALL: readonly IsoNames[] = ['rock-ridge', 'joliet', 'iso'];

const CASES: readonly Case[] = [
  { ...GENISOIMAGE_PLAIN, trees: ['iso'], deep: false },
  {
    name: 'genisoimage -R -J, moved directories',
    tools: ['genisoimage'],
    make: genisoimage('-R', '-J', '-joliet-long'),
    trees: ALL,
    deep: true,
    moves: true,
  },
  {
    name: 'genisoimage -R -iso-level 4',
    tools: ['genisoimage'],
    make: genisoimage('-R', '-iso-level', '4'),
    trees: ['rock-ridge'],
    deep: true,
  },
  { ...GENISOIMAGE_UDF, make: genisoimage('-udf', '-R', '-J'), trees: ['rock-ridge', 'iso'], deep: false },
  { ...XORRISO, trees: ALL, deep: true },
  { ...BSDTAR, trees: ALL, deep: true, moves: true },
  { ...PYCDLIB, trees: ALL, deep: false, longNames: false },
];

const ISOINFO_FLAGS = { iso: [], joliet: ['-J'], 'rock-ridge': ['-R'] } as const;

/** The trees that isoinfo lists as they are meant: it leaves moved directories where they were moved to. */
function comparable({ trees, moves }: Case): IsoNames[] {
  return trees.filter((names) => names !== 'rock-ridge' || moves !== true);
}

async function ours(image: string, names: IsoNames): Promise<Listed[]> {
  const { entries } = await list({ input: image, recursive: true, names });
  return byPath(entries.map(({ path, type, size, lba }) => ({ path, type, size, lba })));
}

/** isoinfo shows version numbers, and no dot behind a name without extension is told from one with it. */
function withoutVersions(listed: readonly Listed[]): Listed[] {
  return byPath(listed.map((each) => ({ ...each, path: each.path.replace(/\.?;\d+$/, '') })));
}

/** The lines of one listing that the other does not have, and the other way round. */
function differences(ours: readonly Omit<Listed, 'lba'>[], theirs: readonly Omit<Listed, 'lba'>[]): string[] {
  const [a, b] = [ours, theirs].map((listed) => listed.map((each) => JSON.stringify(each))) as [
    string[],
    string[],
  ];
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `ours: ${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `theirs: ${line}`),
  ];
}

t.test('the same listing as isoinfo', async (t) => {
  for (const each of CASES) {
    await t.test(each.name, async (t) => {
      if (!needTools(t, 'isoinfo', 'bsdtar', ...each.tools)) {
        return;
      }
      const image = await imageOf(t, each);
      for (const names of comparable(each)) {
        const wanted = (await isoinfoListing(image, ISOINFO_FLAGS[names])) ?? [];
        t.ok(wanted.length > 40, `isoinfo lists the ${names} tree`);
        t.same(differences(await ours(image, names), withoutVersions(wanted)), [], names);
      }
      await claimsWhatIsListed(t, image, comparable(each));
    });
  }
});

async function imageOf(t: Test, each: Case): Promise<string> {
  const folder = t.testdir({});
  const tree = join(folder, 'tree');
  await makeOddTree(tree, each);
  const image = join(folder, 'image.iso');
  await each.make(tree, image);
  return image;
}

/** Nothing that isoinfo lists lies in blocks that we would call free. */
async function claimsWhatIsListed(t: Test, path: string, trees: readonly IsoNames[]): Promise<void> {
  const image = await modelOf(path);
  const free: string[] = [];
  for (const names of trees) {
    for (const { path: listed, lba, size, type } of (await isoinfoListing(path, ISOINFO_FLAGS[names])) ??
      []) {
      const blocks = type === 'directory' ? 1 : Math.ceil(size / 2048);
      for (let block = lba; block < lba + blocks; block += 1) {
        if (image.map.isUnreferenced(block, block + 1)) {
          free.push(`${listed}: ${block}`);
        }
      }
    }
  }
  t.same(free, [], 'every block of every file and directory is claimed');
  t.same(
    image.findings.filter(({ severity }) => severity === 'error'),
    [],
    'and nothing is wrong with the image',
  );
}

async function modelOf(path: string): Promise<Image> {
  const source = await FileSource.open(path);
  try {
    return await readImage(source);
  } finally {
    await source.close();
  }
}

t.test('the same listing as bsdtar', async (t) => {
  for (const each of CASES.filter(({ trees }) => trees.includes('rock-ridge'))) {
    await t.test(each.name, async (t) => {
      if (!needTools(t, 'bsdtar', ...each.tools)) {
        return;
      }
      const image = await imageOf(t, each);
      const listed = (await ours(image, 'rock-ridge'))
        .filter(({ path }) => path !== '/rr_moved')
        .map(({ path, type, size }) => ({ path, type, size }));
      t.same(differences(listed, await bsdtarListing(image)), []);
    });
  }
});

t.test('the trees, their names and directories of their own', async (t) => {
  const each = CASES[1];
  if (each === undefined || !needTools(t, ...each.tools)) {
    return;
  }
  const image = await modelOf(await imageOf(t, each));
  t.same(
    image.trees.map(({ kind, hasRockRidge }) => ({ kind, hasRockRidge })),
    [
      { kind: 'primary', hasRockRidge: true },
      { kind: 'joliet', hasRockRidge: false },
    ],
  );
  const directories = image.trees[0]?.directories ?? [];
  t.equal(new Set(directories.map(({ extents }) => extents[0]?.lba)).size, directories.length, 'each once');
  const links = directories
    .flatMap(({ children = [] }) => children)
    .filter((node) => {
      return node.oddities.childLink !== undefined;
    });
  t.same(
    links.map(({ oddities, bestName }) => [
      bestName,
      directories.find(({ extents }) => extents[0]?.lba === oddities.childLink)?.oddities.relocated,
    ]),
    [['h', true]],
    'a link leads to a directory that says it was moved',
  );
  t.ok((image.trees[0]?.continuationAreas.size ?? 0) > 0, 'long names go on in continuation areas');
});

t.test('the bytes of a Primary Volume Descriptor by genisoimage', async (t) => {
  if (!needTools(t, 'genisoimage', 'isoinfo')) {
    return;
  }
  const folder = t.testdir({ tree: { 'file.txt': 'x' } });
  const path = join(folder, 'image.iso');
  const options = ['-quiet', '-V', 'VOLUME', '-A', 'APP', '-publisher', 'PUB', '-p', 'PREP', '-sysid', 'SYS'];
  await runOk('genisoimage', [...options, '-o', path, join(folder, 'tree')]);
  const bytes = await readFile(path);
  const { descriptorSet, volumeIdentifier, volumeSize, size } = await modelOf(path);
  const { fields } = descriptorSet.primary;
  const said = (await runOk('isoinfo', ['-d', '-i', path])).toString();
  const line = (label: string): string => new RegExp(`^${label}: (.*)$`, 'm').exec(said)?.[1]?.trim() ?? '';
  t.equal(volumeIdentifier, line('Volume id'));
  t.equal(fields.systemIdentifier.trim(), line('System id'));
  t.equal(fields.publisherIdentifier.trim(), line('Publisher id'));
  t.equal(fields.dataPreparerIdentifier.trim(), line('Data preparer id'));
  t.equal(fields.applicationIdentifier.trim(), line('Application id'));
  t.equal(fields.logicalBlockSize.littleEndian, Number(line('Logical block size is')));
  t.equal(fields.volumeSpaceSize.littleEndian, Number(line('Volume size is')));
  t.equal(fields.volumeSpaceSize.bigEndian, bytes.readUInt32BE(32_768 + 84));
  t.equal(fields.locationOfTypeLPathTable, bytes.readUInt32LE(32_768 + 140));
  t.equal(fields.locationOfTypeMPathTable, bytes.readUInt32BE(32_768 + 148));
  t.equal(fields.pathTableSize.bigEndian, bytes.readUInt32BE(32_768 + 136));
  t.equal(volumeSize, size);
});

t.test('blocks of 512 bytes', async (t) => {
  if (!needTools(t, 'genisoimage', 'isoinfo')) {
    return;
  }
  const folder = t.testdir({});
  await makeOddTree(join(folder, 'tree'), { deep: false });
  const whole = join(folder, 'image.iso');
  await GENISOIMAGE_PLAIN.make(join(folder, 'tree'), whole);
  const small = join(folder, 'small.iso');
  await withBlockSize512(whole, small);
  const wanted = (await ours(whole, 'iso')).map((each) => ({ ...each, lba: each.lba * 4 }));
  t.same(differences(await ours(small, 'iso'), wanted), [], 'the same files');
  const { logicalBlockSize, findings, volumeSize, size } = await modelOf(small);
  t.same([logicalBlockSize, volumeSize], [512, size]);
  t.equal(findings.length, 0, 'nothing is wrong with it');
});

t.test('the same files as bsdtar in the corpus', async (t) => {
  const images = await corpusImages(t);
  if (images.length === 0 || !needTools(t, 'bsdtar')) {
    return;
  }
  for (const { name, path } of images.filter(({ name }) => /multi_extent|deep-directory/.test(name))) {
    const wanted = (await bsdtarListing(path).catch(() => [])).filter(({ type }) => type === 'file');
    const models = await Promise.all(ALL.map((names) => ours(path, names).catch(() => [])));
    const seen = models.map((listed) => listed.filter(({ type }) => type === 'file').map(({ size }) => size));
    const sizes = wanted.map(({ size }) => size);
    t.ok(
      seen.some((each) => sorted(each) === sorted(sizes)),
      `${name}: ${sizes.length} files`,
      { seen, sizes },
    );
  }
});

function sorted(sizes: readonly number[]): string {
  return [...sizes].sort((a, b) => a - b).join(' ');
}
