import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fileDigest, sha256, snapshot } from '../kit/digest.js';
import { errorCodeOf, isoboot, isobootOk } from '../kit/isoboot.js';
import { bootSeabios, SEABIOS_TOOLS } from '../kit/qemu.js';
import { DEBIAN_FILES, needTools, type ToolName } from '../kit/tools.js';
import { GENISOIMAGE, makeBootable } from '../kit/vendor-images.js';
import { EFI_TREE_TOOLS, makeVendorTree, TREE_TOOLS } from '../kit/vendor-tree.js';

const ISOLINUX_SIZE = 38_912;

const DEBIAN_DISCS: readonly { tool: ToolName; image: string; size: number; sizeFrom: string }[] = [
  { tool: 'ipxe', image: DEBIAN_FILES.ipxe, size: ISOLINUX_SIZE, sizeFrom: 'directory-record' },
  { tool: 'grub-rescue', image: DEBIAN_FILES.grubRescue, size: 29_541, sizeFrom: 'directory-record' },
  { tool: 'memtest86+', image: DEBIAN_FILES.memtest, size: 1_474_560, sizeFrom: 'directory-record' },
];

for (const { tool, image, size, sizeFrom } of DEBIAN_DISCS) {
  t.test(`the boot file of Debian's ${tool}`, async (t) => {
    if (!needTools(t, tool)) {
      return;
    }
    const output = join(t.testdir(), 'boot.bif');
    const report = (await isobootOk(['extract-boot', image, '-o', output, '--json'])).json();
    t.equal((await stat(output)).size, size);
    t.match(report, { entry: 1, size, sizeFrom, sizeCertain: true, sha256: await fileDigest(output) });
  });
}

const DONOR_TOKEN = 'DONOR-DISC';
const TARGET_TOKEN = 'TARGET-DISC';

interface Discs {
  readonly folder: string;
  /** A bootable disc whose boot file no directory names. */
  readonly donor: string;
  /** An image with everything but a loader. */
  readonly target: string;
}

async function makeDiscs(t: Test): Promise<Discs> {
  const folder = t.testdir();
  const donor = join(folder, 'donor.iso');
  await makeVendorTree(join(folder, 'donor-tree'), { token: DONOR_TOKEN });
  await makeBootable(join(folder, 'donor-tree'), donor, { hidden: true });
  const target = join(folder, 'target.iso');
  await makeVendorTree(join(folder, 'target-tree'), { token: TARGET_TOKEN, loader: false });
  await GENISOIMAGE.make(join(folder, 'target-tree'), target);
  return { folder, donor, target };
}

t.test('a hidden boot file is extracted whole, and boots another image', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools, ...SEABIOS_TOOLS)) {
    return;
  }
  const { folder, donor, target } = await makeDiscs(t);
  const bif = join(folder, 'isolinux.bif');
  const report = (await isobootOk(['extract-boot', donor, '-o', bif, '--json'])).json();
  t.match(report, { size: ISOLINUX_SIZE, sizeFrom: 'boot-info-table', sizeCertain: true });
  const [extracted, original] = [await readFile(bif), await readFile(DEBIAN_FILES.isolinux)];
  t.equal(extracted.length, ISOLINUX_SIZE);
  t.ok(extracted.subarray(64).equals(original.subarray(64)), 'the code is the loader that went in');

  const digest = sha256(extracted);
  const output = join(folder, 'from-bif.iso');
  await isobootOk(['inject', target, '--boot-file', bif, '-o', output]);
  t.equal(await fileDigest(bif), digest, 'the boot file itself is only read');
  const boot = await bootSeabios(output, TARGET_TOKEN);
  t.ok(boot.matched, 'SeaBIOS boots it', { log: boot.log });
});

t.test('a donor disc boots another image', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools, ...SEABIOS_TOOLS)) {
    return;
  }
  const { folder, donor, target } = await makeDiscs(t);
  const digest = await fileDigest(donor);
  const output = join(folder, 'from-donor.iso');
  await isobootOk(['inject', target, '--donor', donor, '-o', output]);
  t.equal(await fileDigest(donor), digest, 'the donor is only read');
  const boot = await bootSeabios(output, TARGET_TOKEN);
  t.ok(boot.matched, 'SeaBIOS boots it', { log: boot.log });
});

t.test('--all, --entry and --catalog', async (t) => {
  if (!needTools(t, ...EFI_TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = t.testdir();
  const tree = join(folder, 'tree');
  await makeVendorTree(tree, { token: DONOR_TOKEN, efiToken: 'UNUSED' });
  const disc = join(folder, 'disc.iso');
  await makeBootable(tree, disc, { efi: true });
  const efiDigest = await fileDigest(join(tree, 'images', 'efiboot.img'));

  const all = join(folder, 'all');
  await isobootOk(['extract-boot', disc, '--all', all]);
  const sizes = Object.values(await snapshot(all)).map((line) => Number(line.split(' ')[0]));
  t.same(
    sizes.sort((a, b) => a - b),
    [ISOLINUX_SIZE, 1_474_560],
  );

  const efi = join(folder, 'efi.img');
  await isobootOk(['extract-boot', disc, '--entry', '2', '-o', efi]);
  t.equal(await fileDigest(efi), efiDigest);

  const catalog = join(folder, 'catalog.bin');
  await isobootOk(['extract-boot', disc, '--catalog', '-o', catalog]);
  const bytes = await readFile(catalog);
  t.equal(bytes.length, 2048);
  t.equal(bytes.readUInt8(0), 1);
  t.equal(bytes.readUInt16BE(30), 0x55aa);
});

t.test('an entry that is not there', async (t) => {
  if (!needTools(t, 'ipxe')) {
    return;
  }
  const folder = t.testdir();
  const result = await isoboot([
    ...['extract-boot', DEBIAN_FILES.ipxe, '--entry', '9'],
    ...['-o', join(folder, 'boot.bif'), '--json'],
  ]);
  t.equal(result.code, 4);
  t.equal(errorCodeOf(result), 'ISO_BOOT_NO_ENTRY');
  t.same(await snapshot(folder), {});
});

t.test('the loader in the tree of an image that does not boot', async (t) => {
  if (!needTools(t, ...TREE_TOOLS, ...GENISOIMAGE.tools)) {
    return;
  }
  const folder = t.testdir();
  await makeVendorTree(join(folder, 'tree'), { token: DONOR_TOKEN });
  const image = join(folder, 'vendor.iso');
  await GENISOIMAGE.make(join(folder, 'tree'), image);
  const output = join(folder, 'boot.bif');
  await isobootOk(['extract-boot', image, '-o', output]);
  t.equal(await fileDigest(output), await fileDigest(DEBIAN_FILES.isolinux));
});
