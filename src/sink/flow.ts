import type { PatchList } from '../plan/patch.js';
import type { HeldStream } from '../source/held-stream.js';
import type { Chunk } from '../source/source.js';
import { sourceNamed, type Sources } from './overlay.js';
import { stopIfAborted } from '../source/stop.js';
import { overlayChunk, resolveLayers, type Layers, type Piece } from './segment.js';
import { sendAll, type StreamRequest, type StreamResult } from './stream.js';

/** An edit that is laid over a stream while it flows by. */
export interface FlowRequest extends Omit<StreamRequest, 'source' | 'recycle'> {
  readonly input: HeldStream;
  /** Changes no size, and takes bytes of the image only from what `input` holds. */
  readonly list: PatchList;
  readonly sources: Sources;
}

/** Whether an edit can be laid over a stream of which so many bytes are held. */
export function canFlow({ patches, oldSize, newSize }: PatchList, heldLength: number): boolean {
  return (
    newSize === oldSize &&
    patches.every(
      ({ content }) =>
        content.kind !== 'source' ||
        content.source !== 'image' ||
        content.offset + content.length <= heldLength,
    )
  );
}

/**
 * Passes a stream on with an edit laid over it, up to its end, wherever that is; gives what was written.
 *
 * Errors: `ISO_OUTPUT_CLOSED` when the reader goes away, `ISO_OUTPUT_IO`, `ISO_INTERRUPTED`, `ISO_SOURCE_IO`.
 */
export async function applyToFlow(request: FlowRequest): Promise<StreamResult> {
  return sendAll(editedChunks(request), request.list.newSize, request);
}

async function* editedChunks({ input, list, sources, signal }: FlowRequest): AsyncGenerator<Chunk> {
  // Whatever size was claimed for it, what comes behind that is part of it.
  const layers = { ...resolveLayers(list), oldSize: Number.POSITIVE_INFINITY };
  for await (const chunk of input.all(list.oldSize)) {
    stopIfAborted(signal);
    yield { offset: chunk.offset, bytes: await editedChunk(chunk, layers, { input, sources }) };
  }
}

interface Supply {
  readonly input: HeldStream;
  readonly sources: Sources;
}

async function editedChunk({ offset, bytes }: Chunk, layers: Layers, supply: Supply): Promise<Uint8Array> {
  const pieces = overlayChunk(layers, offset, bytes.length);
  if (pieces.length === 1 && pieces[0]?.kind === 'base' && pieces[0].offset === offset) {
    return bytes;
  }
  // A copy: the bytes that came may belong to whoever feeds the stream.
  const edited = Uint8Array.from(bytes);
  let at = 0;
  for (const piece of pieces) {
    if (piece.kind !== 'base' || piece.offset !== offset + at) {
      edited.set(await bytesOf(piece, supply), at);
    }
    at += piece.length;
  }
  return edited;
}

async function bytesOf(piece: Piece, { input, sources }: Supply): Promise<Uint8Array> {
  switch (piece.kind) {
    case 'base':
      return input.read(piece.offset, piece.length);
    case 'zeros':
      return new Uint8Array(piece.length);
    case 'bytes':
      return piece.bytes;
    case 'source':
      return sourceNamed(sources, piece.source).read(piece.offset, piece.length);
  }
}
