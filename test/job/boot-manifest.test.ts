/** An edit tells which lists of checksums in the image no longer hold for the boot file. */
import t from 'tap';
import { inspect } from '../../src/job/inspect.js';
import { editMediaCheck } from '../../src/job/media-check-edit.js';
import { ascii } from '../kit/golden.js';
import { vendorImage } from '../plan/planning.js';
import { dryRun, fatImage, injectCopy, Place } from './place.js';

const SUM = '0123456789abcdef'.repeat(2);
const LIST = `${SUM}  isolinux.bin\n${SUM}  efiboot.img\n${SUM}  other.bin\n`;
const LIST_AT = 41;
const EFI_AT = 42;
const BOOT_PATH = '/ISOLINUX/ISOLINUX.BIN';

async function listed(place: Place): Promise<string> {
  const records = [
    { name: 'MD5SUM.TXT;1', at: LIST_AT, length: LIST.length },
    { name: 'EFIBOOT.IMG;1', at: EFI_AT, length: fatImage().length },
  ];
  const image = vendorImage({ records }).put(LIST_AT, ascii(LIST)).put(EFI_AT, fatImage());
  return place.put('in.iso', image.bytes);
}

/** What the list says of a boot file. */
function said(file: string) {
  return { path: '/ISOLINUX/MD5SUM.TXT', file, algorithm: 'md5', digest: SUM };
}

t.test('an injection, what it left, and the same once more', async (t) => {
  const place = new Place(t);
  const input = await listed(place);
  const output = place.at('out.iso');
  const loader = said(BOOT_PATH);
  const efi = said('/ISOLINUX/EFIBOOT.IMG');
  const report = await injectCopy(input, output);
  t.strictSame(report.manifests, [
    { ...loader, changed: true },
    { ...efi, changed: false },
  ]);
  t.equal(report.warnings.filter((each) => each.includes('/ISOLINUX/MD5SUM.TXT')).length, 1);
  t.strictSame((await inspect(output)).manifests, [loader, efi]);
  t.strictSame((await inspect(input)).manifests, [], 'nothing is booted from it');

  const again = { ensure: true, bootPath: BOOT_PATH };
  t.match(await dryRun(output, again), {
    alreadyDone: true,
    manifests: [{ ...loader, changed: false }, efi],
  });
  const replaced = await dryRun(output, { replace: true });
  t.strictSame(
    replaced.manifests.map(({ changed }) => changed),
    [false, false],
    'the table is there already',
  );
  t.strictSame(replaced.warnings, []);
});

t.test('without a change of the file there is nothing to warn of', async (t) => {
  const place = new Place(t);
  const input = await listed(place);
  const without = await dryRun(input, { bootInfoTable: 'no' });
  t.match(without, { manifests: [{ changed: false }, { changed: false }], warnings: [] });
  const brought = await dryRun(input, { bootFile: await place.put('local.bin', fatImage()), efi: false });
  t.match(brought, { manifests: [], warnings: [] }, 'a file that is not in the tree');
});

t.test('a list that cannot be read is named where it matters', async (t) => {
  const place = new Place(t);
  const records = [{ name: 'MD5SUM.TXT;1', at: 100, length: 17 * 1024 * 1024 }];
  const image = vendorImage({ records, blocks: 9000 });
  const input = await place.put('in.iso', image.bytes);
  t.match((await dryRun(input)).warnings, [/\/ISOLINUX\/MD5SUM\.TXT could not be looked through/]);
  t.strictSame((await dryRun(input, { bootInfoTable: 'no' })).warnings, []);
  const checked = await editMediaCheck({
    input,
    action: 'implant',
    target: { kind: 'copy', path: place.at('checked.iso'), force: false },
  });
  t.strictSame(checked.warnings, [], 'the media check changes no file');
});
