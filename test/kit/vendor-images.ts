/** Images of a vendor-like tree, each made by another writer. */
import { cp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PYTHON, runOk, type ToolName } from './tools.js';

/** A program that makes ISO 9660 images, as one set of options uses it. */
export interface VendorWriter {
  readonly name: string;
  readonly tools: readonly ToolName[];
  /** Makes an image of a tree. */
  readonly make: (tree: string, image: string) => Promise<void>;
}

const VOLUME_ID = 'VENDOR_DISC_1';
const PYCDLIB_SCRIPT = fileURLToPath(new URL('./pycdlib-make.py', import.meta.url));

async function genisoimage(args: readonly string[], tree: string, image: string): Promise<void> {
  await runOk('genisoimage', ['-quiet', '-V', VOLUME_ID, ...args, '-o', image, tree]);
}

function genisoimageWriter(name: string, ...args: readonly string[]): VendorWriter {
  return { name, tools: ['genisoimage'], make: (tree, image) => genisoimage(args, tree, image) };
}

/** genisoimage with Rock Ridge and Joliet: what most vendors used. */
export const GENISOIMAGE = genisoimageWriter('genisoimage -R -J', '-R', '-J');

/** genisoimage with ISO names only. */
export const GENISOIMAGE_PLAIN = genisoimageWriter('genisoimage');

/** A UDF bridge disc: three recognition descriptors stand behind the terminator. */
export const GENISOIMAGE_UDF = genisoimageWriter('genisoimage -udf -R -J', '-udf', '-R', '-J');

/** libarchive: a text sector of its own behind the terminator. */
export const BSDTAR: VendorWriter = {
  name: 'bsdtar',
  tools: ['bsdtar'],
  make: async (tree, image) => {
    await runOk('bsdtar', ['-c', '--format=iso9660', '-f', image, '-C', tree, '.']);
  },
};

/** pycdlib with Joliet and Rock Ridge: no padding behind the last file. */
export const PYCDLIB: VendorWriter = {
  name: 'pycdlib',
  tools: ['pycdlib'],
  make: async (tree, image) => {
    await runOk(PYTHON, [PYCDLIB_SCRIPT, tree, image, VOLUME_ID]);
  },
};

/** The same with one more word for what kind of image it is. */
function pycdlibWriter(name: string, kind: string): VendorWriter {
  return {
    name,
    tools: ['pycdlib'],
    make: async (tree, image) => {
      await runOk(PYTHON, [PYCDLIB_SCRIPT, tree, image, VOLUME_ID, kind]);
    },
  };
}

/** xorriso: the root directory stands right behind the terminator. */
function xorrisoWriter(...args: readonly string[]): VendorWriter {
  return {
    name: ['xorriso', ...args].join(' '),
    tools: ['xorriso'],
    make: async (tree, image) => {
      await runOk('xorriso', ['-as', 'mkisofs', '-quiet', ...args, '-V', VOLUME_ID, '-o', image, tree]);
    },
  };
}

export const XORRISO: VendorWriter = xorrisoWriter('-R', '-J');

/** The writers whose images are full behind the terminator, or hold other file systems too. */
export const CROWDED_WRITERS: readonly VendorWriter[] = [
  XORRISO,
  xorrisoWriter(),
  xorrisoWriter('-R'),
  xorrisoWriter('-R', '-J', '-hfsplus'),
  genisoimageWriter('genisoimage -hfs', '-R', '-J', '-hfs'),
  genisoimageWriter('genisoimage -apple', '-R', '-J', '-apple'),
  pycdlibWriter('pycdlib, level four', 'level-four'),
  pycdlibWriter('pycdlib, UDF', 'udf'),
];

/** The writers that leave room behind the terminator. */
export const ROOMY_WRITERS: readonly VendorWriter[] = [
  GENISOIMAGE,
  GENISOIMAGE_PLAIN,
  BSDTAR,
  PYCDLIB,
  GENISOIMAGE_UDF,
];

const BOOT_OPTIONS = ['-b', 'isolinux/isolinux.bin', '-c', 'isolinux/boot.cat'];
const NO_EMULATION = ['-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'];
const HIDDEN = ['-hide', 'isolinux.bin', '-hide-joliet', 'isolinux.bin'];
const EFI_OPTIONS = ['-eltorito-alt-boot', '-e', 'images/efiboot.img', '-no-emul-boot'];

/** A bootable disc by genisoimage. */
export interface BootableOptions {
  /** Whether no directory names the boot file, so that its size has to be found in other ways. */
  readonly hidden?: boolean;
  /** Whether `/images/efiboot.img` gets an entry for UEFI. */
  readonly efi?: boolean;
}

/** Makes a bootable disc from a copy of the tree: `-boot-info-table` patches the loader in the tree on disk. */
export async function makeBootable(
  tree: string,
  image: string,
  options: BootableOptions = {},
): Promise<void> {
  const copy = `${image}.tree`;
  await cp(tree, copy, { recursive: true, preserveTimestamps: true });
  const hidden = options.hidden === true ? HIDDEN : [];
  const efi = options.efi === true ? EFI_OPTIONS : [];
  await genisoimage(['-R', '-J', ...BOOT_OPTIONS, ...NO_EMULATION, ...hidden, ...efi], copy, image);
  await rm(copy, { recursive: true });
}

/** Implants the MD5 that installers check, in place. */
export async function implantMd5(image: string): Promise<void> {
  await runOk('implantisomd5', [image]);
}
