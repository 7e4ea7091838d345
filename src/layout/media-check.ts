/** The MD5 that installers check, hidden in the Primary Volume Descriptor by implantisomd5 (isomd5sum 1.2). */

import { isZero } from '../bytes.js';
import { latin1 } from './field.js';
import { volumeDescriptor } from './volume-descriptor.js';

/** The field's place in a Primary Volume Descriptor: its Application Use bytes. */
export const MEDIA_CHECK_RANGE = volumeDescriptor.rangeOf('applicationUse');

/** Blocks at the end of the volume that the sum does not cover: a disc's unreadable run-out. */
export const SKIP_SECTORS = 15;

/** What a media check field says. */
export interface MediaCheck {
  /** MD5 of the covered bytes, the field itself taken as spaces; 32 hexadecimal digits. */
  readonly md5: string;
  /** Blocks at the end of the volume that are not covered. */
  readonly skipSectors: number;
  /** Whether the writer called the image a release; nothing where the field does not say. */
  readonly rhlIsoStatus: string | undefined;
  /** The leading digits of the running MD5, three for each fragment. */
  readonly fragmentSums: string | undefined;
  /** Parts of the image that have a sum of their own; nothing where there are none. */
  readonly fragmentCount: number | undefined;
}

/** Reads the field; nothing when it holds no MD5. */
export function decodeMediaCheck(field: Uint8Array): MediaCheck | undefined {
  const values = new Map<string, string>();
  for (const assignment of latin1(field).split(';')) {
    const [name, value] = assignment.split('=');
    if (name !== undefined && value !== undefined) {
      values.set(name.trim(), value.trim());
    }
  }
  const md5 = values.get('ISO MD5SUM')?.toLowerCase();
  if (md5 === undefined || !/^[0-9a-f]{32}$/.test(md5)) {
    return undefined;
  }
  const count = values.get('FRAGMENT COUNT');
  return {
    md5,
    skipSectors: Number.parseInt(values.get('SKIPSECTORS') ?? '0', 10) || 0,
    rhlIsoStatus: values.get('RHLISOSTATUS'),
    fragmentSums: values.get('FRAGMENT SUMS'),
    fragmentCount: count === undefined ? undefined : Number.parseInt(count, 10),
  };
}

/** The field's bytes, padded with spaces, as implantisomd5 writes them. */
export function encodeMediaCheck(
  sum: { md5: string; fragmentSums: string },
  rhlIsoStatus: string,
): Uint8Array {
  const text =
    `ISO MD5SUM = ${sum.md5};SKIPSECTORS = ${SKIP_SECTORS};RHLISOSTATUS=${rhlIsoStatus};` +
    `FRAGMENT SUMS = ${sum.fragmentSums};FRAGMENT COUNT = 20;` +
    'THIS IS NOT THE SAME AS RUNNING MD5SUM ON THIS ISO!!';
  return Uint8Array.from(text.padEnd(MEDIA_CHECK_RANGE.length), (character) => character.charCodeAt(0));
}

/** A field without a sum. */
export function blankMediaCheck(): Uint8Array {
  return new Uint8Array(MEDIA_CHECK_RANGE.length).fill(0x20);
}

/** Whether a media check field is free to be written. */
export function isBlank(field: Uint8Array): boolean {
  return field.every((byte) => byte === 0x20) || isZero(field);
}
