import { fstatSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Patch, PatchList } from '../plan/patch.js';
import { isRawVolume } from '../source/device-failure.js';
import { MemorySource } from '../source/memory-source.js';
import type { Source } from '../source/source.js';
import { Breath } from './breath.js';
import { outputFailure } from './failure.js';
import { OverlaySource, sourceNamed, type Sources } from './overlay.js';
import { writeOrder } from './segment.js';

/** Bytes that are read and written at once: large enough to be fast, small enough for any memory. */
export const CHUNK_LENGTH = 1_048_576;

/**
 * Bytes that go into a file without a detour over another thread, which takes ten times as long as such a write: an edit
 * is a dozen of them. Drives may take seconds, and are never waited for here; nor is a sync.
 */
const WRITTEN_AT_ONCE = 64 * 1024;

/** Between any two of them, whosever they are: there may be a million, and somebody may want to cancel. */
const BREATH = new Breath();

/** A file being written: its handle, and the path that errors name. */
export interface Target {
  readonly handle: FileHandle;
  readonly path: string;
}

/** Writes all the bytes at a byte offset; `ISO_OUTPUT_IO` with the offset when the system fails. */
export async function writeAt(target: Target, bytes: Uint8Array, offset: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const at = offset + written;
    try {
      const count = await writeSome(target, bytes.subarray(written), at);
      if (count === 0) {
        throw new Error('the system took no bytes');
      }
      written += count;
    } catch (error) {
      throw outputFailure(target.path, error, at);
    }
  }
}

async function writeSome({ handle, path }: Target, bytes: Uint8Array, offset: number): Promise<number> {
  if (bytes.length > WRITTEN_AT_ONCE || isRawVolume(path) || !fstatSync(handle.fd).isFile()) {
    return (await handle.write(bytes, 0, bytes.length, offset)).bytesWritten;
  }
  await BREATH.take();
  return writeSync(handle.fd, bytes, 0, bytes.length, offset);
}

/** Gives a file its size in bytes, cutting it or adding zeros, and a device nothing; `ISO_OUTPUT_IO` on failure. */
export async function setSize(target: Target, size: number): Promise<void> {
  try {
    const stat = fstatSync(target.handle.fd);
    if (stat.isFile() && stat.size !== size) {
      await target.handle.truncate(size);
    }
  } catch (error) {
    throw outputFailure(target.path, error, size);
  }
}

/** Where patches take bytes from: the image as it was before all patches, and the named sources. */
export interface Supply {
  readonly image: Source;
  readonly sources: Sources;
}

/** Writes one patch at its place, in chunks, so that a large boot file costs no memory. */
export async function writePatch(target: Target, patch: Patch, supply: Supply): Promise<void> {
  const [source, start] = contentSource(patch, supply);
  for (let done = 0; done < patch.length; done += CHUNK_LENGTH) {
    const length = Math.min(CHUNK_LENGTH, patch.length - done);
    const bytes = source === undefined ? new Uint8Array(length) : await source.read(start + done, length);
    await writeAt(target, bytes, patch.offset + done);
  }
}

/** Where a patch's bytes are, and where they start there; no source for zeros. */
function contentSource({ content }: Patch, { image, sources }: Supply): [Source | undefined, number] {
  switch (content.kind) {
    case 'zeros':
      return [undefined, 0];
    case 'bytes':
      return [new MemorySource(content.bytes), 0];
    case 'source':
      return [content.source === 'image' ? image : sourceNamed(sources, content.source), content.offset];
  }
}

interface Range {
  readonly offset: number;
  readonly length: number;
}

/**
 * The image as it is before any patch, for reading while patches are written to it: what a patch takes from a
 * place that it or an earlier one writes to is read now and kept in memory. Plans seldom have such a place.
 */
export async function originalView(image: Source, list: PatchList): Promise<Source> {
  const kept = overwrittenSources(writeOrder(list));
  if (kept.length === 0) {
    return image;
  }
  const patches: Patch[] = [];
  for (const { offset, length } of kept) {
    const bytes = await image.read(offset, length);
    const content = { kind: 'bytes', bytes } as const;
    patches.push({ offset, length, phase: 'new', why: 'the original', content, before: content });
  }
  return new OverlaySource(image, { patches, oldSize: image.size, newSize: image.size });
}

function overwrittenSources(patches: readonly Patch[]): Range[] {
  return patches.flatMap(({ content }, index) => {
    if (content.kind !== 'source' || content.source !== 'image') {
      return [];
    }
    return patches.slice(0, index + 1).flatMap((earlier) => overlap(content, earlier));
  });
}

function overlap(a: Range, b: Range): Range[] {
  const from = Math.max(a.offset, b.offset);
  const to = Math.min(a.offset + a.length, b.offset + b.length);
  return from < to ? [{ offset: from, length: to - from }] : [];
}
