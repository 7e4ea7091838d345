/** A guard that looks at no clock: how much the main commands read, write and allocate. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readImage } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { cli, SAMPLE } from '../cli/machine.js';
import { FIXTURES } from '../fixtures/index.js';
import { file, folder, isolinux, loaderBytes, root, text } from '../fixtures/tree.js';
import { writeVolume, type VolumeSpec } from '../fixtures/writer.js';
import { bridgeImage } from '../kit/udf-builder.js';
import { writeLargeImage } from '../kit/large-image.js';
import { workDone, type WorkDone } from '../kit/work-done.js';
import { COMMANDS, excessOf, figuresOf, type Command } from './work-commands.js';
import { FIGURES } from './work-figures.js';
import { asPipe, placeOf, type Place } from './work-place.js';

/** An image, and what is extracted of it. */
interface Specimen {
  readonly make: (path: string) => Promise<unknown>;
  readonly wanted?: string;
}

/** So many files in each of so many folders, with Rock Ridge and Joliet. */
function manyFiles(folders: number, files: number, more: Partial<VolumeSpec> = {}): Uint8Array {
  const entries = Array.from({ length: folders }, (_, i) => {
    const packages = Array.from({ length: files }, (_, j) =>
      file(`package-of-some-name-${i}-${j}.rpm`, text(`package ${i} ${j}\n`)),
    );
    return folder(`packages-${i}`, ...packages);
  });
  const top = root(isolinux(), ...entries);
  return writeVolume({ top, descriptors: ['primary', 'joliet', 'terminator'], rockRidge: true, ...more })
    .bytes;
}

/** Its root stands behind the terminator, as xorriso puts it: an injection moves it, and what refers to it. */
function libisofsOrder(): Uint8Array {
  const found = FIXTURES.find(({ name }) => name === 'root-one-block');
  if (found === undefined) {
    throw new Error('the fixture is gone');
  }
  return found.build();
}

async function makeSummed(path: string): Promise<void> {
  await writeLargeImage(path, 64 * 1024 * 1024);
  await cli(['media-check', path, '--implant', '--in-place', '--no-undo', '-q']);
}

const SPECIMENS: Readonly<Record<string, Specimen>> = {
  'the sample': { make: (path) => copyFile(SAMPLE, path) },
  'in the order of libisofs': { make: (path) => writeFile(path, libisofsOrder()) },
  '2000 files': { make: (path) => writeFile(path, manyFiles(40, 50)), wanted: '/packages-0' },
  '64 MiB with an MD5': { make: makeSummed },
};

async function countedRun(t: Test, { name, argv, images, stdin }: Command, place: Place): Promise<WorkDone> {
  const pipe = stdin === true ? { stdin: await asPipe(place.image) } : {};
  return workDone(images?.(place) ?? [place.image], async () => {
    const { code, stderr } = await cli(argv(place), { discards: true, ...pipe });
    t.equal(code, 0, `${name}: exit code`, { stderr });
  });
}

/** What is there to run on an image; of a large one, taking digests again and again only takes time. */
function commandsFor({ summed }: Place): readonly Command[] {
  const left = summed > 0 ? 'batch with a report' : 'media-check';
  return COMMANDS.filter(({ name }) => name !== left);
}

for (const [title, { make, wanted }] of Object.entries(SPECIMENS)) {
  t.test(title, async (t) => {
    const folder = t.testdir({});
    const image = join(folder, `${title}.iso`);
    await make(image);
    for (const name of ['in-place.iso', 'one.iso', 'two.iso']) {
      await copyFile(image, join(folder, name));
    }
    const place = await placeOf(image, folder, wanted);
    const found: Record<string, string> = {};
    for (const command of commandsFor(place)) {
      const done = await countedRun(t, command, place);
      found[command.name] = figuresOf(done);
      t.strictSame(excessOf(done, command.most(place, done)), [], `${command.name}: ${command.madeOf}`);
    }
    t.strictSame(found, FIGURES[title], 'to the byte');
  });
}

/** The commands that read directories and little else. */
const READING = COMMANDS.filter(({ name }) => ['inspect', 'ls -R', 'inject --dry-run'].includes(name));

async function readsOf(t: Test, name: string, bytes: Uint8Array): Promise<Record<string, number>> {
  const folder = t.testdir({});
  const image = join(folder, name);
  await writeFile(image, bytes);
  const place = await placeOf(image, folder);
  const reads: Record<string, number> = {};
  for (const command of READING) {
    const done = await countedRun(t, command, place);
    reads[command.name] = done.images.reads;
  }
  return reads;
}

const FOLDERS = 20;

t.test('four times the files in the same folders take the same reads', async (t) => {
  const few = await readsOf(t, 'few.iso', manyFiles(FOLDERS, 50));
  const many = await readsOf(t, 'many.iso', manyFiles(FOLDERS, 200));
  t.strictSame(many, few);
  t.strictSame(few, {
    // Two trees of 22 directories, and descriptors, system area and boot record.
    inspect: 2 * 22 + 3,
    // One tree, and the descriptors twice.
    'ls -R': 22 + 2,
    // Besides, both pointers of every directory together, and 15 places that the edit is about.
    'inject --dry-run': 2 * 22 + 3 + 2 * 22 + 15,
  });
});

t.test('the continuation areas of a directory, which lie together, are read at once', async (t) => {
  const continued = { alwaysContinued: true };
  const [few, many] = [manyFiles(FOLDERS, 50, continued), manyFiles(FOLDERS, 200, continued)];
  const [fewBlocks, manyBlocks] = [await continuedBlocks(few), await continuedBlocks(many)];
  const [fewReads, manyReads] = [await readsOf(t, 'few.iso', few), await readsOf(t, 'many.iso', many)];
  t.ok(manyBlocks > 3 * fewBlocks, `${fewBlocks} and ${manyBlocks} blocks for 1000 and 4000 files`);
  t.strictSame(manyReads, fewReads);
});

/** How many blocks are read at once, at most, where small structures lie together. */
const READ_AHEAD = 128;

t.test('UDF file entries, a block for each file, are read many at once', async (t) => {
  const few = await readsOf(t, 'few.iso', udfFiles(50));
  const many = await readsOf(t, 'many.iso', udfFiles(200));
  const more = Math.ceil((FOLDERS * (200 - 50)) / READ_AHEAD);
  for (const { name } of READING) {
    const [before = 0, after = Infinity] = [few[name], many[name]];
    t.ok(after - before <= more, `${name}: ${before} and ${after} reads`);
  }
});

/** A bridge disc with so many files in each of 20 folders, which only UDF names. */
function udfFiles(count: number): Uint8Array {
  const paths = Array.from({ length: FOLDERS * count }, (_, i) => `/F${i % FOLDERS}/N${i}.TXT`);
  const udfOnly = Object.fromEntries(paths.map((path) => [path, text(path)]));
  return bridgeImage({ files: { '/ISOLINUX/ISOLINUX.BIN': loaderBytes() }, udfOnly }).bytes;
}

async function continuedBlocks(bytes: Uint8Array): Promise<number> {
  const { trees } = await readImage(new MemorySource(bytes));
  const areas = trees.flatMap(({ continuationAreas }) => [...continuationAreas]);
  return areas.reduce((sum, [start, end]) => sum + end - start, 0);
}
