/** Entries that join those of a bootable disc, and new ones for broken ones: by others' readers, and in firmware. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inject } from '../../src/job/inject.js';
import { inspect } from '../../src/job/inspect.js';
import { dumpetEntries, REPORT_TOOLS } from '../kit/boot-reports.js';
import { isovfyClean, READER_TOOLS, readImage, sameFilesAsBefore } from '../kit/readers.js';
import { bootOvmf, bootSeabios, OVMF_TOOLS } from '../kit/qemu.js';
import { needTools, run } from '../kit/tools.js';
import { makeBootable } from '../kit/vendor-images.js';
import { EFI_TREE_TOOLS, makeVendorTree } from '../kit/vendor-tree.js';

const TOKEN = 'BIOSTOKEN';
const EFI_TOKEN = 'EFITOKEN';

/** A disc that boots on a BIOS only, and a FAT image beside it that UEFI boots. */
async function workplace(t: Test): Promise<{ folder: string; image: string; efi: string }> {
  const folder = t.testdir({ tree: {}, other: {} });
  await makeVendorTree(join(folder, 'tree'), { token: TOKEN });
  await makeVendorTree(join(folder, 'other'), { token: TOKEN, efiToken: EFI_TOKEN });
  const image = join(folder, 'disc.iso');
  await makeBootable(join(folder, 'tree'), image);
  return { folder, image, efi: join(folder, 'other', 'images', 'efiboot.img') };
}

async function xorrisoEntries(image: string): Promise<string[]> {
  const { stdout, stderr } = await run('xorriso', ['-indev', image, '-report_el_torito', 'plain']);
  const lines = `${stdout.toString()}${stderr}`.split('\n');
  return lines
    .filter((line) => line.startsWith('El Torito boot img'))
    .map((line) => line.replace(/ +/g, ' '));
}

t.test('a local FAT image joins a disc for the BIOS, and both boot', async (t) => {
  if (!needTools(t, 'genisoimage', ...EFI_TREE_TOOLS, ...READER_TOOLS, ...REPORT_TOOLS, ...OVMF_TOOLS)) {
    return;
  }
  const { folder, image, efi } = await workplace(t);
  const [old] = await dumpetEntries(image);
  const output = join(folder, 'both.iso');
  const target = { kind: 'copy', path: output, force: false } as const;
  const add = [{ platform: 'efi', from: { local: efi } }] as const;
  const report = await inject({ input: image, target, add });
  t.match(report, {
    boots: { bios: true, uefi: true },
    catalog: { placement: 'overwritten' },
    entries: [{ platform: 'x86' }, { platform: 'efi', path: 'efiboot.img' }],
  });
  const entries = await dumpetEntries(output);
  t.strictSame(entries[0], old, 'the old entry stays as it was');
  t.match(entries[1], { platform: 0xef, bootable: true, emulation: 0 });
  t.equal(entries.length, 2);
  t.equal((await xorrisoEntries(output)).length, 2, 'xorriso sees both');
  t.equal(await isovfyClean(output), true);
  const before = await readImage(image);
  const after = await readImage(output);
  t.strictSame(after.get('bsdtar')?.names, before.get('bsdtar')?.names);
  t.strictSame([...after.keys()], [...before.keys()]);
  t.equal((await bootSeabios(output, TOKEN)).matched, true, 'SeaBIOS boots it');
  t.equal((await bootOvmf(output, EFI_TOKEN)).matched, true, 'OVMF boots it');

  const again = { input: output, add, target: { ...target, path: join(folder, 'again.iso') } } as const;
  t.match(await inject({ ...again, ensure: true }), { alreadyDone: true, output: null });
  await t.rejects(inject(again), { code: 'ISO_PLAN_ALREADY_BOOTABLE' });
});

t.test('a disc whose boot record leads to nothing is mended', async (t) => {
  if (!needTools(t, 'genisoimage', ...EFI_TREE_TOOLS, ...READER_TOOLS, ...REPORT_TOOLS, ...OVMF_TOOLS)) {
    return;
  }
  const { image } = await workplace(t);
  const before = await readImage(image);
  const bytes = await readFile(image);
  bytes.writeUInt32LE(0xffff, 17 * 2048 + 71);
  await writeFile(image, bytes);
  const target = { kind: 'in-place', undo: false } as const;
  await t.rejects(inject({ input: image, target }), { code: 'ISO_BOOT_BROKEN' });
  await t.rejects(
    inject({ input: image, target, add: [{ platform: 'bios', from: { path: '/isolinux/isolinux.bin' } }] }),
    {
      code: 'ISO_BOOT_BROKEN',
    },
  );
  await inject({ input: image, target, replace: true });
  t.equal((await inspect(image)).boot?.sound, true);
  sameFilesAsBefore(t, before, await readImage(image));
  t.equal((await bootSeabios(image, TOKEN)).matched, true, 'it boots');
});
