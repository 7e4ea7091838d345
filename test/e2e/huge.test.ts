/** Images of 5 GiB, 64 GiB and the most that a volume can have: no number wraps, and reading takes no longer. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { BOOT_INFO_TABLE_OFFSET, bootInfoTable } from '../../src/layout/boot-info-table.js';
import { readImage } from '../../src/read/image.js';
import { FileSource } from '../../src/source/file-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { filesOf, LOADER_PATH } from '../fixtures/tree.js';
import type { SparseVolume } from '../fixtures/writer.js';
import {
  checkAsWritten,
  EIGHT_TIB,
  FIVE_GIB,
  HUGE_LOADER,
  hugeTree,
  LARGE_FILE,
  LARGE_LENGTH,
  makeHugeImage,
  OTHER_LOADER,
  OTHER_LOADER_PATH,
  rangesOf,
  readRanges,
  SIXTY_FOUR_GIB,
} from '../kit/huge-image.js';
import { errorCodeOf, isoboot, isobootOk, objectAt, objectsAt } from '../kit/isoboot.js';
import { byPath } from '../kit/listings.js';
import { canMeasurePeaks, checkPeaks } from '../kit/peak-memory.js';
import { needTools, runOk, type ToolName } from '../kit/tools.js';

const LOADERS = [
  { path: LOADER_PATH, bytes: HUGE_LOADER },
  { path: OTHER_LOADER_PATH, bytes: OTHER_LOADER },
] as const;

/** Programs that take a file out of an image, and those of them whose own numbers reach to 8 TiB. */
const EXTRACTORS: readonly { tool: ToolName; args: (image: string, path: string) => string[] }[] = [
  { tool: '7z', args: (image, path) => ['x', '-so', image, path.slice(1)] },
  { tool: 'isoinfo', args: (image, path) => ['-R', '-x', path, '-i', image] },
  { tool: 'bsdtar', args: (image, path) => ['-x', '-O', '-f', image, path.slice(1)] },
];
const FAR_READING: readonly ToolName[] = ['7z'];

/** Bytes that a file system may hold for a copy beyond the image's: its blocks may be larger. */
const MORE_HELD = 2 ** 20;

for (const spec of [FIVE_GIB, SIXTY_FOUR_GIB, EIGHT_TIB]) {
  t.test(spec.name, async (t) => {
    const path = join(t.testdir(), 'huge.iso');
    const volume = await makeHugeImage(t, path, spec);
    if (volume === undefined) {
      return;
    }
    await t.test('its descriptors and trees', (t) => checkTrees(t, path, volume));
    await t.test('its files', (t) => checkFiles(t, path));
    await t.test('others read it', (t) => checkOthers(t, path, spec === EIGHT_TIB));
    for (const loader of LOADERS) {
      await t.test(`${loader.path} is booted, in place`, (t) => checkInPlace(t, path, volume, loader));
    }
    await t.test('a media check that is not there', async (t) => {
      const result = await isoboot(['media-check', path, '--json'], { timeout: 10_000 });
      t.strictSame([result.code, errorCodeOf(result)], [4, 'ISO_MEDIA_CHECK_NONE'], 'is told at once');
    });
    if (spec === FIVE_GIB) {
      await t.test('a copy', (t) => checkCopy(t, path, volume));
    }
  });
}

async function checkTrees(t: Test, path: string, volume: SparseVolume): Promise<void> {
  const report = (await isobootOk(['inspect', path, '--json'])).json();
  t.match(report, { size: volume.blocks * BLOCK_SIZE, volume: { blocks: volume.blocks }, boot: null });
  t.strictSame([report['files'], report['directories'], report['findings']], [5, 4, []]);
  const files = [...filesOf(hugeTree())].map(([name, { length }]) => ({
    path: name,
    size: name === LARGE_FILE ? LARGE_LENGTH : length,
    lba: volume.resolve(`file ${name}`),
  }));
  for (const names of ['rock-ridge', 'joliet']) {
    const listed = (await isobootOk(['ls', '-R', path, '--names', names, '--json'])).json();
    const found = objectsAt(listed, 'entries').filter(({ type }) => type === 'file');
    const places = found.map(({ path: name, size, lba }) => ({ path: String(name), size, lba }));
    t.strictSame(byPath(places), byPath(files), `${names}: every file has its size and block`);
  }
  const source = await FileSource.open(path);
  const { trees } = await readImage(source);
  await source.close();
  for (const { kind, directories } of trees) {
    const wanted = ['/', '/boot', '/boot/deep', '/isolinux'].map((at) =>
      volume.resolve(`${kind} directory ${at}`),
    );
    const found = directories.map(({ extents }) => extents[0]?.lba ?? 0);
    t.strictSame(found.sort(), wanted.sort(), `${kind}: every directory has its block`);
  }
}

