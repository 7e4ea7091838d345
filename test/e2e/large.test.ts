import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { both32, bothByteOrders } from '../../src/layout/field.js';
import { volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { chooseBoot } from '../../src/job/boot-choice.js';
import { planWithReads } from '../../src/job/carry-out.js';
import { planInjection } from '../../src/plan/inject.js';
import { readImage, type Image } from '../../src/read/image.js';
import { FileSource } from '../../src/source/file-source.js';
import type { Source } from '../../src/source/source.js';
import { blocksFor } from '../../src/units.js';
import { canMeasurePeaks, checkPeaks } from '../kit/peak-memory.js';
import { DEBIAN_FILES, needTools, runOk } from '../kit/tools.js';

const FILES = 1000;
const BLOCKS = 2_100_000;
const OTHER_READS = 256 * 1024;

/** 4.3 GB, most of it a hole behind the files: what matters is that no road takes memory or reads by the size. */
async function makeLargeImage(folder: string): Promise<string> {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'isolinux'), { recursive: true });
  await mkdir(join(tree, 'packages'));
  await runOk('cp', [DEBIAN_FILES.isolinux, join(tree, 'isolinux')]);
  for (let i = 0; i < FILES; i += 1) {
    await writeFile(join(tree, 'packages', `package-of-some-name-${i}.rpm`), `package ${i}\n`);
  }
  const image = join(folder, 'large.iso');
  await runOk('genisoimage', ['-quiet', '-R', '-J', '-o', image, tree]);
  const size = new Uint8Array(both32().span);
  both32().encode(bothByteOrders(BLOCKS), size);
  const handle = await open(image, 'r+');
  for (const block of [16, 17]) {
    await handle.write(size, 0, size.length, block * 2048 + volumeDescriptor.offsetOf('volumeSpaceSize'));
  }
  await handle.truncate(BLOCKS * 2048);
  await handle.close();
  return image;
}

/** A source that counts what is asked of it. */
class CountingSource implements Source {
  bytes = 0;
  reads = 0;
  readonly name: string;
  readonly size: number;

  constructor(private readonly base: Source) {
    this.name = base.name;
    this.size = base.size;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    this.bytes += length;
    this.reads += 1;
    return this.base.read(offset, length);
  }

  close(): Promise<void> {
    return this.base.close();
  }
}

/** The bytes that a plan cannot do without: every descriptor, directory, continuation area and the loader, once. */
function neededBytes(image: Image, loader: number): number {
  const directories = image.trees.flatMap((tree) => tree.directories.map(({ size }) => size));
  const areas = image.trees.flatMap(({ continuationAreas }) =>
    [...continuationAreas].map(([start, end]) => (end - start) * 2048),
  );
  const tables = image.descriptorSet.trees.map(({ fields }) => fields.pathTableSize.littleEndian * 2);
  const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
  return image.descriptorSet.descriptors.length * 2048 + sum(directories) + sum(areas) + sum(tables) + loader;
}

t.test('a 4 GiB image with a thousand files', async (t: Test) => {
  if (!needTools(t, 'genisoimage', 'isolinux')) {
    return;
  }
  const folder = t.testdir({});
  const path = await makeLargeImage(folder);

  await t.test('is planned with few reads', async (t: Test) => {
    const source = new CountingSource(await FileSource.open(path));
    const image = await readImage(source);
    const chosen = await chooseBoot(image, source, {});
    const request = { ...chosen, reuseCatalog: true, mediaCheck: 'keep' as const };
    const plan = await planWithReads(source, (seen) => planInjection(image, request, seen));
    await source.close();
    const loader = plan.entries[0]?.request.file.size ?? 0;
    const needed = neededBytes(image, loader);
    t.comment(`${source.bytes} bytes in ${source.reads} reads; ${needed} are needed`);
    t.equal(loader, 38_912);
    t.ok(source.bytes <= needed + OTHER_READS, 'no more than was promised');
    t.ok(source.reads <= 40, 'not one by one');
    t.equal(blocksFor(plan.list.newSize), BLOCKS, 'it does not grow');
  });

  await t.test('takes little memory in each command', async (t: Test) => {
    if (!canMeasurePeaks(t)) {
      return;
    }
    await checkPeaks(t, [
      ['inspect', path],
      ['ls', '-R', path],
      ['extract', path, '/packages', '-o', join(folder, 'files'), '-q'],
      ['inject', path, '-o', '-', '-q'],
      ['inject', path, '--in-place', '-q'],
      ['extract-boot', path, '-o', join(folder, 'boot.bin'), '-q'],
      ['remove-boot', path, '--in-place', '-q'],
      ['undo', path, '-q'],
      ['batch', path, path, '--do', 'inspect', '--no-digest', '-q'],
    ]);
  });
});
