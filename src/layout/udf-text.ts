/** OSTA compressed Unicode, in which UDF records every name (UDF 2.01, 2.1.1). */

import { latin1 } from './field.js';

const ONE_BYTE = 8;
const TWO_BYTES = 16;

/** The text of so many bytes: a compression code, then characters of one or two bytes, highest first. */
export function decodeCompressedUnicode(bytes: Uint8Array, at: number, length: number): string {
  const start = at + 1;
  const end = Math.min(at + length, bytes.length);
  if (length < 1 || end <= start) {
    return '';
  }
  // 254 and 255 mark names of deleted files whose identifiers have to be unique (UDF 2.60, 2.1.1).
  const code = bytes[at] ?? 0;
  if (code === ONE_BYTE || code === 254) {
    return latin1(bytes.subarray(start, end));
  }
  if (code !== TWO_BYTES && code !== 255) {
    return '';
  }
  let text = '';
  for (let i = start; i + 1 < end; i += 2) {
    text += String.fromCharCode(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  }
  return text;
}

/** The text of a fixed-length field whose last byte says how many of its bytes are used (ECMA-167 1/7.2.12). */
export function decodeDstring(field: Uint8Array): string {
  return decodeCompressedUnicode(field, 0, Math.min(field.at(-1) ?? 0, field.length - 1));
}

/** A text's bytes: one a character where that is enough, two otherwise. */
export function encodeCompressedUnicode(text: string): Uint8Array {
  const codes = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return codes.every((code) => code < 256)
    ? Uint8Array.of(ONE_BYTE, ...codes)
    : Uint8Array.of(TWO_BYTES, ...codes.flatMap((code) => [code >> 8, code & 0xff]));
}

/** A text as a fixed-length field, with the length in its last byte; an empty one is all zero. */
export function encodeDstring(text: string, length: number): Uint8Array {
  const field = new Uint8Array(length);
  if (text !== '') {
    const bytes = encodeCompressedUnicode(text).subarray(0, length - 1);
    field.set(bytes);
    field[length - 1] = bytes.length;
  }
  return field;
}