async function checkFiles(t: Test, path: string): Promise<void> {
  const folder = t.testdir();
  await isobootOk(['extract', path, '/isolinux', '/boot', '/readme.txt', '-o', folder]);
  for (const { path: name, bytes } of LOADERS) {
    t.ok((await readFile(join(folder, name))).equals(bytes), name);
  }
  const saved = join(folder, 'saved.bin');
  await isobootOk(['extract-boot', path, '-o', saved]);
  t.ok((await readFile(saved)).equals(HUGE_LOADER), 'the loader that would be booted');
}

async function checkOthers(t: Test, path: string, isFar: boolean): Promise<void> {
  const able = EXTRACTORS.filter(({ tool }) => !isFar || FAR_READING.includes(tool));
  if (!needTools(t, ...able.map(({ tool }) => tool))) {
    return;
  }
  for (const { tool, args } of able) {
    for (const { path: name, bytes } of LOADERS) {
      t.ok((await runOk(tool, args(path, name))).equals(bytes), `${tool}: ${name}`);
    }
  }
}

async function checkInPlace(
  t: Test,
  path: string,
  volume: SparseVolume,
  { path: loader, bytes }: (typeof LOADERS)[number],
): Promise<void> {
  const saved = join(t.testdir(), 'boot.bin');
  const lba = volume.resolve(`file ${loader}`);
  const edit = ['inject', path, '--in-place', '--boot-path', loader, '--json'];
  const planned = rangesOf((await isobootOk([...edit, '--dry-run'])).json());
  await checkAsWritten(t, path, volume, [], planned);

  const report = (await isobootOk(edit)).json();
  t.strictSame(rangesOf(report), planned, 'what was planned is written');
  t.match(report, { bootFile: { path: loader, lba, size: bytes.length }, grownBy: 0 });
  const table = lba * BLOCK_SIZE + BOOT_INFO_TABLE_OFFSET;
  t.ok(
    planned.some(({ offset }) => offset === table),
    'the boot info table at its byte',
  );
  await checkAsWritten(t, path, volume, planned);

  await isobootOk(['extract-boot', path, '-o', saved]);
  const booted = await readFile(saved);
  const { locationOfBootFile, bootFileLength } = bootInfoTable.decode(booted, BOOT_INFO_TABLE_OFFSET);
  t.strictSame([locationOfBootFile, bootFileLength], [lba, bytes.length], 'the boot info table');
  t.ok(booted.subarray(64).equals(bytes.subarray(64)), 'the loader itself');
  const inspected = objectAt((await isobootOk(['inspect', path, '--json'])).json(), 'boot');
  t.match(objectsAt(inspected, 'entries'), [{ path: loader, lba, bootInfoTable: 'valid' }]);
  if (needTools(t, 'dumpet')) {
    const said = (await runOk('dumpet', ['-i', path])).toString();
    t.equal(Number(/Load LBA: -?\d+ \((0x[0-9a-f]+)\)/.exec(said)?.[1]), lba, 'dumpet');
  }

  await isobootOk(['remove-boot', path, '--in-place']);
  t.match((await isobootOk(['inspect', path, '--json'])).json(), { boot: null });
  await isobootOk(['undo', path]);
  await checkAsWritten(t, path, volume, [], planned);
}

/** A copy is the image with the same changes, and its holes; it takes no more memory than another's. */
async function checkCopy(t: Test, path: string, volume: SparseVolume): Promise<void> {
  const copy = join(t.testdir(), 'copy.iso');
  const changes = rangesOf((await isobootOk(['inject', path, '-o', copy, '--dry-run', '--json'])).json());
  if (canMeasurePeaks(t)) {
    await checkPeaks(t, [['inject', path, '-o', copy, '-q']]);
  } else {
    await isobootOk(['inject', path, '-o', copy]);
  }
  await checkAsWritten(t, copy, volume, changes);
  const held = (await stat(path)).blocks * 512;
  t.ok((await stat(copy)).blocks * 512 <= held + MORE_HELD, 'what is a hole stays one');
  await isobootOk(['inject', path, '--in-place']);
  t.ok((await readRanges(path, changes)).equals(await readRanges(copy, changes)), 'as it is in place');
}
