import { asciiAt, latin1 } from '../layout/field.js';

/** How a tree writes its names: one byte a character, or two (Joliet's UCS-2, big-endian). */
export type NameCoding = 'single-byte' | 'ucs2';

/** A file identifier as text, without the version number and the dot that only separates it (ECMA-119 7.5.1). */
export function decodeFileIdentifier(
  bytes: Uint8Array,
  start: number,
  length: number,
  coding: NameCoding,
): string {
  // A name of one byte is none in UCS-2; it is shown as it stands.
  const isUcs2 = coding === 'ucs2' && length > 1;
  const text = isUcs2 ? decodeUcs2(bytes, start, length) : decodeSingleBytes(bytes, start, length);
  const version = text.lastIndexOf(';');
  const end = version >= 0 && isNumber(text, version + 1) ? version : text.length;
  const name = text.slice(0, end > 1 && text[end - 1] === '.' ? end - 1 : end);
  // Where only a version number is left, that is what the file is called: a file without a name would be lost.
  return name === '' ? text : name;
}

function decodeSingleBytes(bytes: Uint8Array, start: number, length: number): string {
  return asciiAt(bytes, start, start + length) ?? latin1(bytes.subarray(start, start + length));
}

function isNumber(text: string, from: number): boolean {
  for (let i = from; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) {
      return false;
    }
  }
  return true;
}

const UCS2 = new TextDecoder('utf-16be', { ignoreBOM: true });

function decodeUcs2(bytes: Uint8Array, start: number, length: number): string {
  return UCS2.decode(bytes.subarray(start, start + length - (length % 2)));
}

/** Text of a volume descriptor without its padding, in the coding of its tree. */
export function decodeVolumeText(text: string, coding: NameCoding): string {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const decoded = coding === 'ucs2' ? decodeUcs2(bytes, 0, bytes.length) : text;
  return decoded.replace(/[\0 ]+$/, '');
}
