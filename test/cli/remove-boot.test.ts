/** What `isoboot remove-boot`, and `inject` with `--add` and `--replace`, say to people and to programs. */
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { sha256 } from '../kit/digest.js';
import { block, bootableWorkplace, cli, refuses, reportOf, workplace } from './machine.js';

t.test('a boot record is taken out, and the image takes a name of its own', async (t) => {
  const { image, at } = await bootableWorkplace(t);
  const { code, stdout, stderr } = await cli(['remove-boot', image]);
  t.equal(code, 0);
  t.equal(stderr, '');
  t.match(stdout, /^Boot record: +at block 17, taken out$/m);
  t.match(stdout, /^Boot image 1: \/isolinux\/isolinux\.bin, .*, left as it is$/m);
  t.match(stdout, /^Output: +.*recovery-noboot\.iso/m);
  const json = await cli(['remove-boot', image, '--json', '-o', at('x.iso')]);
  t.match(reportOf(t, json), { schema: 'isoboot.remove-boot/1', records: [{ lba: 17 }], warnings: [] });
  const stream = await cli(['remove-boot', image, '-o', '-']);
  t.equal(sha256(stream.stdoutBytes), sha256(await readFile(at('recovery-noboot.iso'))));
  await refuses(t, ['remove-boot', at('x.iso')], 'ISO_BOOT_NONE', 4);
  await refuses(t, ['remove-boot', image], 'ISO_OUTPUT_EXISTS', 4);
  await refuses(t, ['remove-boot', image, '--media-check', 'add'], 'ISO_USAGE_ARGUMENT', 2);
});

t.test('a dry run shows every change, an edit in place how to take it back', async (t) => {
  const { image } = await bootableWorkplace(t);
  const dry = await cli(['remove-boot', image, '--dry-run']);
  t.match(dry.stdout, /^Dry run: +nothing was written$/m);
  t.match(dry.stdout, new RegExp(`^${block(17)} +17 +2048 +descriptors`, 'm'));
  const { stdout } = await cli(['remove-boot', image, '--in-place']);
  t.match(stdout, /^Undo: +isoboot undo /m);
  t.equal((await cli(['undo', image])).code, 0);
});

t.test('a broken boot record is said so', async (t) => {
  const { image, at } = await bootableWorkplace(t);
  const bytes = await readFile(image);
  bytes.writeUInt32LE(0xffff, block(17) + 71);
  const broken = await workplace(t, (target) => {
    bytes.copy(target);
  });
  const { stdout } = await cli(['remove-boot', broken.image]);
  t.match(stdout, /^Catalog: +none/m);
  await refuses(t, ['inject', broken.image, '-o', at('y.iso')], 'ISO_BOOT_BROKEN', 4);
  const mended = await cli(['inject', broken.image, '--replace', '-o', at('y.iso'), '--json']);
  t.match(reportOf(t, mended), { boots: { bios: true }, alreadyDone: false });
});

t.test('entries to be added are named by platform and place', async (t) => {
  const { image, at } = await workplace(t);
  const bad = ['x', 'bios', 'bios:', 'bios:x', 'bios:@x', 'efi:', 'efi:@', 'mac:/x', 'efi:x', ''];
  for (const text of bad) {
    await refuses(t, ['inject', image, '--add', text], 'ISO_USAGE_ARGUMENT', 2);
  }
  await refuses(t, ['inject', image, '--add', 'efi:@a', '--add', 'efi:@b'], 'ISO_USAGE_CONFLICT', 2);
  await refuses(t, ['inject', image, '--add', 'bios:/x'], 'ISO_TREE_NOT_FOUND', 4);
  const twice = ['--add', 'bios:/isolinux/isolinux.bin', '--add', 'bios:/isolinux/isolinux.cfg'];
  const out = ['-o', at('first.iso'), '-o', at('last.iso'), '--json'];
  const report = reportOf(t, await cli(['inject', image, ...twice, ...out]));
  t.match(report, { output: at('last.iso') }, 'of other options the last one counts');
  t.equal((report['entries'] as unknown[]).length, 2, 'both were taken');
});
