import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { IsoError, messageOf } from '../errors.js';
import type { SourceName } from '../plan/patch.js';
import type { DigestJob, SourceDescription } from './digest-job.js';
import { overlayChunk, type Piece } from './segment.js';

/** An edited image that is read synchronously, into memory that the caller uses again and again. */
export class SyncOverlay {
  readonly #layers: DigestJob['layers'];
  readonly #base: SyncSource;
  readonly #sources = new Map<SourceName, SyncSource>();

  constructor({ layers, base, sources }: DigestJob) {
    this.#layers = layers;
    this.#base = openSource(base);
    try {
      sources.forEach(([name, description]) => this.#sources.set(name, openSource(description)));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Fills the whole chunk from a byte offset of the edited image. */
  fill(chunk: Uint8Array, offset: number): void {
    let at = 0;
    for (const piece of overlayChunk(this.#layers, offset, chunk.length)) {
      this.#fillPiece(chunk.subarray(at, at + piece.length), piece);
      at += piece.length;
    }
  }

  #fillPiece(target: Uint8Array, piece: Piece): void {
    switch (piece.kind) {
      case 'base':
        this.#base.read(target, piece.offset);
        return;
      case 'zeros':
        target.fill(0);
        return;
      case 'bytes':
        target.set(piece.bytes);
        return;
      case 'source':
        this.#sourceNamed(piece.source).read(target, piece.offset);
    }
  }

  #sourceNamed(name: SourceName): SyncSource {
    const source = this.#sources.get(name);
    if (source === undefined) {
      throw new IsoError('ISO_INTERNAL', `the plan takes bytes from ${name}, which was not given`);
    }
    return source;
  }

  close(): void {
    [this.#base, ...this.#sources.values()].forEach((source) => source.close());
  }
}

interface SyncSource {
  /** Fills the whole target from a byte offset. */
  read(target: Uint8Array, offset: number): void;
  close(): void;
}

function openSource(description: SourceDescription): SyncSource {
  return description.kind === 'path'
    ? openPath(description.path, description.size)
    : inMemory(description.bytes);
}

function inMemory(bytes: Uint8Array): SyncSource {
  return {
    read(target, offset) {
      const part = bytes.subarray(offset, offset + target.length);
      if (part.length < target.length) {
        throw tooShort('memory', bytes.length, offset + target.length);
      }
      target.set(part);
    },
    close: () => undefined,
  };
}

function openPath(path: string, size: number): SyncSource {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw readFailure(path, 0, error);
  }
  const stat = fstatSync(fd);
  if (stat.isFile() && stat.size !== size) {
    closeSync(fd);
    throw new IsoError('ISO_SOURCE_CHANGED', `${path} has another size than when it was read`, {
      offset: Math.min(stat.size, size),
      found: stat.size,
      wanted: size,
    });
  }
  return { read: (target, offset) => readFully(fd, path, target, offset), close: () => closeSync(fd) };
}

function readFully(fd: number, path: string, target: Uint8Array, offset: number): void {
  for (let filled = 0; filled < target.length;) {
    const got = readSome(fd, path, target, filled, offset + filled);
    if (got === 0) {
      throw tooShort(path, offset + filled, offset + target.length);
    }
    filled += got;
  }
}

function readSome(fd: number, path: string, target: Uint8Array, filled: number, position: number): number {
  try {
    return readSync(fd, target, filled, target.length - filled, position);
  } catch (error) {
    throw readFailure(path, position, error);
  }
}

function readFailure(path: string, offset: number, error: unknown): IsoError {
  return new IsoError('ISO_SOURCE_IO', `${path} cannot be read: ${messageOf(error)}`, {
    offset,
    cause: error,
  });
}

function tooShort(path: string, found: number, wanted: number): IsoError {
  return new IsoError('ISO_SOURCE_BOUNDS', `${path} ended while it was being read`, {
    offset: found,
    found,
    wanted,
  });
}
