/** Sizes of boot images that nothing names, in built images; and which loader a boot file is. */
import { readFile } from 'node:fs/promises';
import t from 'tap';
import type { BootEntry } from '../../src/read/boot.js';
import { readImage } from '../../src/read/image.js';
import { recogniseLoader } from '../../src/read/loader.js';
import { FileSource } from '../../src/source/file-source.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { ascii, hex } from '../kit/golden.js';
import { bootEntry, dots, ImageBuilder, record, ROOT, type BootSpec } from '../kit/image-builder.js';
import { DEBIAN_FILES, needTools } from '../kit/tools.js';

/** An image with a boot file of these bytes at block 24, hidden, in front of another file at block `next`. */
function withHidden(file: Uint8Array, boot: Partial<BootSpec>, next = 30): ImageBuilder {
  return new ImageBuilder(60)
    .primary()
    .bootRecord(19)
    .terminator(18)
    .catalog(19, { at: 24, ...boot })
    .directory(ROOT, [...dots(ROOT, ROOT), record({ name: 'NEXT.;1', at: next, length: 2048 })])
    .put(24, file);
}

async function sized(image: ImageBuilder): Promise<Partial<BootEntry>> {
  const { boot } = await readImage(new MemorySource(image.bytes));
  const [entry] = boot?.entries ?? [];
  return entry === undefined
    ? {}
    : { size: entry.size, sizeFrom: entry.sizeFrom, sizeCertain: entry.sizeCertain };
}

t.test('sizes that have to be guessed', async (t) => {
  const full = new Uint8Array(6 * 2048).fill(0x90);
  const gap = { sizeFrom: 'gap', sizeCertain: false };
  const counted = { sizeFrom: 'sector-count', sizeCertain: false };
  t.same(await sized(withHidden(full, {})), { ...gap, size: 6 * 2048 }, 'up to the next file');
  t.same(await sized(withHidden(full.subarray(0, 2049), {})), { ...gap, size: 4096 }, 'without zero blocks');
  t.same(await sized(withHidden(full, {}, 26)), { ...gap, size: 4096 }, 'never into the next file');
  t.same(await sized(withHidden(full, {}, 58)), { ...gap, size: 6 * 2048 }, 'the padding is not part of it');
  t.same(
    await sized(withHidden(full.subarray(0, 1), { sectors: 20 })),
    { ...counted, size: 10_240 },
    'what is loaded',
  );
  t.same(await sized(withHidden(new Uint8Array(0), {})), { ...counted, size: 2048 }, 'nothing but zeros');
  t.same(await sized(withHidden(full, {}, 24)), {
    size: 2048,
    sizeFrom: 'directory-record',
    sizeCertain: true,
  });
  const two = withHidden(full, {})
    .put(19, bootEntry({ at: 26 }), 96)
    .put(19, hex('91 00 0100'), 64);
  t.same(await sized(two), { ...gap, size: 4096 }, 'never into the next boot image');
  const end = withHidden(full, { at: 59, sectors: 40 }, 24);
  t.same(await sized(end), { ...counted, size: 2048 }, 'never beyond the end');
});

