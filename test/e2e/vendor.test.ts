import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  dumpetEntries,
  pycdlibEntries,
  REPORT_TOOLS,
  sevenZipBootImages,
  xorrisoReport,
  type BootEntry,
} from '../kit/boot-reports.js';
import { bytesIn, diffRanges, fileDigest } from '../kit/digest.js';
import { isobootOk, objectAt } from '../kit/isoboot.js';
import { bootOvmf, bootSeabios, OVMF_TOOLS, SEABIOS_GAVE_UP, SEABIOS_TOOLS } from '../kit/qemu.js';
import { isovfyClean, READER_TOOLS, readImage, sameFilesAsBefore } from '../kit/readers.js';
import { needTools, type ToolName } from '../kit/tools.js';
import { GENISOIMAGE, ROOMY_WRITERS, type VendorWriter } from '../kit/vendor-images.js';
import { EFI_TREE_TOOLS, makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';

const TOKEN = 'VENDOR-BIOS';
const EFI_TOKEN = 'VENDOR-UEFI';
const MOST_BYTES_CHANGED = 24 * 1024;
const TOOLS: readonly ToolName[] = [...READER_TOOLS, ...REPORT_TOOLS, ...SEABIOS_TOOLS];

const BIOS_ENTRY: Omit<BootEntry, 'lba'> = {
  platform: 0,
  bootable: true,
  emulation: 0,
  loadSegment: 0,
  loadSize: 4,
};

/** The EFI image of the tree is a 1.44 MB floppy: 2880 sectors of 512 bytes. */
const EFI_ENTRY: Omit<BootEntry, 'lba'> = { ...BIOS_ENTRY, platform: 0xef, loadSize: 2880 };

interface VendorCase {
  readonly image: string;
  readonly output: string;
}

async function makeImage(t: Test, writer: VendorWriter, efiToken?: string): Promise<VendorCase> {
  const folder = t.testdir();
  const tree = join(folder, 'tree');
  await makeVendorTree(tree, { token: TOKEN, ...(efiToken === undefined ? {} : { efiToken }) });
  const image = join(folder, 'vendor.iso');
  await writer.make(tree, image);
  return { image, output: join(folder, 'out.iso') };
}

/** Injects into a copy and checks what every outside reader says of it; gives the report. */
async function injectAndCheckFiles(t: Test, { image, output }: VendorCase) {
  const before = await readImage(image);
  const digest = await fileDigest(image);
  const report = (await isobootOk(['inject', image, '-o', output, '--json'])).json();
  t.equal(await fileDigest(image), digest, 'the input is only read');
  sameFilesAsBefore(t, before, await readImage(output));
  t.ok(await isovfyClean(output), 'isovfy has nothing to object to');
  t.ok(bytesIn(await diffRanges(image, output)) <= MOST_BYTES_CHANGED, 'a handful of sectors differ');
  return report;
}

/** Checks that the four that read boot catalogs agree on the entries, and that these point at the files meant. */
async function checkEntries(
  t: Test,
  image: string,
  wanted: readonly Omit<BootEntry, 'lba'>[],
  paths: readonly RegExp[],
) {
  const entries = await dumpetEntries(image);
  t.match(entries, wanted, 'dumpet: the entries');
  t.equal(entries.length, wanted.length);
  t.same(await pycdlibEntries(image), entries, 'pycdlib: the same');
  t.equal(await sevenZipBootImages(image), wanted.length, '7z: the same number');
  const report = await xorrisoReport(image);
  t.same(
    report.entries.map(({ lba, loadSize }) => ({ lba, loadSize })),
    entries.map(({ lba, loadSize }) => ({ lba, loadSize })),
    'xorriso: the same',
  );
  t.match(
    report.entries.map(({ path }) => path),
    paths,
    'xorriso: the entries point at the files',
  );
  t.ok(report.entries[0]?.options.includes('boot-info-table'), 'xorriso: the boot info table is right');
  return report;
}

t.test('a vendor image does not boot before', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools, ...SEABIOS_TOOLS)) {
    return;
  }
  const { image } = await makeImage(t, GENISOIMAGE);
  const boot = await bootSeabios(image, TOKEN);
  t.notOk(boot.matched);
  t.match(boot.log, SEABIOS_GAVE_UP, 'the machine did start, and found nothing to boot');
});

for (const writer of ROOMY_WRITERS) {
  t.test(`an image by ${writer.name}`, async (t) => {
    if (!needTools(t, ...TREE_TOOLS, ...writer.tools, ...TOOLS)) {
      return;
    }
    const images = await makeImage(t, writer);
    const report = await injectAndCheckFiles(t, images);
    const xorriso = await checkEntries(t, images.output, [BIOS_ENTRY], [/^\/isolinux\/isolinux\.bin$/i]);
    t.equal(objectAt(report, 'catalog')['lba'], xorriso.catalogLba, 'the report names the catalog');
    t.equal(objectAt(report, 'bootFile')['lba'], xorriso.entries[0]?.lba, 'the report names the boot file');
    const boot = await bootSeabios(images.output, TOKEN);
    t.ok(boot.matched, 'SeaBIOS boots it', { log: boot.log });
  });
}

t.test('an image with an EFI image boots on a BIOS and on UEFI', async (t) => {
  if (!needTools(t, ...EFI_TREE_TOOLS, ...GENISOIMAGE.tools, ...TOOLS, ...OVMF_TOOLS)) {
    return;
  }
  const images = await makeImage(t, GENISOIMAGE, EFI_TOKEN);
  await injectAndCheckFiles(t, images);
  const paths = [/^\/isolinux\/isolinux\.bin$/, /^\/images\/efiboot\.img$/];
  await checkEntries(t, images.output, [BIOS_ENTRY, EFI_ENTRY], paths);
  const bios = await bootSeabios(images.output, TOKEN);
  t.ok(bios.matched, 'SeaBIOS boots it', { log: bios.log });
  const uefi = await bootOvmf(images.output, EFI_TOKEN);
  t.ok(uefi.matched, 'OVMF boots it', { log: uefi.log });
});

t.test('--no-efi leaves the entry for UEFI out', async (t) => {
  if (!needTools(t, ...EFI_TREE_TOOLS, ...GENISOIMAGE.tools, ...REPORT_TOOLS)) {
    return;
  }
  const { image, output } = await makeImage(t, GENISOIMAGE, EFI_TOKEN);
  await isobootOk(['inject', image, '-o', output, '--no-efi']);
  await checkEntries(t, output, [BIOS_ENTRY], [/^\/isolinux\/isolinux\.bin$/]);
});
