/** An image of 50,000 files with Rock Ridge and Joliet, and many images: as many as no command may take more than 100 MB for. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { file, folder, isolinux, root, text } from '../fixtures/tree.js';
import { writeVolume, zeros } from '../fixtures/writer.js';
import { canMeasurePeaks, checkPeaks } from '../kit/peak-memory.js';

const FOLDERS = 50;
const FILES_A_FOLDER = 1000;

async function writeImage(path: string): Promise<void> {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const folders = numbers(FOLDERS).map((i) =>
    folder(
      `d${i}`,
      ...numbers(FILES_A_FOLDER).map((j) => file(`f${i * FILES_A_FOLDER + j}.txt`, text(`${j}`))),
    ),
  );
  const { bytes } = writeVolume({
    top: root(isolinux(), ...folders),
    descriptors: ['primary', 'joliet', 'terminator'],
    rockRidge: true,
    // Nothing has to move to make room.
    layout: [zeros(1)],
  });
  await writeFile(path, bytes);
}

t.test('50,000 files', async (t) => {
  if (!canMeasurePeaks(t)) {
    return;
  }
  const here = t.testdir();
  const image = join(here, 'many.iso');
  await writeImage(image);
  await checkPeaks(t, [
    ['inspect', image],
    ['ls', image, '-R'],
    ['ls', image, '-Rl'],
    ['ls', image, '-R', '--json'],
    ['extract', image, '/isolinux', '-o', join(here, 'files'), '-q'],
    ['extract', image, '/', '-o', join(here, 'all'), '--json'],
    ['inject', image, '-o', join(here, 'bootable.iso'), '-q'],
    ['remove-boot', join(here, 'bootable.iso'), '-o', join(here, 'not.iso'), '-q'],
    ['compare', image, '--against', image, '-q'],
    ['inject', image, '--in-place', '-q'],
    ['extract-boot', image, '-o', join(here, 'boot.bin'), '-q'],
    ['remove-boot', image, '--in-place', '-q'],
    ['undo', image, '-q'],
  ]);
});

t.test('1,000 images', async (t) => {
  if (!canMeasurePeaks(t)) {
    return;
  }
  const here = t.testdir({ shelf: {} });
  const { bytes } = writeVolume({ top: root(isolinux()), descriptors: ['primary', 'terminator'] });
  for (let i = 0; i < 1000; i += 1) {
    await writeFile(join(here, 'shelf', `${i}.iso`), bytes);
  }
  await checkPeaks(t, [
    ['batch', join(here, 'shelf'), '--do', 'inject', '--out-dir', join(here, 'out'), '--media-check', 'add'],
  ]);
});
