/** Looks over a directory's bytes without making anything of its records: the road on which most directories are read. */

import { FILE_FLAG, FILE_IDENTIFIER_OFFSET, systemUseOffset } from '../layout/directory-record.js';
import { BLOCK_SIZE } from '../units.js';
import { AT, isSelfOrParent } from './directory.js';
import { isOrdinaryUse } from './system-use.js';

/** Bytes of a record whose File Identifier is one character; it needs no pad byte. */
const SHORTEST_RECORD = FILE_IDENTIFIER_OFFSET + 1;

/** Records that each directory starts with: of itself, and of its parent. */
export const OWN_COUNT = 2;

/** The records of a directory in which nothing is out of the ordinary, as offsets in its bytes. */
export interface DirectorySurvey {
  readonly files: Uint32Array;
  readonly directories: readonly number[];
  /** How many records there are, with those of the directory itself and of its parent. */
  readonly count: number;
  /** Where the last one ends. */
  readonly end: number;
}

/**
 * Where the records of an ordinary directory are; nothing for one that has to be read record by record: malformed, with
 * fields whose halves differ, with files of several, interleaved or extended extents, with entries that go on elsewhere
 * or lead to another directory. `skipLength` is nothing where there is no Rock Ridge. What the entries of its own two records
 * say is not looked at: every root's go on elsewhere.
 */
export function surveyDirectory(
  bytes: Uint8Array,
  skipLength: number | undefined,
): DirectorySurvey | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files = new Uint32Array(Math.floor(bytes.length / SHORTEST_RECORD));
  const directories: number[] = [];
  let at = 0;
  let last = 0;
  let count = 0;
  let fileCount = 0;
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    const blockEnd = at - (at % BLOCK_SIZE) + BLOCK_SIZE;
    if (length === 0) {
      at = blockEnd;
      continue;
    }
    const end = at + length;
    if (end > blockEnd || end > bytes.length || !isOrdinaryRecord(bytes, view, at, length)) {
      return undefined;
    }
    const identifierLength = bytes[at + AT.identifierLength] ?? 0;
    const isOwn = isSelfOrParent(bytes, at + FILE_IDENTIFIER_OFFSET, identifierLength);
    if (
      (count === 0 && !isOwn) ||
      (skipLength !== undefined &&
        !(isOwn && count < OWN_COUNT) &&
        !isOrdinaryUse(bytes, Math.min(at + systemUseOffset(identifierLength), end) + skipLength, end))
    ) {
      return undefined;
    }
    const isDirectory = ((bytes[at + AT.flags] ?? 0) & FILE_FLAG.directory) !== 0;
    if (isDirectory && !isOwn) {
      directories.push(at);
    } else if (!isOwn) {
      files[fileCount++] = at;
    }
    count += 1;
    last = end;
    at = end;
  }
  return count === 0 ? undefined : { files: files.slice(0, fileCount), directories, count, end: last };
}

function isOrdinaryRecord(bytes: Uint8Array, view: DataView, at: number, length: number): boolean {
  if (length <= FILE_IDENTIFIER_OFFSET) {
    return false;
  }
  const identifierLength = bytes[at + AT.identifierLength] ?? 0;
  return (
    identifierLength !== 0 &&
    FILE_IDENTIFIER_OFFSET + identifierLength <= length &&
    bytes[at + AT.extendedAttributes] === 0 &&
    bytes[at + AT.unitSize] === 0 &&
    ((bytes[at + AT.flags] ?? 0) & FILE_FLAG.multiExtent) === 0 &&
    view.getUint32(at + AT.extent, true) === view.getUint32(at + AT.extent + 4) &&
    view.getUint32(at + AT.dataLength, true) === view.getUint32(at + AT.dataLength + 4)
  );
}
