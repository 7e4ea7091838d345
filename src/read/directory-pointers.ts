import { FILE_IDENTIFIER_OFFSET, PARENT_IDENTIFIER, SELF_IDENTIFIER } from '../layout/directory-record.js';
import type { ScannedRecord } from './directory.js';
import { OWN_COUNT } from './directory-survey.js';
import type { DirectorySystemUses } from './rock-ridge.js';
import type { DirectoryPointers } from './tree-node.js';

/** Where a directory's first two records, of itself and of its parent, stand. */
export function pointersOf(
  records: readonly ScannedRecord[],
  bytes: Uint8Array,
  start: number,
  systemUses: DirectorySystemUses | undefined,
): DirectoryPointers {
  const indexOf = (identifier: number): number =>
    records
      .slice(0, OWN_COUNT)
      .findIndex(
        ({ at, isSelfOrParent }) => isSelfOrParent && bytes[at + FILE_IDENTIFIER_OFFSET] === identifier,
      );
  const offsetOf = (index: number): number | undefined => {
    const record = records[index];
    return record === undefined ? undefined : start + record.at;
  };
  const parent = indexOf(PARENT_IDENTIFIER);
  return {
    self: offsetOf(indexOf(SELF_IDENTIFIER)),
    parent: offsetOf(parent),
    parentLink: systemUses?.uses[parent]?.parentLinkOffset,
    continuations: systemUses?.continuations ?? [],
  };
}
