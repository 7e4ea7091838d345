import { latin1 } from '../layout/field.js';
import { fatVolumeSize } from '../layout/fat.js';
import {
  GRUB2_BLOCK_LIST_OFFSET,
  GRUB2_BLOCK_LIST_SIGNATURE,
  grub2BlockList,
} from '../layout/boot-info-table.js';

/** What a boot file is, by the texts and marks in it. */
export interface Loader {
  /** What people call it. */
  readonly name: string;
  /** As the loader prints it; nothing where it has none. */
  readonly version: string | undefined;
}

/** The last block that fits 16 bits: ISOLINUX before 6.03 fails behind it on some machines (its NEWS). */
export const LAST_LOW_BLOCK = 0xffff;

/** Whether a boot file's loader is known to fail on some machines when it lies at a block. */
export function failsAt(file: { readonly loader: Loader | undefined }, block: number): boolean {
  // The block first: the loader is looked for when it is asked for.
  return (
    block > LAST_LOW_BLOCK &&
    file.loader?.name === 'ISOLINUX' &&
    Number.parseFloat(file.loader.version ?? '0') < 6.03
  );
}

/** How much of a boot file is looked at. */
export const LOADER_HEAD_BYTES = 64 * 1024;

/** More than any loader's version takes. */
const VERSION_BYTES = 64;

interface Mark {
  readonly name: string;
  readonly text: string;
  /** What has to come behind the text; its first group, if any, is the version. */
  readonly version?: RegExp;
}

/** In order: a loader that carries another one's text comes first. */
const MARKS: readonly Mark[] = [
  { name: 'ISOLINUX', text: 'ISOLINUX ', version: /^(\d+\.\d+)/ },
  { name: 'SYSLINUX', text: 'SYSLINUX ', version: /^(\d+\.\d+)/ },
  { name: 'iPXE', text: 'iPXE', version: /^(?: (\d+\.\d+\.\d+[!-~]*))?/ },
  { name: 'Windows boot manager', text: 'BOOTMGR' },
  { name: 'Windows setup loader', text: 'SETUPLDR.BIN' },
  { name: 'Windows setup loader', text: 'NTLDR' },
  { name: 'FreeBSD cdboot', text: 'CD Loader ', version: /^(\d+\.\d+)/ },
  { name: 'strict-loader', text: 'STRICT-LOADER' },
];

/** Recognises a loader from the start of its boot file; nothing when it is none that is known. */
export function recogniseLoader(head: Uint8Array): Loader | undefined {
  const looked = head.subarray(0, LOADER_HEAD_BYTES);
  for (const { name, text, version } of MARKS) {
    const found = findVersion(looked, text, version);
    if (found !== undefined) {
      return { name, version: found[1] };
    }
  }
  const legacy = grubLegacyVersion(looked);
  if (legacy !== undefined) {
    return { name: 'GRUB legacy', version: legacy };
  }
  if (hasGrub2BlockList(head)) {
    return { name: 'GRUB 2', version: undefined };
  }
  return fatVolumeSize(head) === undefined ? undefined : { name: 'FAT image', version: undefined };
}

/** GRUB legacy has its version in front of the path of its configuration. */
function grubLegacyVersion(bytes: Uint8Array): string | undefined {
  const path = [...placesOf(bytes, '/boot/grub/')].at(-1) ?? 0;
  const found = findVersion(bytes.subarray(0, path), '0.9', /^(\d)\0/);
  return found && `0.9${found[1] ?? ''}`;
}

/** What is behind the first place of a text that has such a version behind it. */
function findVersion(bytes: Uint8Array, text: string, version = /^/): RegExpExecArray | undefined {
  for (const at of placesOf(bytes, text)) {
    const behind = at + text.length;
    const found = version.exec(latin1(bytes.subarray(behind, behind + VERSION_BYTES)));
    if (found !== null) {
      return found;
    }
  }
  return undefined;
}

/** Where a text is; machine code is not made a string for it, which took a tenth of a small edit. */
function* placesOf(bytes: Uint8Array, text: string): Generator<number> {
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (isAt(bytes, at, text)) {
      yield at;
    }
  }
}

function isAt(bytes: Uint8Array, at: number, text: string): boolean {
  let i = 1;
  while (i < text.length && bytes[at + i] === text.charCodeAt(i)) {
    i += 1;
  }
  return i === text.length;
}

/** Whether this is GRUB 2's El Torito image, which finds the rest of itself by a block list of its own. */
export function hasGrub2BlockList(head: Uint8Array): boolean {
  if (head.length < GRUB2_BLOCK_LIST_OFFSET + grub2BlockList.span) {
    return false;
  }
  const { signature } = grub2BlockList.decode(head, GRUB2_BLOCK_LIST_OFFSET);
  return GRUB2_BLOCK_LIST_SIGNATURE.every((byte, i) => signature[i] === byte);
}
