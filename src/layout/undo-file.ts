/**
 * The undo file: what an edit in place has to put back (docs/undo-file.md).
 *
 * A header of 512 bytes, one sector even on old disks, so that it is never torn; then the records, each a
 * head and the old bytes. All numbers are little-endian. The digest covers the fixed fields in front of it
 * and all records; what changes during an edit (state, owner) lies behind it and is not covered.
 */

import { IsoError } from '../errors.js';
import { bytes, characters, latin1, u32le, u64le, u8 } from './field.js';
import { table, type ValueOf } from './table.js';

/** The bytes that an undo file starts with: a name, and line ends that a text-mode transfer would break. */
export const UNDO_MAGIC = 'ISOBOOT-UNDO\r\n\x1a\n';
export const UNDO_VERSION = 1;

/** Bytes at the start of the original image whose sha256 says which image an undo file belongs to. */
export const UNDO_IDENTITY_LENGTH = 65_536;
/** A longer range is recorded in pieces of this length. */
export const UNDO_RECORD_MAXIMUM = 1_048_576;
/** More records than any edit has; a file that claims more is broken. */
export const UNDO_RECORD_COUNT_MAXIMUM = 1_048_576;

/** A digest that there is not, or not yet. */
export const NO_DIGEST = new Uint8Array(32);

export const undoHeader = table('undo file header', {
  magic: characters(16),
  version: u32le(),
  recordCount: u32le(),
  /** Length of all records with their old bytes. */
  recordsLength: u64le(),
  oldSize: u64le(),
  newSize: u64le(),
  identity: bytes(32),
  extends: bytes(32),
  digest: bytes(32),
  state: u8(),
  reserved: bytes(3),
  pid: u32le(),
  /** When the owner started to write, in milliseconds since 1970. */
  startedAt: u64le(),
  host: characters(128, '\0'),
  padding: bytes(224),
});

/** One range of the image: its head, in front of `oldLength` bytes. */
export const undoRecord = table('undo file record', {
  offset: u64le(),
  /** Bytes of the range that the original had; they follow the head. */
  oldLength: u32le(),
  /** Bytes of the range that the edited image has. */
  newLength: u32le(),
  /** sha256 of those. */
  newDigest: bytes(32),
});

/** How far an edit, or taking it back, has come. */
export type UndoState = 'editing' | 'undoing' | 'done';

const STATE_BYTES: Readonly<Record<UndoState, number>> = { editing: 1, undoing: 2, done: 3 };

/** Who works on the image. */
export interface UndoOwner {
  readonly pid: number;
  readonly host: string;
  readonly startedAt: number;
}

/** What an undo file's header says; sizes in bytes. */
export interface UndoHeader {
  readonly state: UndoState;
  readonly owner: UndoOwner;
  readonly oldSize: number;
  readonly newSize: number;
  readonly recordCount: number;
  readonly recordsLength: number;
  /** sha256 of the first 64 KiB of the original. */
  readonly identity: Uint8Array;
  /** `digest` of the undo file of the edits before this one, which the two are to be joined with; zeros for a first edit. */
  readonly extends: Uint8Array;
  readonly digest: Uint8Array;
}

/** What a record's head says. */
export interface UndoRecordHead {
  readonly offset: number;
  readonly oldLength: number;
  readonly newLength: number;
  readonly newDigest: Uint8Array;
}

/** The header's bytes up to the digest: what the digest covers of it. */
export const UNDO_FIXED_LENGTH = undoHeader.offsetOf('digest');

/** The header's 512 bytes. */
export function encodeUndoHeader(header: UndoHeader): Uint8Array {
  return undoHeader.encode({
    magic: UNDO_MAGIC,
    version: UNDO_VERSION,
    recordCount: header.recordCount,
    recordsLength: BigInt(header.recordsLength),
    oldSize: BigInt(header.oldSize),
    newSize: BigInt(header.newSize),
    identity: header.identity,
    extends: header.extends,
    digest: header.digest,
    state: STATE_BYTES[header.state],
    reserved: new Uint8Array(3),
    pid: header.owner.pid,
    startedAt: BigInt(header.owner.startedAt),
    host: header.owner.host,
    padding: new Uint8Array(undoHeader.rangeOf('padding').length),
  });
}

