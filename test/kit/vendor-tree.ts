/** A file tree as a vendor's install disc has it: loader, configuration and packages, made from a seed. */
import { appendFile, cp, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DEBIAN_FILES, runOk, type ToolName } from './tools.js';

/** What the tree is to hold beside its packages. */
export interface VendorTreeOptions {
  /** What ISOLINUX says on the serial line once it has read its configuration; under 12 characters. */
  readonly token: string;
  /** Whether `/isolinux/isolinux.bin` is there; default true. */
  readonly loader?: boolean;
  /** Puts a FAT image at `/images/efiboot.img` whose `startup.nsh` prints this. */
  readonly efiToken?: string;
}

/** The tools that making a tree takes. */
export const TREE_TOOLS: readonly ToolName[] = ['isolinux', 'ldlinux'];

/** The tools that it takes when the tree gets an EFI image. */
export const EFI_TREE_TOOLS: readonly ToolName[] = [...TREE_TOOLS, 'mkfs.fat', 'mcopy'];

/** One fixed time for every file: some writers copy the modification time into the image. */
const FILE_TIME = new Date('2011-03-14T15:09:26Z');

/** Sizes at and around block borders first; the empty file has no extent at all in some writers' images. */
const EDGE_SIZES: readonly number[] = [0, 1, 2047, 2048, 2049];
const PACKAGE_COUNT = 30;
const LARGEST_PACKAGE = 60_000;

/** Bytes that look random and are the same for the same seed. */
export function seededBytes(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 0x9e3779b1 + 1) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 0xff;
  }
  return bytes;
}

/** Makes the tree in a new folder. */
export async function makeVendorTree(folder: string, options: VendorTreeOptions): Promise<void> {
  if (options.token.length >= 12) {
    // SeaBIOS's terminal emulation breaks longer text by cursor movements.
    throw new RangeError(`token too long: ${options.token}`);
  }
  await makeIsolinuxFolder(join(folder, 'isolinux'), options);
  await makePackages(folder);
  if (options.efiToken !== undefined) {
    await mkdir(join(folder, 'images'));
    await makeEfiImage(join(folder, 'images', 'efiboot.img'), options.efiToken);
  }
  await setTimes(folder);
}

async function makeIsolinuxFolder(folder: string, options: VendorTreeOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (options.loader !== false) {
    await cp(DEBIAN_FILES.isolinux, join(folder, 'isolinux.bin'));
  }
  await cp(DEBIAN_FILES.ldlinux, join(folder, 'ldlinux.c32'));
  const lines = ['SERIAL 0 115200', `SAY ${options.token}`, 'PROMPT 1', 'TIMEOUT 0', ''];
  await writeFile(join(folder, 'isolinux.cfg'), lines.join('\n'));
}

async function makePackages(folder: string): Promise<void> {
  for (let i = 0; i < PACKAGE_COUNT; i++) {
    const path = join(folder, packagePath(i));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, seededBytes(i + 1, packageSize(i)));
  }
  await writeFile(join(folder, '.discinfo'), '1300115366.000000\nVendor Recovery\nx86_64\n');
}

function packagePath(index: number): string {
  const number = String(index).padStart(2, '0');
  if (index % 5 === 4) {
    return `Vendor/RPMS/Extra Tools/Read-Me First ${number}.Text`;
  }
  return `Vendor/RPMS/unified-communications-Core_${number}-8.6.2.20000-${index * 7}.x86_64.rpm`;
}

function packageSize(index: number): number {
  return EDGE_SIZES[index] ?? (index * 7919 + 123) % LARGEST_PACKAGE;
}

/** A 1.44 MB FAT image; the shell built into OVMF runs `startup.nsh` from it, so that no EFI program is needed. */
export async function makeEfiImage(image: string, token: string): Promise<void> {
  await runOk('mkfs.fat', ['-C', '--invariant', '-n', 'EFIBOOT', image, '1440']);
  const script = `${image}.startup.nsh`;
  await appendFile(script, `echo ${token}\r\nreset -s\r\n`);
  await runOk('mcopy', ['-i', image, script, '::/startup.nsh']);
  await rm(script);
}

/** Sets the fixed time on everything below a folder, deepest first, since a change below touches the folder. */
async function setTimes(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    await (entry.isDirectory() ? setTimes(path) : utimes(path, FILE_TIME, FILE_TIME));
  }
  await utimes(folder, FILE_TIME, FILE_TIME);
}
