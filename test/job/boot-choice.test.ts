/** Which boot files a job takes: those at known places, those that are named, and a donor's. */
import { readFile } from 'node:fs/promises';
import t from 'tap';
import type { InjectOptions } from '../../src/job/inject-options.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { hex } from '../kit/golden.js';
import { AT, LOADER_SIZE, LOW_BLOCKS, makeLoader } from '../plan/planning.js';
import { dryRun, EFI, fatImage, injectCopy, Place, plainLoader } from './place.js';

const [CATALOG] = LOW_BLOCKS;

t.test('known places', async (t) => {
  const place = new Place(t);
  const both = await place.disc('both.iso', { efi: true });
  const bios = { platform: 'x86', path: '/ISOLINUX/ISOLINUX.BIN', loadSize: 4 };
  const efi = { platform: 'efi', path: EFI.path, loadSize: EFI.sectors, size: EFI.size };
  t.match(await dryRun(both), { entries: [bios, efi], boots: { bios: true, uefi: true } });
  const without = await dryRun(both, { efi: false });
  t.match(without, { entries: [bios], boots: { bios: true, uefi: false } });
  t.equal(without.entries.length, 1);

  const only = await place.disc('efi.iso', { efi: true, bios: false });
  t.match(await dryRun(only), {
    entries: [efi],
    boots: { bios: false, uefi: true },
    bootFile: { path: EFI.path },
  });
  const nothing = { code: 'ISO_PLAN_NO_BOOT_FILE' };
  await t.rejects(dryRun(only, { efi: false }), nothing);
  await t.rejects(dryRun(await place.disc('none.iso', { bios: false })), nothing);
  await t.rejects(dryRun(await place.disc('empty.iso', { record: { length: 0 } })), nothing, 'an empty one');
  const folder = { record: { directory: true, length: 0 } };
  await t.rejects(dryRun(await place.disc('folder.iso', folder)), nothing, 'a folder of that name');
  const noFat = await place.disc('no-fat.iso', {
    records: [{ name: 'EFIBOOT.IMG;1', at: 50, length: 5000 }],
  });
  t.match(
    await dryRun(noFat),
    { boots: { bios: true, uefi: false } },
    'what is no FAT image is no EFI image',
  );
});

t.test('a symbolic link at a known place', async (t) => {
  const place = new Place(t);
  const link = { length: 0, systemUse: hex('534c 05 01 00') };
  const rootSystemUse = hex('5350 07 01 beef 00');
  const input = await place.disc('link.iso', { record: link, rootSystemUse, efi: true });
  t.match(await dryRun(input), { entries: [{ platform: 'efi' }] }, 'has no bytes to boot from');
  const named = dryRun(input, { bootPath: '/ISOLINUX/ISOLINUX.BIN' });
  await t.rejects(named, { code: 'ISO_BOOT_FILE', found: 0 });
});

t.test('a file that is named', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso', { efi: true });
  const named = await dryRun(input, { bootPath: 'isolinux/EFIboot.img' });
  t.match(named, { entries: [{ platform: 'x86', path: EFI.path }] }, 'in any case');
  t.equal(named.entries.length, 1, 'and not once more');
  const efi = await dryRun(input, { bootPath: EFI.path, platformId: 0xef });
  t.match(efi, { entries: [{ platform: 'efi', loadSize: EFI.sectors }], boots: { bios: false, uefi: true } });
  await t.rejects(dryRun(input, { bootPath: '/NONE' }), { code: 'ISO_TREE_NOT_FOUND', wanted: '/NONE' });
  await t.rejects(dryRun(input, { bootPath: '/ISOLINUX' }), { code: 'ISO_TREE_NOT_A_FILE' });
  const noFat = await dryRun(input, { bootPath: '/ISOLINUX/ISOLINUX.BIN', platformId: 0xef });
  t.equal(noFat.boots.uefi, false, 'UEFI boots from FAT images only');
});

t.test('a local file', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso', { efi: true });
  const bootFile = await place.put('loader.bin', makeLoader(9000));
  const report = await injectCopy(input, place.at('out.iso'), { bootFile });
  t.match(report, { entries: [{ path: 'loader.bin', size: 9000 }, { platform: 'efi' }] });
  const bytes = await readFile(place.at('out.iso'));
  const start = report.bootFile.lba * BLOCK_SIZE;
  t.same(new Uint8Array(bytes.subarray(start + 64, start + 9000)), makeLoader(9000).subarray(64));
  const before = await place.snapshot();
  const brought = async (name: string): Promise<unknown> =>
    injectCopy(input, place.at('x.iso'), { bootFile: place.at(name) });
  await place.put('empty.bin', new Uint8Array(0));
  await t.rejects(brought('none.bin'), { code: 'ISO_SOURCE_NOT_FOUND' });
  await t.rejects(brought('empty.bin'), { code: 'ISO_SOURCE_EMPTY' });
  await t.rejects(brought('.'), { code: 'ISO_SOURCE_NOT_A_FILE' });
  t.strictSame(Object.keys(await place.snapshot()), [...Object.keys(before), 'empty.bin'].sort());
});