/** Reads a header; `ISO_UNDO_BROKEN` when it is no undo file's, of a later version, or holds impossible values. */
export function decodeUndoHeader(head: Uint8Array): UndoHeader {
  const fields = undoHeader.decode(head);
  const state = stateOf(fields.state);
  if (fields.magic !== UNDO_MAGIC || fields.version !== UNDO_VERSION || state === undefined) {
    throw new IsoError('ISO_UNDO_BROKEN', 'this is not an undo file that this version can read', {
      offset: 0,
      found: fields.magic === UNDO_MAGIC ? `version ${fields.version}` : 'another kind of file',
      wanted: `version ${UNDO_VERSION}`,
    });
  }
  return {
    state,
    owner: ownerOf(fields),
    oldSize: toNumber(fields.oldSize),
    newSize: toNumber(fields.newSize),
    recordCount: fields.recordCount,
    recordsLength: toNumber(fields.recordsLength),
    identity: fields.identity,
    extends: fields.extends,
    digest: fields.digest,
  };
}

/** A record's head, 48 bytes. */
export function encodeUndoRecordHead(head: UndoRecordHead): Uint8Array {
  return undoRecord.encode({ ...head, offset: BigInt(head.offset) });
}

/** Reads a record's head at `at`; `ISO_UNDO_BROKEN` when it reaches outside both sizes of the image. */
export function decodeUndoRecordHead(
  source: Uint8Array,
  at: number,
  sizes: Pick<UndoHeader, 'oldSize' | 'newSize'>,
): UndoRecordHead {
  const fields = undoRecord.decode(source, at);
  const head = { ...fields, offset: toNumber(fields.offset) };
  const inside =
    head.oldLength <= UNDO_RECORD_MAXIMUM &&
    head.newLength <= UNDO_RECORD_MAXIMUM &&
    (head.oldLength === 0 || head.offset + head.oldLength <= sizes.oldSize) &&
    (head.newLength === 0 || head.offset + head.newLength <= sizes.newSize);
  if (!inside) {
    throw new IsoError('ISO_UNDO_BROKEN', 'a record of the undo file lies outside the image', {
      offset: head.offset,
      found: Math.max(head.oldLength, head.newLength),
    });
  }
  return head;
}

/** Bytes to write over a header when its state changes, and where: one byte. */
export function encodeUndoState(state: UndoState): { readonly offset: number; readonly bytes: Uint8Array } {
  return { offset: undoHeader.offsetOf('state'), bytes: Uint8Array.of(STATE_BYTES[state]) };
}

/** Bytes to write over a header when another process takes the file over, and where; the state stays. */
export function encodeUndoOwner(owner: UndoOwner): { readonly offset: number; readonly bytes: Uint8Array } {
  const rest = { oldSize: 0, newSize: 0, recordCount: 0, recordsLength: 0, identity: NO_DIGEST };
  const digests = { extends: NO_DIGEST, digest: NO_DIGEST };
  const whole = encodeUndoHeader({ ...rest, ...digests, state: 'editing', owner });
  const offset = undoHeader.offsetOf('pid');
  return { offset, bytes: whole.slice(offset, undoHeader.offsetOf('padding')) };
}

/** Whether bytes are how an undo file starts, as far as they go: what a crash may leave of a header. */
export function startsLikeUndoFile(head: Uint8Array): boolean {
  return UNDO_MAGIC.startsWith(latin1(head.subarray(0, UNDO_MAGIC.length)));
}

function stateOf(byte: number): UndoState | undefined {
  const states = Object.keys(STATE_BYTES) as UndoState[];
  return states.find((state) => STATE_BYTES[state] === byte);
}

function ownerOf(fields: ValueOf<typeof undoHeader>): UndoOwner {
  const end = fields.host.indexOf('\0');
  return {
    pid: fields.pid,
    host: end < 0 ? fields.host : fields.host.slice(0, end),
    startedAt: toNumber(fields.startedAt),
  };
}

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new IsoError('ISO_UNDO_BROKEN', 'a number in the undo file is impossible', {
      found: String(value),
    });
  }
  return Number(value);
}