t.test('sizes that are lies', async (t) => {
  const full = new Uint8Array(6 * 2048).fill(0x90);
  const gap = { size: 6 * 2048, sizeFrom: 'gap', sizeCertain: false };
  const disk = (entry: string): Uint8Array => {
    const bytes = full.slice();
    bytes.set(hex(`${entry} ${'00'.repeat(48)} 55aa`), 446);
    return bytes;
  };
  const hardDisk = { media: 4 };
  t.same(
    await sized(withHidden(disk('80 000000 0c 000000 01000000 07000000'), hardDisk)),
    { size: 4096, sizeFrom: 'mbr', sizeCertain: true },
    'a true partition',
  );
  t.same(await sized(withHidden(disk('80 000000 0c 000000 01000000 ffffffff'), hardDisk)), gap, 'a terabyte');
  t.same(
    await sized(withHidden(disk('80 000000 00 000000 01000000 07000000'), hardDisk)),
    gap,
    'an empty entry',
  );
  t.same(await sized(withHidden(full, hardDisk)), gap, 'no MBR');
  t.same(await sized(withHidden(full, { media: 2 })), gap, 'a floppy that does not fit');
  const table = full.slice();
  table.set(hex(`10000000 18000000 00300000 00000000 ${'00'.repeat(40)}`), 8);
  t.same(await sized(withHidden(table, {})), gap, 'a table with a wrong sum');
  // 12288 - 64 bytes of 0x90: 3056 words of 0x90909090.
  const sum = Number((3056n * 0x90909090n) % 2n ** 32n);
  new DataView(table.buffer).setUint32(20, sum, true);
  t.same(await sized(withHidden(table, {})), {
    size: 12_288,
    sizeFrom: 'boot-info-table',
    sizeCertain: true,
  });
  table[12] = 0x19;
  t.same(await sized(withHidden(table, {})), gap, 'the table of another file');
});

t.test('loaders', async (t) => {
  const known: [string, string | undefined, string | undefined][] = [
    ['..ISOLINUX 4.05 2011-12-09 ..', 'ISOLINUX', '4.05'],
    ['SYSLINUX 6.04', 'SYSLINUX', '6.04'],
    ['iPXE 1.21.1+ -- Open', 'iPXE', '1.21.1+'],
    ['iPXE initialising', 'iPXE', undefined],
    ['BOOTMGR is missing', 'Windows boot manager', undefined],
    ['NTLDR', 'Windows setup loader', undefined],
    ['CD Loader 1.2', 'FreeBSD cdboot', '1.2'],
    ['\x000.97\0\0/boot/grub/menu.lst\0', 'GRUB legacy', '0.97'],
    ['/boot/grub/a\x000.94\x000.97\0/boot/grub/b\x000.95\0', 'GRUB legacy', '0.94'],
    ['/boot/grub/menu.lst\x000.97\0', undefined, undefined],
    ['ISOLINUX \0ISOISOLINUX 6.03', 'ISOLINUX', '6.03'],
    ['SYSLINUX 4.05\0ISOLINUX 6.03', 'ISOLINUX', '6.03'],
    ['iPXE 1.0.0+\x81\x90\x01', 'iPXE', '1.0.0+'],
    ['NTLD', undefined, undefined],
    ['something else', undefined, undefined],
    ['', undefined, undefined],
  ];
  for (const [text, name, version] of known) {
    const loader = recogniseLoader(ascii(text));
    t.same([loader?.name, loader?.version], [name, version], JSON.stringify(text));
  }
  const grub = new Uint8Array(4096).fill(0x90);
  grub.set(hex('2008'), 2558);
  t.equal(recogniseLoader(grub)?.name, 'GRUB 2');
  t.equal(recogniseLoader(grub.subarray(0, 2559)), undefined, 'cut in its block list');
  t.equal(
    recogniseLoader(ascii(`${'x'.repeat(65_536)}ISOLINUX 4.05`)),
    undefined,
    'only the start is looked at',
  );
});

t.test('loaders of real discs', async (t) => {
  const discs = { ipxe: 'ISOLINUX', 'grub-rescue': 'GRUB 2' } as const;
  const files = { ipxe: DEBIAN_FILES.ipxe, 'grub-rescue': DEBIAN_FILES.grubRescue };
  for (const tool of ['ipxe', 'grub-rescue'] as const) {
    if (needTools(t, tool)) {
      const source = await FileSource.open(files[tool]);
      const { boot } = await readImage(source);
      t.equal(boot?.entries[0]?.file?.loader?.name, discs[tool], tool);
      await source.close();
    }
  }
  if (needTools(t, 'isolinux')) {
    t.equal(recogniseLoader(await readFile(DEBIAN_FILES.isolinux))?.name, 'ISOLINUX');
  }
});
