import type { Chunk, Source } from '../source/source.js';
import { stopIfAborted } from '../source/stop.js';
import { CHUNK_LENGTH } from './write.js';

/**
 * Reads a source from its start to its end, 1 MiB at a time, and one chunk ahead of whoever takes them.
 *
 * With `recycle` two buffers serve for all of it, so that each chunk is good only until the next is asked for: memory
 * that is thrown away by the megabyte piles up before it is collected.
 *
 * Errors: `ISO_INTERRUPTED` once the signal is given, those of reading the source.
 */
export async function* chunksOf(
  source: Source,
  signal?: AbortSignal,
  recycle = false,
): AsyncGenerator<Chunk, void, void> {
  let [room, spare] = recycle ? [0, 1].map(() => new Uint8Array(Math.min(CHUNK_LENGTH, source.size))) : [];
  let ahead = readAhead(source, 0, room);
  for (let offset = 0; offset < source.size;) {
    stopIfAborted(signal);
    const bytes = await ahead;
    [room, spare] = [spare, room];
    ahead = readAhead(source, offset + bytes.length, room);
    yield { offset, bytes };
    offset += bytes.length;
  }
}

function readAhead(source: Source, offset: number, into: Uint8Array | undefined): Promise<Uint8Array> {
  const reading = source.read(offset, Math.min(CHUNK_LENGTH, source.size - offset), into);
  // Nobody waits for this chunk when the one before it cannot be written; that failure is the one to report.
  reading.catch(() => undefined);
  return reading;
}
