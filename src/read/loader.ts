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

/** Whether a loader is known to fail on some machines when its file lies at a block. */
export function failsAt({ name, version }: Loader, block: number): boolean {
  return name === 'ISOLINUX' && block > LAST_LOW_BLOCK && Number.parseFloat(version ?? '0') < 6.03;
}

/** How much of a boot file is looked at. */
export const LOADER_HEAD_BYTES = 64 * 1024;

interface Mark {
  readonly name: string;
  /** Its first group, if any, is the version. */
  readonly pattern: RegExp;
}

/** In order: a loader that carries another one's text comes first. */
const MARKS: readonly Mark[] = [
  { name: 'ISOLINUX', pattern: /ISOLINUX (\d+\.\d+)/ },
  { name: 'SYSLINUX', pattern: /SYSLINUX (\d+\.\d+)/ },
  { name: 'iPXE', pattern: /iPXE(?: (\d+\.\d+\.\d+\S*))?/ },
  { name: 'Windows boot manager', pattern: /BOOTMGR/ },
  { name: 'Windows setup loader', pattern: /SETUPLDR\.BIN|NTLDR/ },
  { name: 'FreeBSD cdboot', pattern: /CD Loader (\d+\.\d+)/ },
  { name: 'strict-loader', pattern: /STRICT-LOADER/ },
];

/** Recognises a loader from the start of its boot file; nothing when it is none that is known. */
export function recogniseLoader(head: Uint8Array): Loader | undefined {
  const text = latin1(head.subarray(0, LOADER_HEAD_BYTES));
  for (const { name, pattern } of MARKS) {
    const match = pattern.exec(text);
    if (match !== null) {
      return { name, version: match[1] };
    }
  }
  const legacy = grubLegacyVersion(text);
  if (legacy !== undefined) {
    return { name: 'GRUB legacy', version: legacy };
  }
  if (hasGrub2BlockList(head)) {
    return { name: 'GRUB 2', version: undefined };
  }
  return fatVolumeSize(head) === undefined ? undefined : { name: 'FAT image', version: undefined };
}

/** GRUB legacy has its version in front of the path of its configuration; looked for in two steps, as one is quadratic. */
function grubLegacyVersion(text: string): string | undefined {
  const path = text.lastIndexOf('/boot/grub/');
  return path < 0 ? undefined : /(0\.9\d)\0/.exec(text.slice(0, path))?.[1];
}

/** Whether this is GRUB 2's El Torito image, which finds the rest of itself by a block list of its own. */
export function hasGrub2BlockList(head: Uint8Array): boolean {
  if (head.length < GRUB2_BLOCK_LIST_OFFSET + grub2BlockList.span) {
    return false;
  }
  const { signature } = grub2BlockList.decode(head, GRUB2_BLOCK_LIST_OFFSET);
  return GRUB2_BLOCK_LIST_SIGNATURE.every((byte, i) => signature[i] === byte);
}
