/** More entries for an image, as a job: which are chosen, which are there already, what the report says. */
import t from 'tap';
import { inspect } from '../../src/job/inspect.js';
import { makeLoader } from '../plan/planning.js';
import { EFI, fatImage, injectCopy, Place } from './place.js';

const BIOS = '/ISOLINUX/ISOLINUX.BIN';

t.test('an image without a boot record gets its loader and what is added', async (t) => {
  const place = new Place(t);
  const input = await place.disc('in.iso', { efi: true });
  const efi = await place.put('efi.img', fatImage());
  const add = [
    { platform: 'efi', from: { local: efi } },
    { platform: 'bios', from: { path: BIOS } },
    { platform: 'efi', from: { path: EFI.path } },
  ] as const;
  const report = await injectCopy(input, place.at('out.iso'), { add });
  t.match(
    report.entries.map(({ platform, path, loadSize }) => [platform, path, loadSize]),
    [
      ['x86', BIOS, 4],
      ['efi', 'efi.img', EFI.sectors],
      ['efi', EFI.path, EFI.sectors],
    ],
    'the loader once, though it was named twice',
  );
  const { boot } = await inspect(place.at('out.iso'));
  t.equal(boot?.entries.length, 3);
});

t.test('what is named has to be there, and to be what firmware boots', async (t) => {
  const place = new Place(t);
  const input = await place.bootableDisc('in.iso');
  const output = place.at('out.iso');
  const refused = async (
    platform: 'bios' | 'efi',
    from: { path: string } | { local: string },
    code: string,
  ) => t.rejects(injectCopy(input, output, { add: [{ platform, from }] }), { code });
  await refused('efi', { path: BIOS }, 'ISO_BOOT_FILE');
  await refused('efi', { local: await place.put('x.img', makeLoader(5000)) }, 'ISO_BOOT_FILE');
  await refused('efi', { local: place.at('none.img') }, 'ISO_SOURCE_NOT_FOUND');
  await refused('bios', { path: '/none' }, 'ISO_TREE_NOT_FOUND');
  await refused('bios', { path: BIOS }, 'ISO_PLAN_ALREADY_BOOTABLE');
  const add = [{ platform: 'efi', from: { local: await place.put('efi.img', fatImage()) } }] as const;
  await t.rejects(injectCopy(input, output, { add, bootPath: BIOS }), { code: 'ISO_PLAN_ALREADY_BOOTABLE' });
});
