/** The digest that SUSE's tagmedia puts where isomd5sum has its MD5: the Application Use bytes (checkmedia 6). */

import { latin1 } from './field.js';

/** The digests that checkmedia knows, by the names of their keys without `sum`. */
export const SUSE_ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;

/** What the field of a SUSE medium says. */
export interface SuseDigest {
  /** How it is computed. */
  readonly algorithm: (typeof SUSE_ALGORITHMS)[number];
  /** Hexadecimal digits, in lower case. */
  readonly digest: string;
  /** Blocks of 2048 bytes at the end of the volume that count as zeros. */
  readonly padBlocks: number;
  /** Block of 2048 bytes in which a signature of the field may stand; nothing where the field names none. */
  readonly signatureBlock: number | undefined;
}

const DIGITS = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 } as const;

/** Reads the field; nothing when it holds no digest of this kind. Case and spaces do not matter, as in checkmedia. */
export function decodeSuseDigest(field: Uint8Array): SuseDigest | undefined {
  const values = new Map<string, string>();
  for (const assignment of latin1(field).split(';')) {
    const [name = '', value = ''] = assignment.split('=');
    values.set(name.trim().toLowerCase(), value.trim().toLowerCase());
  }
  const algorithm = SUSE_ALGORITHMS.find((each) => isDigest(values.get(`${each}sum`), DIGITS[each]));
  if (algorithm === undefined) {
    return undefined;
  }
  const signature = wholeNumber(values.get('signature'));
  return {
    algorithm,
    digest: values.get(`${algorithm}sum`) ?? '',
    padBlocks: wholeNumber(values.get('pad')) ?? 0,
    // The field counts in sectors of 512 bytes.
    signatureBlock: signature === undefined ? undefined : Math.floor(signature / 4),
  };
}

function isDigest(text: string | undefined, digits: number): boolean {
  return text?.length === digits && /^[0-9a-f]+$/.test(text);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
