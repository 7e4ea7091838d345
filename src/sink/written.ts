import { firstDifference } from '../bytes.js';
import { IsoError } from '../errors.js';
import type { PatchList } from '../plan/patch.js';
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
  const wanted = new OverlaySource(originalOf(result, list), list, sources);
  await Promise.all(wanted.layers.segments.map((segment) => checkSegment(result, wanted, segment)));
}

/** The image before the edit, from the result: what the list wrote over is known, and the rest is as it was. */
function originalOf(result: Source, { patches, oldSize }: PatchList): Source {
  const restored = patches.flatMap(({ before, ...patch }) =>
    before.kind === 'bytes' ? [{ ...patch, before, content: before }] : [],
  );
  return new OverlaySource(result, { patches: restored, oldSize: result.size, newSize: oldSize });
}

async function checkSegment(result: Source, wanted: Source, { offset, length }: Segment): Promise<void> {
  for (let at = offset; at < offset + length; at += CHUNK_LENGTH) {
    const count = Math.min(CHUNK_LENGTH, offset + length - at);
    const [found, planned] = await Promise.all([result.read(at, count), wanted.read(at, count)]);
    const differs = firstDifference(found, planned);
    if (differs >= 0) {
      throw new IsoError('ISO_OUTPUT_VERIFY', 'a byte that was written reads back as another', {
        offset: at + differs,
        found: found[differs] ?? -1,
        wanted: planned[differs] ?? -1,
      });
    }
  }
}
