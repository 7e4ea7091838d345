import { latin1 } from '../layout/field.js';

/** How a tree writes its names: one byte a character, or two (Joliet's UCS-2, big-endian). */
export type NameCoding = 'single-byte' | 'ucs2';

/** A file identifier as text, without the version number and the dot that only separates it (ECMA-119 7.5.1). */
export function decodeFileIdentifier(identifier: Uint8Array, coding: NameCoding): string {
  const text = coding === 'ucs2' ? decodeUcs2(identifier) : latin1(identifier);
  const withoutVersion = text.replace(/;\d*$/, '');
  return withoutVersion.length > 1 && withoutVersion.endsWith('.')
    ? withoutVersion.slice(0, -1)
    : withoutVersion;
}

function decodeUcs2(identifier: Uint8Array): string {
  let text = '';
  for (let i = 0; i + 1 < identifier.length; i += 2) {
    text += String.fromCharCode(((identifier[i] ?? 0) << 8) | (identifier[i + 1] ?? 0));
  }
  return text;
}

/** Text of a volume descriptor without its padding, in the coding of its tree. */
export function decodeVolumeText(text: string, coding: NameCoding): string {
  const decoded =
    coding === 'ucs2' ? decodeUcs2(Uint8Array.from(text, (character) => character.charCodeAt(0))) : text;
  return decoded.replace(/[\0 ]+$/, '');
}
