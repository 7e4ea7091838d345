import { IsoError } from '../errors.js';
import type { PatchList } from '../plan/patch.js';
import { MemorySource } from '../source/memory-source.js';
import type { Source } from '../source/source.js';
import { OverlaySource, type Sources } from './overlay.js';
import type { Segment } from './segment.js';
import { CHUNK_LENGTH } from './write.js';

/**
 * Reads back every byte that a list wrote, and holds it against what was to be written.
 *
 * Errors: `ISO_OUTPUT_VERIFY` with the offset of the first byte that differs; those of reading.
 */
export async function checkWritten(result: Source, list: PatchList, sources: Sources): Promise<void> {
  // Every byte that is compared comes from a patch, so that nothing of the image below is asked for.
  const wanted = new OverlaySource(new MemorySource(new Uint8Array(0)), list, sources);
  await Promise.all(wanted.layers.segments.map((segment) => checkSegment(result, wanted, segment)));
}

async function checkSegment(result: Source, wanted: Source, { offset, length }: Segment): Promise<void> {
  for (let at = offset; at < offset + length; at += CHUNK_LENGTH) {
    const count = Math.min(CHUNK_LENGTH, offset + length - at);
    const [found, planned] = await Promise.all([result.read(at, count), wanted.read(at, count)]);
    const differs = found.findIndex((byte, i) => byte !== planned[i]);
    if (differs >= 0) {
      throw new IsoError('ISO_OUTPUT_VERIFY', 'a byte that was written reads back as another', {
        offset: at + differs,
        found: found[differs] ?? -1,
        wanted: planned[differs] ?? -1,
      });
    }
  }
}
