import { Readable } from 'node:stream';

/** A stream that gives bytes in pieces of one length, as pipes and sockets may. */
export function inPieces(bytes: Uint8Array, pieceLength: number): Readable {
  function* pieces(): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceLength) {
      yield bytes.subarray(at, at + pieceLength);
    }
  }
  return Readable.from(pieces(), { objectMode: true, highWaterMark: 1 });
}
