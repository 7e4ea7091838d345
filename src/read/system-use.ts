/** What the System Use field of a directory record says: Rock Ridge names, modes, relocated directories. */

import { latin1 } from '../layout/field.js';
import {
  alternateName,
  childLink,
  continuationArea,
  NAME_FLAG,
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
}

/** What was gathered from one record's System Use entries. */
export interface SystemUse {
  /** The Rock Ridge name's bytes so far; empty where it has none. */
  nameBytes: number[];
  hasName: boolean;
  mode: number | undefined;
  /** Block of the directory that this record stands for (CL). */
  childLink: number | undefined;
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
    nameBytes: [],
    hasName: false,
    mode: undefined,
    childLink: undefined,
    relocated: false,
    compressed: false,
    symbolicLink: false,
    continuation: undefined,
    malformed: false,
  };
}

const HEAD = systemUseEntryHead.span;
const LENGTH = systemUseEntryHead.offsetOf('length');

/** Adds the entries in `bytes[start, end)` to what is known; stops at ST, at a CE's record end, or at the first malformed one. */
export function scanSystemUse(bytes: Uint8Array, start: number, end: number, into: SystemUse): void {
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
    const signature = latin1(bytes.subarray(at, at + 2));
    if (signature === 'ST') {
      return;
    }
    scanEntry(signature, bytes.subarray(at, at + length), into);
    at += length;
  }
}

function scanEntry(signature: string, entry: Uint8Array, into: SystemUse): void {
  switch (signature) {
    case 'NM':
      scanName(entry, into);
      break;
    case 'PX':
      if (entry.length >= posixAttributes.span) {
        into.mode = posixAttributes.decode(entry).mode.littleEndian;
      }
      break;
    case 'CE':
      if (entry.length >= continuationArea.span) {
        const { blockLocation, offset, lengthOfContinuationArea } = continuationArea.decode(entry);
        into.continuation = {
          block: blockLocation.littleEndian,
          offset: offset.littleEndian,
          length: lengthOfContinuationArea.littleEndian,
        };
      }
      break;
    case 'CL':
      if (entry.length >= childLink.span) {
        into.childLink = childLink.decode(entry).locationOfChildDirectory.littleEndian;
      }
      break;
    case 'RE':
      into.relocated = true;
      break;
    case 'ZF':
      into.compressed = true;
      break;
    case 'SL':
      into.symbolicLink = true;
      break;
    default:
      break;
  }
}

/** A name in one record is at most as long as a POSIX path; more is a hostile image's. */
const LONGEST_NAME = 4096;

function scanName(entry: Uint8Array, into: SystemUse): void {
  if (entry.length < alternateName.span) {
    return;
  }
  const { flags } = alternateName.decode(entry);
  if ((flags & (NAME_FLAG.current | NAME_FLAG.parent)) !== 0) {
    return;
  }
  into.hasName = true;
  if (into.nameBytes.length < LONGEST_NAME) {
    into.nameBytes.push(...entry.subarray(alternateName.span));
  }
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