t.test('a donor', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso', { bios: false });
  const donor = await place.bootableDisc('donor.iso', { efi: true, id: 'DONOR', loadSegment: 0x1000 });
  const digest = await place.digest('donor.iso');
  const planned = async (options: Partial<InjectOptions>) => dryRun(input, { donor, ...options });
  const bios = { platform: 'x86', size: LOADER_SIZE, loadSize: 4, loadSegment: 0x1000 };
  const efi = { platform: 'efi', size: EFI.size, loadSize: EFI.sectors, loadSegment: 0 };

  const report = await injectCopy(input, place.at('out.iso'), { donor });
  t.match(report, { entries: [bios, efi], boots: { bios: true, uefi: true } });
  const result = await readFile(place.at('out.iso'));
  t.same(result.toString('latin1', CATALOG * BLOCK_SIZE + 4, CATALOG * BLOCK_SIZE + 9), 'DONOR');
  const at = (index: number): number => (report.entries[index]?.lba ?? 0) * BLOCK_SIZE;
  t.same(new Uint8Array(result.subarray(at(1), at(1) + EFI.size)), fatImage());
  t.same(new Uint8Array(result.subarray(at(0) + 64, at(0) + LOADER_SIZE)), makeLoader().subarray(64));
  t.equal(result.readUInt32LE(at(0) + 12), report.entries[0]?.lba, 'its table is not believed');
  t.equal(await place.digest('donor.iso'), digest);

  t.match(await planned({ donorEntry: 1 }), { entries: [bios], boots: { uefi: false } });
  const second = await planned({ donorEntry: 2 });
  t.match(second, { entries: [efi], boots: { bios: false, uefi: true } });
  t.equal(second.entries.length, 1);
  const told = await planned({ donorEntry: 1, loadSize: 8, loadSegment: 7, bootInfoTable: 'no', id: 'X' });
  t.match(told, {
    entries: [{ loadSize: 8, loadSegment: 7 }],
    bootFile: { bootInfoTable: { written: false } },
  });
  const ours = await planned({ loadSize: 4 });
  t.equal(ours.entries[1]?.loadSize, EFI.sectors, 'a load size is for the BIOS');
});

t.test('donors that cannot give', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso');
  const plain = await place.disc('plain.iso');
  const donor = await place.bootableDisc('donor.iso', { efi: true });
  const given = (options: Partial<InjectOptions>) => dryRun(input, options);
  await t.rejects(given({ donor: plain }), { code: 'ISO_BOOT_NONE' });
  await t.rejects(given({ donor: input }), { code: 'ISO_BOOT_NONE' }, 'the image itself');
  await t.rejects(given({ donor, donorEntry: 3 }), { code: 'ISO_BOOT_NO_ENTRY', wanted: 3 });
  await t.rejects(given({ donor: place.at('none.iso') }), { code: 'ISO_SOURCE_NOT_FOUND' });
  await t.rejects(given({ donor: await place.put('x', makeLoader()) }), { code: 'ISO_VOLUME_NOT_ISO9660' });

  const bytes = await readFile(donor);
  const silent = Buffer.from(bytes);
  silent.writeUInt8(0, CATALOG * BLOCK_SIZE + 32);
  silent.writeUInt8(0, CATALOG * BLOCK_SIZE + 96);
  const silentDonor = await place.put('silent.iso', silent);
  await t.rejects(given({ donor: silentDonor }), { code: 'ISO_BOOT_NO_ENTRY' }, 'none is bootable');
  t.match(
    await given({ donor: silentDonor, donorEntry: 1 }),
    { entries: [{ platform: 'x86' }] },
    'but by number',
  );
  const broken = Buffer.from(bytes);
  broken.writeUInt8(0, CATALOG * BLOCK_SIZE);
  await t.rejects(given({ donor: await place.put('broken.iso', broken) }), { code: 'ISO_BOOT_NONE' });
  const far = Buffer.from(bytes);
  far.writeUInt32LE(5000, CATALOG * BLOCK_SIZE + 40);
  const farDonor = await place.put('far.iso', far);
  const wanted = { code: 'ISO_BOOT_FILE', offset: CATALOG * BLOCK_SIZE + 32 };
  await t.rejects(given({ donor: farDonor }), wanted);
  const cut = bytes.subarray(0, AT.loader * BLOCK_SIZE + 3000);
  const cutDonor = await place.put('cut.iso', cut);
  const outcome = await given({ donor: cutDonor, donorEntry: 1 }).then(
    () => 'half a loader',
    () => 'refused',
  );
  t.equal(outcome, 'refused', 'a donor that ends inside its loader');
});

t.test('a donor whose boot image has no certain size', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso', { bios: false });
  const bootFile = await place.put('plain.bin', plainLoader(5000));
  const donor = await place.bootableDisc('donor.iso', { bios: false, bootFile });
  const report = await dryRun(input, { donor });
  t.equal(report.bootFile.size, 3 * BLOCK_SIZE, 'whole blocks');
  t.ok(report.warnings.length > 0, 'is told');
});
