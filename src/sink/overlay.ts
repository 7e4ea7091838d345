import { IsoError } from '../errors.js';
import type { PatchList, SourceName } from '../plan/patch.js';
import { checkRange } from '../source/range.js';
import type { Source } from '../source/source.js';
import { overlayChunk, resolveLayers, type Layers, type Piece } from './segment.js';

export { overlayChunk, resolveLayers } from './segment.js';

/** The sources that patches take bytes from; `image` is always the image below and need not be among them. */
export type Sources = ReadonlyMap<SourceName, Source>;

/** The source of that name; `ISO_INTERNAL` when the caller gave none. */
export function sourceNamed(sources: Sources, name: SourceName): Source {
  const source = sources.get(name);
  if (source === undefined) {
    throw new IsoError('ISO_INTERNAL', `the plan takes bytes from ${name}, which was not given`);
  }
  return source;
}

/**
 * The edited image as a source: an image with a patch list laid over it, nothing written anywhere.
 *
 * `size` is the new size in bytes. Closing it leaves the sources below open: they belong to the caller.
 * Errors: `ISO_SOURCE_BOUNDS` and `ISO_SOURCE_IO` from reading, `ISO_PLAN_GATE` for a list that does not fit.
 */
export class OverlaySource implements Source {
  readonly name: string;
  readonly size: number;
  readonly layers: Layers;
  readonly #base: Source;
  readonly #sources: Sources;

  constructor(base: Source, list: PatchList, sources: Sources = new Map()) {
    this.name = base.name;
    this.layers = resolveLayers(list);
    this.size = list.newSize;
    this.#base = base;
    this.#sources = sources;
  }

  async read(offset: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const pieces = overlayChunk(this.layers, offset, length);
    const [only] = pieces;
    if (pieces.length === 1 && only?.kind === 'base') {
      return this.#base.read(only.offset, length, into);
    }
    const chunk = into === undefined ? new Uint8Array(length) : into.subarray(0, length);
    let at = 0;
    for (const piece of pieces) {
      await this.#fill(chunk.subarray(at, at + piece.length), piece);
      at += piece.length;
    }
    return chunk;
  }

  async #fill(room: Uint8Array, piece: Piece): Promise<void> {
    if (piece.kind === 'zeros') {
      room.fill(0);
    } else {
      // Bytes that are in their room already are set upon themselves, which costs nothing to speak of.
      room.set(await this.#bytesOf(piece, room));
    }
  }

  async #bytesOf(piece: Exclude<Piece, { kind: 'zeros' }>, room: Uint8Array): Promise<Uint8Array> {
    switch (piece.kind) {
      case 'base':
        return this.#base.read(piece.offset, piece.length, room);
      case 'bytes':
        return piece.bytes;
      case 'source':
        return sourceNamed(this.#sources, piece.source).read(piece.offset, piece.length);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
