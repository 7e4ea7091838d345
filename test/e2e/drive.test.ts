/** A burned disc in a drive, from the system's own devices: run-out and all. */
import { readFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import type { CompareReport } from '../../src/job/compare.js';
import { digestFile } from '../../src/sink/digest.js';
import { bootableWorkplace, cli, refuses, reportOf } from '../cli/machine.js';
import { sha256 } from '../kit/digest.js';
import { withLoopDevice } from '../kit/loop-device.js';

const BLOCK = 2048;

/** Too far from the end for a run-out. */
const FIRST_BAD = 60;

t.test('a burned disc', async (t) => {
  const { image, at } = await bootableWorkplace(t);
  const bytes = await readFile(image);
  const burned = at('burned.iso');
  await writeFile(burned, Buffer.concat([bytes, Buffer.alloc(2 * BLOCK)]));
  await withLoopDevice(t, burned, async (device, cutOff) => {
    const padded = await cli(['compare', device, '--against', image, '--json']);
    t.match(reportOf(t, padded), { result: 'equal', trailingBytes: { input: 2 * BLOCK } });
    // From here on the system fails to read the last two blocks, and whatever is read together with them.
    await cutOff(bytes.length);
  });
  await writeFile(burned, Buffer.concat([bytes, Buffer.alloc(2 * BLOCK)]));
  await withLoopDevice(t, burned, async (device, cutOff) => {
    await cutOff(bytes.length);
    const inspected = reportOf(t, await cli(['inspect', device, '--json']));
    t.equal(inspected['size'], bytes.length, 'the run-out is left out');
    t.match(inspected['findings'], [{ code: 'ISO_SOURCE_IO', severity: 'note' }], 'and said');
    t.equal((await cli(['compare', device, '--against', image])).code, 0);
    t.equal((await digestFile(device, ['sha256'])).sha256, sha256(bytes), 'read in a thread of its own');

    await cli(['extract-boot', device, '-o', at('disc.bif'), '-q']);
    await cli(['extract-boot', image, '-o', at('image.bif'), '-q']);
    t.strictSame(await readFile(at('disc.bif')), await readFile(at('image.bif')));

    const vendor = at('original.iso');
    for (const [donor, output] of [
      [device, 'from-disc.iso'],
      [image, 'from-image.iso'],
    ] as const) {
      t.equal((await cli(['inject', vendor, '--donor', donor, '-o', at(output), '-q'])).code, 0);
    }
    t.strictSame(await readFile(at('from-disc.iso')), await readFile(at('from-image.iso')));

    for (const [input, output] of [
      [device, 'disc-out.iso'],
      [image, 'image-out.iso'],
    ] as const) {
      const argv = ['inject', input, '--replace', '--media-check', 'add', '-o', at(output), '-q'];
      t.equal((await cli(argv)).code, 0, 'copied and digested');
    }
    t.strictSame(await readFile(at('disc-out.iso')), await readFile(at('image-out.iso')));
  });
});

t.test('a disc that is damaged', async (t) => {
  const { image, at } = await bootableWorkplace(t);
  const bytes = await readFile(image);
  await writeFile(at('burned.iso'), bytes);
  await withLoopDevice(t, at('burned.iso'), async (device, cutOff) => {
    await cutOff(FIRST_BAD * BLOCK);
    const compared = await cli(['compare', device, '--against', image, '--json']);
    t.equal(compared.code, 1);
    const { result, firstDifference, unreadable } = reportOf(t, compared) as unknown as CompareReport;
    t.equal(result, 'different');
    // The system may lose good blocks with the bad ones that it reads together with them.
    t.ok((firstDifference?.lba ?? 0) > 0 && (firstDifference?.lba ?? FIRST_BAD + 1) <= FIRST_BAD);
    t.ok(unreadable.blocks >= bytes.length / BLOCK - FIRST_BAD);
    await refuses(t, ['inject', device, '--replace', '-o', at('out.iso')], 'ISO_SOURCE_IO', 5);
  });
});
