/** The table of everything that isoboot says no with: meaning, exit code and clause of each. */

import { EXIT, type CodeMeaning } from './exit.js';
import { USAGE_CODES } from './usage-codes.js';

/**
 * The code table. ECMA-119 clauses are those of the 4th edition (June 2019), El Torito's those of
 * version 1.0 (1995), RRIP's and SUSP's those of version 1.12.
 */
export const ERROR_CODES = {
  ...USAGE_CODES,
  ISO_SOURCE_NOT_FOUND: {
    meaning: 'The file or device does not exist.',
    exit: EXIT.io,
    clause: 'file system',
  },
  ISO_SOURCE_NOT_A_FILE: {
    meaning: 'The input is a folder, a socket or something else that has no bytes to read at an offset.',
    exit: EXIT.damaged,
    clause: 'file system',
  },
  ISO_SOURCE_EMPTY: { meaning: 'The input has no bytes.', exit: EXIT.damaged, clause: 'file system' },
  ISO_SOURCE_IO: { meaning: 'Reading the input failed.', exit: EXIT.io, clause: 'file system' },
  ISO_SOURCE_BOUNDS: {
    meaning: 'A structure lies, wholly or in part, outside the bytes that hold it.',
    exit: EXIT.damaged,
    clause: 'ECMA-119 6.3',
  },
  ISO_SOURCE_TRUNCATED: {
    meaning: 'The image ends before an extent that its directories or boot catalog refer to.',
    exit: EXIT.damaged,
    clause: 'ECMA-119 8.4.8',
  },
  ISO_SOURCE_CHANGED: {
    meaning: 'The image changed between reading and writing: bytes to be replaced are not those planned for.',
    exit: EXIT.io,
    clause: 'isoboot patch list',
  },
  ISO_SOURCE_DIGEST: {
    meaning: 'The input does not have the digest given with --expect.',
    exit: EXIT.negative,
    clause: 'command line',
  },
  ISO_VOLUME_NOT_ISO9660: {
    meaning: 'There is no ISO 9660 volume descriptor at logical block 16.',
    exit: EXIT.damaged,
    clause: 'ECMA-119 8.1',
  },
  ISO_VOLUME_UDF_ONLY: {
    meaning: 'The disc has a UDF volume and no ISO 9660 one; only the latter can be made bootable.',
    exit: EXIT.damaged,
    clause: 'ECMA-167 2/8.3',
  },
  ISO_VOLUME_NO_TERMINATOR: {
    meaning: 'The volume descriptor set has no terminator.',
    exit: EXIT.damaged,
    clause: 'ECMA-119 8.3',
  },
  ISO_VOLUME_BLOCK_SIZE: {
    meaning: 'The logical block size is not 2048 bytes; such images are read, not edited.',
    exit: EXIT.cannot,
    clause: 'ECMA-119 8.4.12',
  },
  ISO_VOLUME_BYTE_ORDER: {
    meaning: 'The two halves of a both-byte-order number differ in a field that the edit must trust.',
    exit: EXIT.damaged,
    clause: 'ECMA-119 7.3.3',
  },
  ISO_VOLUME_SPACE_SIZE: {
    meaning: 'The volume space size does not agree with the size of the image.',
    exit: EXIT.damaged,
    clause: 'ECMA-119 8.4.8',
  },
  ISO_VOLUME_HFS_ONLY: {
    meaning: 'The image holds an HFS or HFS+ volume and no ISO 9660 one.',
    exit: EXIT.damaged,
    clause: 'ECMA-119 8.1',
  },
  ISO_VOLUME_HFS: {
    meaning:
      'An HFS or HFS+ volume beside the ISO 9660 one cannot be read to its end; all of it is left alone.',
    exit: EXIT.damaged,
    clause: 'Inside Macintosh: Files, chapter 2',
  },
  ISO_VOLUME_MULTI_SESSION: {
    meaning: 'The image holds several sessions; it is read by its last one, not edited.',
    exit: EXIT.cannot,
    clause: 'El Torito 2.0',
  },
  ISO_HYBRID_MBR: {
    meaning: 'The master boot record starts a loader at a block that no boot catalog entry names.',
    exit: EXIT.damaged,
    clause: 'isohybrid',
  },
  ISO_TREE_NOT_FOUND: {
    meaning: 'No file or directory of that name is in the image.',
    exit: EXIT.cannot,
    clause: 'ECMA-119 6.8',
  },
  ISO_TREE_NOT_A_FILE: {
    meaning: 'The path names a directory where a file is wanted, or the other way round.',
    exit: EXIT.cannot,
    clause: 'ECMA-119 9.1.6',
  },
  ISO_TREE_RECORD: {
    meaning: 'A directory record is malformed and was passed over.',
    exit: EXIT.damaged,
    clause: 'ECMA-119 9.1',
  },
  ISO_TREE_LOOP: {
    meaning: 'A directory contains itself, by its extent, and is listed only once.',
    exit: EXIT.damaged,
    clause: 'ECMA-119 6.8.2',
  },
  ISO_TREE_LIMIT: {
    meaning: 'The image asks for more work than the limits allow: too many records, too deep, too large.',
    exit: EXIT.damaged,
    clause: 'isoboot limits',
  },
  ISO_TREE_SYSTEM_USE: {
    meaning: 'A system use entry or continuation area is malformed, and the rest of its area was ignored.',
    exit: EXIT.damaged,
    clause: 'SUSP 4.1',
  },
  ISO_TREE_COMPRESSED: {
    meaning: 'A file is stored compressed, and what is stored cannot be uncompressed.',
    exit: EXIT.damaged,
    clause: 'RRIP 1.12 (ZF)',
  },
  ISO_UDF_STRUCTURE: {
    meaning: 'A structure of the UDF volume is broken or not understood; its partition is left alone.',
    exit: EXIT.damaged,
    clause: 'ECMA-167 4',
  },
  ISO_BOOT_BROKEN: {
    meaning: 'There is a boot record, but the boot catalog that it points at is not one.',
    exit: EXIT.cannot,
    clause: 'El Torito 2.1',
  },
  ISO_BOOT_CATALOG: {
    meaning: 'The boot catalog has an oddity that some firmware rejects.',
    exit: EXIT.damaged,
    clause: 'El Torito 2.1',
  },
  ISO_BOOT_TABLE_STALE: {
    meaning: 'The boot info table in a boot file does not describe that file.',
    exit: EXIT.damaged,
    clause: 'genisoimage boot info table',
  },
  ISO_BOOT_HIGH_BLOCK: {
    meaning:
      'A boot file lies behind block 65,535, where its loader (ISOLINUX before 6.03) fails on some machines.',
    exit: EXIT.damaged,
    clause: 'ISOLINUX 6.03, NEWS',
  },
  ISO_BOOT_NONE: {
    meaning:
      'The image is not bootable: there is no boot record, and where a loader would do, none is in its tree.',
    exit: EXIT.cannot,
    clause: 'El Torito 2.0',
  },
  ISO_BOOT_NO_ENTRY: {
    meaning: 'The boot catalog has no entry of that number.',
    exit: EXIT.cannot,
    clause: 'El Torito 2.2',
  },
  ISO_BOOT_FILE: {
    meaning: 'The boot file cannot be booted: it is empty, too large or not what the emulation type needs.',
    exit: EXIT.cannot,
    clause: 'El Torito 2.2',
  },
  ISO_BOOT_COMPRESSED: {
    meaning: 'The boot file is stored zisofs-compressed; no loader can be started from there.',
    exit: EXIT.cannot,
    clause: 'RRIP 1.12 (ZF)',
  },
  ISO_PLAN_NO_BOOT_FILE: {
    meaning: 'No loader was found at any of the known places, and none was given.',
    exit: EXIT.cannot,
    clause: 'isoboot inject',
  },
  ISO_PLAN_ALREADY_BOOTABLE: {
    meaning: 'The image already has a boot record and a boot catalog.',
    exit: EXIT.cannot,
    clause: 'El Torito 2.0',
  },
  ISO_PLAN_NO_ROOM: {
    meaning: 'The block behind the volume descriptors is in use by something that may not move.',
    exit: EXIT.cannot,
    clause: 'ECMA-119 8.1',
  },
  ISO_PLAN_GROWTH: {
    meaning:
      'The image would have to grow in a way that its other file system or its size field does not allow.',
    exit: EXIT.cannot,
    clause: 'ECMA-119 8.4.8',
  },
  ISO_PLAN_GATE: {
    meaning: 'A plan failed its own last check and was not carried out; this is a defect in isoboot.',
    exit: EXIT.io,
    clause: 'isoboot patch list',
  },
  ISO_OUTPUT_EXISTS: {
    meaning: 'The output exists and --force was not given.',
    exit: EXIT.cannot,
    clause: 'file system',
  },
  ISO_OUTPUT_IO: { meaning: 'Writing the output failed.', exit: EXIT.io, clause: 'file system' },
  ISO_OUTPUT_CLOSED: {
    meaning: 'Whoever was reading standard output closed it.',
    exit: EXIT.io,
    clause: 'file system',
  },
  ISO_OUTPUT_VERIFY: {
    meaning: 'The finished output, read again, is not what was planned.',
    exit: EXIT.io,
    clause: 'isoboot patch list',
  },
  ISO_UNDO_NONE: { meaning: 'There is no undo file for this image.', exit: EXIT.cannot, clause: 'undo file' },
  ISO_UNDO_EXISTS: {
    meaning: 'An undo file of an earlier edit is there, and this edit would keep it from taking that back.',
    exit: EXIT.cannot,
    clause: 'undo file',
  },
  ISO_UNDO_BROKEN: {
    meaning: 'The undo file is damaged, or belongs to another image.',
    exit: EXIT.cannot,
    clause: 'undo file',
  },
  ISO_UNDO_CHANGED: {
    meaning: 'The image changed after the edit, so that taking the edit back would mix two states.',
    exit: EXIT.cannot,
    clause: 'undo file',
  },
  ISO_UNDO_LOCKED: {
    meaning: 'Another isoboot is editing this image now.',
    exit: EXIT.cannot,
    clause: 'undo file',
  },
  ISO_UNDO_INTERRUPTED: {
    meaning: 'An edit of this image was interrupted; take it back with isoboot undo before anything else.',
    exit: EXIT.cannot,
    clause: 'undo file',
  },
  ISO_MEDIA_CHECK_FIELD: {
    meaning: 'The media check field holds something else, or a sum there could not be kept true.',
    exit: EXIT.cannot,
    clause: 'isomd5sum',
  },
  ISO_MEDIA_CHECK_EXISTS: { meaning: 'There is a media check.', exit: EXIT.cannot, clause: 'isomd5sum' },
  ISO_MEDIA_CHECK_NONE: { meaning: 'The image has no media check.', exit: EXIT.cannot, clause: 'isomd5sum' },
  ISO_INTERRUPTED: {
    meaning: 'The work was cancelled; nothing was left half-written.',
    exit: EXIT.io,
    clause: 'signal',
  },
  ISO_INTERNAL: { meaning: 'A defect in isoboot.', exit: EXIT.io, clause: 'isoboot' },
} as const satisfies Record<string, CodeMeaning>;

/** The name of an error or finding, `ISO_<AREA>_<FACT>`; stable, for scripts. */
export type IsoErrorCode = keyof typeof ERROR_CODES;
