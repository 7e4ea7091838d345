/** Crowded images boot once they are injected: the loader finds its configuration in the tree that moved. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { isobootOk } from '../kit/isoboot.js';
import { bootOvmf, bootSeabios, OVMF_TOOLS, SEABIOS_TOOLS } from '../kit/qemu.js';
import { checkBootRecord, checkSame, observe, OBSERVER_TOOLS } from '../kit/same-image.js';
import { floppyImage, hardDiskImage } from '../kit/serial-loader.js';
import { needTools, type ToolName } from '../kit/tools.js';
import {
  CROWDED_WRITERS,
  GENISOIMAGE,
  GENISOIMAGE_UDF,
  makeBootable,
  XORRISO,
  type VendorWriter,
} from '../kit/vendor-images.js';
import { EFI_TREE_TOOLS, makeEfiImage, makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';

const TOKEN = 'MOVED-BIOS';
const EFI_TOKEN = 'MOVED-UEFI';
const MASKS = { bootInfoTable: /isolinux\.bin(;1)?$/i };
const TOOLS: readonly ToolName[] = [...TREE_TOOLS, ...OBSERVER_TOOLS, ...SEABIOS_TOOLS];

interface BootCase {
  readonly name: string;
  readonly writer: VendorWriter;
  /** Adds to the tree. */
  readonly add?: (tree: string) => Promise<void>;
}

async function addManyFiles(tree: string): Promise<void> {
  await Promise.all(Array.from({ length: 200 }, (_, i) => writeFile(join(tree, `n${i}.txt`), `${i}\n`)));
}

async function addDeepFolders(tree: string): Promise<void> {
  const deep = join(tree, 'a/b/c/d/e/f/g/h/i');
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, 'deep.txt'), 'deep\n');
}

const CASES: readonly BootCase[] = [
  ...CROWDED_WRITERS.map((writer) => ({ name: writer.name, writer })),
  { name: 'genisoimage -udf', writer: GENISOIMAGE_UDF },
  { name: 'xorriso, 200 files in the root', writer: XORRISO, add: addManyFiles },
  { name: 'genisoimage, deep folders', writer: GENISOIMAGE, add: addDeepFolders },
];

for (const { name, writer, add } of CASES) {
  t.test(`an image by ${name}`, async (t) => {
    if (!needTools(t, ...writer.tools, ...TOOLS)) {
      return;
    }
    const { image, output, tree } = await folders(t);
    await makeVendorTree(tree, { token: TOKEN });
    await add?.(tree);
    await writer.make(tree, image);
    const before = await observe(image, MASKS);
    await isobootOk(['inject', image, '-o', output]);
    checkSame(t, before, await observe(output, MASKS, before));
    await checkBootRecord(t, output);
    const boot = await bootSeabios(output, TOKEN);
    t.ok(boot.matched, 'SeaBIOS boots it, and ISOLINUX finds its configuration', { log: boot.log });
  });
}

async function folders(t: Test): Promise<{ folder: string; tree: string; image: string; output: string }> {
  const folder = t.testdir({ tree: {}, images: {} });
  const at = (name: string): string => join(folder, 'images', name);
  return { folder, tree: join(folder, 'tree'), image: at('vendor.iso'), output: at('bootable.iso') };
}

/** A full image without a loader of its own. */
async function plainImage(t: Test): Promise<{ image: string; output: string; folder: string }> {
  const { folder, tree, image, output } = await folders(t);
  await writeFile(join(tree, 'readme.txt'), 'no loader here\n');
  await XORRISO.make(tree, image);
  return { image, output, folder };
}

for (const [emulation, make] of [
  ['1.44', floppyImage],
  ['hard-disk', hardDiskImage],
] as const) {
  t.test(`a boot image for ${emulation} emulation`, async (t) => {
    if (!needTools(t, ...XORRISO.tools, ...SEABIOS_TOOLS)) {
      return;
    }
    const { image, output, folder } = await plainImage(t);
    const bootImage = join(folder, 'boot.img');
    await writeFile(bootImage, make(TOKEN));
    await isobootOk(['inject', image, '-o', output, '--boot-file', bootImage, '--emulation', emulation]);
    await checkBootRecord(t, output);
    const boot = await bootSeabios(output, TOKEN);
    t.ok(boot.matched, 'SeaBIOS starts it', { log: boot.log });
  });
}

t.test('an EFI image by hand', async (t) => {
  if (!needTools(t, ...EFI_TREE_TOOLS, ...XORRISO.tools, ...OVMF_TOOLS)) {
    return;
  }
  const { image, output, folder } = await plainImage(t);
  const efi = join(folder, 'efi.img');
  await makeEfiImage(efi, EFI_TOKEN);
  await isobootOk(['inject', image, '-o', output, '--boot-file', efi, '--platform', 'efi']);
  const boot = await bootOvmf(output, EFI_TOKEN);
  t.ok(boot.matched, 'OVMF boots it', { log: boot.log });
});

t.test('BIOS and EFI images of a donor', async (t) => {
  if (!needTools(t, ...EFI_TREE_TOOLS, ...GENISOIMAGE.tools, ...XORRISO.tools, ...OVMF_TOOLS)) {
    return;
  }
  const { folder, tree, image, output } = await folders(t);
  await makeVendorTree(tree, { token: TOKEN, loader: false });
  await XORRISO.make(tree, image);
  const donorTree = join(folder, 'donor-tree');
  await makeVendorTree(donorTree, { token: 'DONOR', efiToken: EFI_TOKEN });
  const donor = join(folder, 'images', 'donor.iso');
  await makeBootable(donorTree, donor, { efi: true });
  await isobootOk(['inject', image, '-o', output, '--donor', donor]);
  await checkBootRecord(t, output);
  const bios = await bootSeabios(output, TOKEN);
  t.ok(bios.matched, "the donor's ISOLINUX finds this image's configuration", { log: bios.log });
  const uefi = await bootOvmf(output, EFI_TOKEN);
  t.ok(uefi.matched, 'OVMF boots it', { log: uefi.log });
});
