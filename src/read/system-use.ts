/** What the System Use field of a directory record says: Rock Ridge names, modes, relocated directories. */

import { asciiAt, latin1 } from '../layout/field.js';
import {
  alternateName,
  childLink,
  continuationArea,
  NAME_FLAG,
  parentLink,
  posixAttributes,
  SHARING_PROTOCOL_CHECK,
  sharingProtocolIndicator,
  systemUseEntryHead,
} from '../layout/system-use.js';

/** A continuation area as a CE entry names it: block, offset in it and length, in bytes but for the block. */
export interface Continuation {
  readonly block: number;
  readonly offset: number;
  readonly length: number;
  /** Byte offset in the image of the number that names the block. */
  readonly pointerOffset: number;
}

/** What was gathered from one record's System Use entries. */
export interface SystemUse {
  /** The Rock Ridge name so far, one character a byte; nothing where it has none. */
  name: string | undefined;
  mode: number | undefined;
  /** Block of the directory that this record stands for (CL). */
  childLink: number | undefined;
  /** Byte offset in the image of the number that says so. */
  childLinkOffset: number | undefined;
  /** Byte offset in the image of the block of a moved directory's first parent (PL). */
  parentLinkOffset: number | undefined;
  /** The record is a moved directory's own, to be hidden where it was moved to (RE). */
  relocated: boolean;
  compressed: boolean;
  symbolicLink: boolean;
  /** Where the entries go on. */
  continuation: Continuation | undefined;
  /** An entry had an impossible length, and what follows it was ignored. */
  malformed: boolean;
}

/** A record of which nothing is known yet. */
export function emptySystemUse(): SystemUse {
  return {
    name: undefined,
    mode: undefined,
    childLink: undefined,
    childLinkOffset: undefined,
    parentLinkOffset: undefined,
    relocated: false,
    compressed: false,
    symbolicLink: false,
    continuation: undefined,
    malformed: false,
  };
}

/** Whether a record is that of an ordinary file or directory. */
export function isPlain({ compressed, symbolicLink, relocated, childLink: link }: SystemUse): boolean {
  return !compressed && !symbolicLink && !relocated && link === undefined;
}

const HEAD = systemUseEntryHead.span;
const LENGTH = systemUseEntryHead.offsetOf('length');
const NAME = { flags: alternateName.offsetOf('flags'), text: alternateName.span };
const MODE = posixAttributes.offsetOf('mode');

const AREA = {
  block: continuationArea.offsetOf('blockLocation'),
  offset: continuationArea.offsetOf('offset'),
  length: continuationArea.offsetOf('lengthOfContinuationArea'),
};

/** Two letters as the number that their bytes make. */
export function signature(letters: string): number {
  return (letters.charCodeAt(0) << 8) | letters.charCodeAt(1);
}

const NM = signature('NM');
const PX = signature('PX');
const CE = signature('CE');
const CL = signature('CL');
const PL = signature('PL');
const RE = signature('RE');
const ZF = signature('ZF');
const SL = signature('SL');
const ST = signature('ST');

/** Is shown an entry: its signature as a number, and where in the bytes it lies. */
export type EntryVisitor = (kind: number, bytes: Uint8Array, at: number, length: number) => void;

/**
 * Adds the entries in `bytes[start, end)` to what is known, and shows each to `visit`; stops at ST, or at the first
 * malformed one. `base` is the offset of `bytes` in the image.
 */
export function scanSystemUse(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: SystemUse,
  base: number,
  visit?: EntryVisitor,
): void {
  into.continuation = undefined;
  let at = start;
  while (at + HEAD <= end) {
    const length = bytes[at + LENGTH] ?? 0;
    if (length === 0 && bytes[at] === 0) {
      return;
    }
    if (length < HEAD || at + length > end) {
      into.malformed = true;
      return;
    }
    const kind = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    if (kind === ST) {
      return;
    }
    scanEntry(kind, bytes, at, length, into, base);
    visit?.(kind, bytes, at, length);
    at += length;
  }
}

/**
 * Whether the entries in `bytes[start, end)` are well-formed, all there are, and lead to no other directory: what they say
 * then concerns this one record, and can be looked up when somebody asks.
 */
export function isOrdinaryUse(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at + HEAD <= end) {
    const length = bytes[at + LENGTH] ?? 0;
    if (length === 0 && bytes[at] === 0) {
      return true;
    }
    if (length < HEAD || at + length > end) {
      return false;
    }
    switch (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)) {
      case ST:
        return true;
      case CE:
      case CL:
      case PL:
      case RE:
        return false;
    }
    at += length;
  }
  return true;
}

