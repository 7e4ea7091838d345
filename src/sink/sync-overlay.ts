import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { IsoError } from '../errors.js';
import type { SourceName } from '../plan/patch.js';
import { endedEarly, readFailure } from '../source/device-failure.js';
import { BLOCK_SIZE, roundUpToBlock } from '../units.js';
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

type PathDescription = Extract<SourceDescription, { kind: 'path' }>;

interface SyncSource {
  /** Fills the whole target from a byte offset. */
  read(target: Uint8Array, offset: number): void;
  close(): void;
}

function openSource(description: SourceDescription): SyncSource {
  if (description.kind === 'bytes') {
    return inMemory(description.bytes);
  }
  return description.isDevice ? openDevice(description) : openPath(description);
}

function inMemory(bytes: Uint8Array): SyncSource {
  return {
    read(target, offset) {
      const part = bytes.subarray(offset, offset + target.length);
      if (part.length < target.length) {
        throw endedEarly('memory', bytes.length, offset + target.length);
      }
      target.set(part);
    },
    close: () => undefined,
  };
}

function openPath({ path, size }: PathDescription): SyncSource {
  const fd = openForReading(path);
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

/** A disc in a drive is read by whole blocks, as `DeviceSource` does. */
function openDevice({ path, size }: PathDescription): SyncSource {
  const fd = openForReading(path);
  return {
    read(target, offset) {
      const start = offset - (offset % BLOCK_SIZE);
      const end = Math.min(roundUpToBlock(offset + target.length), size);
      if (start === offset && end === offset + target.length) {
        readBlocks(fd, path, target, start);
      } else {
        const blocks = new Uint8Array(end - start);
        readBlocks(fd, path, blocks, start);
        target.set(blocks.subarray(offset - start, offset - start + target.length));
      }
    },
    close: () => closeSync(fd),
  };
}

/** For one block that cannot be read, or for one behind the end of the disc that is read ahead, a larger read fails. */
function readBlocks(fd: number, path: string, target: Uint8Array, offset: number): void {
  try {
    readFully(fd, path, target, offset);
  } catch {
    for (let at = 0; at < target.length; at += BLOCK_SIZE) {
      readFully(fd, path, target.subarray(at, at + BLOCK_SIZE), offset + at);
    }
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw readFailure(path, 0, error);
  }
}

function readFully(fd: number, path: string, target: Uint8Array, offset: number): void {
  for (let filled = 0; filled < target.length;) {
    const got = readSome(fd, path, target, filled, offset + filled);
    if (got === 0) {
      throw endedEarly(path, offset + filled, offset + target.length);
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
