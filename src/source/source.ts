/** Where an image's bytes come from: the one interface that reading and writing share. */

/** Bytes that can be read at any offset. */
export interface Source {
  /** What errors and logs call it: a path, or a word such as `memory`. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** Of a disc in a drive: bytes that the drive counts behind `size`, and that cannot be read. */
  readonly unreadableTail?: number;
  /**
   * Gives exactly `length` bytes from `offset`.
   *
   * Errors: `ISO_SOURCE_BOUNDS` when the range is not inside the source (a short read is never an
   * answer), `ISO_SOURCE_IO` when the medium fails.
   *
   * `into`, of at least that length, is room that the answer may be put into instead of new memory.
   */
  read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array>;
  /** Gives back what the source holds open; may be called more than once. */
  close(): Promise<void>;
}

/** A part of a source or stream, in the order of its bytes. */
export interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
}