function scanEntry(
  kind: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  into: SystemUse,
  base: number,
): void {
  switch (kind) {
    case NM:
      scanName(bytes, at, length, into);
      break;
    case PX:
      into.mode = length >= MODE + 4 ? numberAt(bytes, at + MODE) : into.mode;
      break;
    case CE:
      if (length >= continuationArea.span) {
        // By hand: a hostile tree goes on in a million areas.
        into.continuation = {
          block: numberAt(bytes, at + AREA.block),
          offset: numberAt(bytes, at + AREA.offset),
          length: numberAt(bytes, at + AREA.length),
          pointerOffset: base + at + continuationArea.offsetOf('blockLocation'),
        };
      }
      break;
    case CL:
      if (length >= childLink.span) {
        into.childLink = childLink.decode(bytes, at).locationOfChildDirectory.littleEndian;
        into.childLinkOffset = base + at + childLink.offsetOf('locationOfChildDirectory');
      }
      break;
    case PL:
      if (length >= parentLink.span) {
        into.parentLinkOffset = base + at + parentLink.offsetOf('locationOfParentDirectory');
      }
      break;
    case RE:
      into.relocated = true;
      break;
    case ZF:
      into.compressed = true;
      break;
    case SL:
      into.symbolicLink = true;
      break;
    default:
      break;
  }
}

function numberAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at + 3] ?? 0) << 24) | ((bytes[at + 2] ?? 0) << 16);
  return (high | ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0)) >>> 0;
}

/** A name in one record is at most as long as a POSIX path; more is a hostile image's. */
const LONGEST_NAME = 4096;

function scanName(bytes: Uint8Array, at: number, length: number, into: SystemUse): void {
  const flags = length >= NAME.text ? (bytes[at + NAME.flags] ?? 0) : NAME_FLAG.current;
  if ((flags & (NAME_FLAG.current | NAME_FLAG.parent)) !== 0) {
    return;
  }
  const name = into.name ?? '';
  if (name.length < LONGEST_NAME) {
    into.name = name + latin1(bytes.subarray(at + NAME.text, at + length));
  }
}

const UTF8 = new TextDecoder('utf-8');
const NOT_ASCII = /[\x80-\xff]/;

/** A name from its bytes: Rock Ridge says nothing of their coding, and everybody writes UTF-8 (RRIP 4.1.4). */
export function decodeName(name: string): string {
  return NOT_ASCII.test(name)
    ? UTF8.decode(Uint8Array.from(name, (character) => character.charCodeAt(0)))
    : name;
}

/** The name that Rock Ridge gives a file; nothing where it gives none. */
export function rockRidgeNameOf({ name }: SystemUse): string | undefined {
  return name === undefined || name === '' ? undefined : decodeName(name);
}

/**
 * The name in the entries of an ordinary record, where a single entry holds all of it; nothing where it takes `scanSystemUse`
 * to tell.
 */
export function singleNameAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  let name: string | undefined;
  for (let at = start; at + HEAD <= end;) {
    const length = bytes[at + LENGTH] ?? 0;
    const kind = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    if (kind === NM) {
      if (name !== undefined || length <= NAME.text || bytes[at + NAME.flags] !== 0 || at + length > end) {
        return undefined;
      }
      const [from, to] = [at + NAME.text, at + length];
      name = asciiAt(bytes, from, to) ?? decodeName(latin1(bytes.subarray(from, to)));
    } else if (kind === ST || length < HEAD) {
      break;
    }
    at += length;
  }
  return name;
}

/** Bytes that CD-ROM XA puts in front of the entries of a record. */
const XA_ATTRIBUTES_LENGTH = 14;

/**
 * How many bytes to skip in every System Use field, from the root's record of itself; nothing without Rock Ridge.
 * Some writers leave out the SP entry, so entries that only Rock Ridge has count as well.
 */
export function skipLengthOf(rootSystemUse: Uint8Array): number | undefined {
  for (const start of [0, XA_ATTRIBUTES_LENGTH]) {
    const entry = rootSystemUse.subarray(start);
    if (entry.length >= sharingProtocolIndicator.span && latin1(entry.subarray(0, 2)) === 'SP') {
      const { checkBytes, lengthOfSkip } = sharingProtocolIndicator.decode(entry);
      if (SHARING_PROTOCOL_CHECK.every((byte, i) => checkBytes[i] === byte)) {
        return lengthOfSkip;
      }
    }
  }
  return ['RR', 'PX', 'NM', 'TF'].includes(latin1(rootSystemUse.subarray(0, 2))) ? 0 : undefined;
}
