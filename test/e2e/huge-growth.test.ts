/** Images that grow: to the last block that a volume can have, and to one more. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { both32, bothByteOrders } from '../../src/layout/field.js';
import { volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { loaderBytes } from '../fixtures/tree.js';
import type { SparseVolume } from '../fixtures/writer.js';
import {
  checkAsWritten,
  eightTib,
  HUGE_PAD,
  makeHugeImage,
  MOST_BLOCKS,
  rangesOf,
  readRanges,
} from '../kit/huge-image.js';
import { errorCodeOf, isoboot, isobootOk, objectAt, objectsAt } from '../kit/isoboot.js';
import { needTools, runOk } from '../kit/tools.js';

/** More than is put between others, so that it is appended. */
const BOOT_BLOCKS = 147;
const BOOT_FILE = loaderBytes(BOOT_BLOCKS * BLOCK_SIZE - 100);
const GROWTH = BOOT_BLOCKS + HUGE_PAD;

interface Place {
  readonly image: string;
  readonly bootFile: string;
  readonly volume: SparseVolume;
}

/** An image that lacks so many blocks to be as large as a volume can be, and a boot file for it. */
async function makePlace(t: Test, lack: number): Promise<Place | undefined> {
  const folder = t.testdir();
  const [image, bootFile] = [join(folder, 'huge.iso'), join(folder, 'boot.bin')];
  const volume = await makeHugeImage(t, image, eightTib(MOST_BLOCKS - lack));
  await writeFile(bootFile, BOOT_FILE);
  return volume && { image, bootFile, volume };
}

t.test('to the last block', async (t) => {
  const place = await makePlace(t, GROWTH);
  if (place === undefined) {
    return;
  }
  const { image, bootFile, volume } = place;
  const edit = ['inject', image, '--in-place', '--boot-file', bootFile, '--json'];
  const report = (await isobootOk(edit)).json();
  t.match(report, { size: MOST_BLOCKS * BLOCK_SIZE, grownBy: GROWTH * BLOCK_SIZE });
  t.match(report, { bootFile: { lba: volume.blocks, size: BOOT_FILE.length } });
  await checkGrown(t, place);
  const changes = rangesOf(report);
  await isobootOk(['undo', image]);
  await checkAsWritten(
    t,
    image,
    volume,
    [],
    changes.filter(({ offset }) => offset < volume.blocks * BLOCK_SIZE),
  );

  await isobootOk([...edit, '--no-undo']);
  const removed = (await isobootOk(['remove-boot', image, '--in-place', '--no-undo', '--json'])).json();
  t.match(removed, { shrunkBy: GROWTH * BLOCK_SIZE, entries: [{ fate: 'cut-off' }] });
  t.match((await isobootOk(['inspect', image, '--json'])).json(), {
    size: volume.blocks * BLOCK_SIZE,
    volume: { blocks: volume.blocks },
    boot: null,
    findings: [],
  });
  await checkAsWritten(t, image, volume, []);
});

async function checkGrown(t: Test, { image, bootFile, volume }: Place): Promise<void> {
  const field = volumeDescriptor.rangeOf('volumeSpaceSize');
  for (const lba of [16, 18]) {
    const at = { offset: lba * BLOCK_SIZE + field.offset, length: field.length };
    const size = both32().decode(await readRanges(image, [at]));
    t.strictSame(size, bothByteOrders(MOST_BLOCKS), `volume space size in the descriptor at block ${lba}`);
  }
  t.equal((await stat(image)).size, MOST_BLOCKS * BLOCK_SIZE);
  const inspected = (await isobootOk(['inspect', image, '--json'])).json();
  t.strictSame(inspected['findings'], []);
  t.match(objectsAt(objectAt(inspected, 'boot'), 'entries'), [
    { lba: volume.blocks, size: BOOT_FILE.length, sizeCertain: true, bootInfoTable: 'valid' },
  ]);
  const saved = join(dirname(bootFile), 'saved.bin');
  await isobootOk(['extract-boot', image, '-o', saved]);
  t.ok((await readFile(saved)).subarray(64).equals(BOOT_FILE.subarray(64)), 'the boot file comes out again');
  if (needTools(t, 'dumpet', '7z')) {
    const said = (await runOk('dumpet', ['-i', image])).toString();
    t.equal(Number(/Load LBA: -?\d+ \((0x[0-9a-f]+)\)/.exec(said)?.[1]), volume.blocks, 'dumpet');
    t.match(
      (await runOk('7z', ['l', image])).toString(),
      `Physical Size = ${MOST_BLOCKS * BLOCK_SIZE}`,
      '7z',
    );
  }
}

t.test('to one block more', async (t) => {
  const place = await makePlace(t, GROWTH - 1);
  if (place === undefined) {
    return;
  }
  const { image, bootFile, volume } = place;
  const folder = dirname(image);
  const names = await readdir(folder);
  for (const target of [['--in-place'], ['-o', join(folder, 'copy.iso')], ['-o', '-']]) {
    const result = await isoboot(['inject', image, '--boot-file', bootFile, '--json', ...target]);
    t.strictSame([result.code, errorCodeOf(result)], [4, 'ISO_PLAN_GROWTH'], target.join(' '));
  }
  await checkAsWritten(t, image, volume, []);
  t.strictSame(await readdir(folder), names, 'no file was made');
});
