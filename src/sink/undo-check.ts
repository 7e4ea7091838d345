/** Whether an undo file and an image belong together, and in which state. */
import { createHash } from 'node:crypto';
import { IsoError } from '../errors.js';
import { UNDO_IDENTITY_LENGTH } from '../layout/undo-file.js';
import type { Source } from '../source/source.js';
import { withOldBytes, type WholeUndoFile } from './restore.js';
import type { UndoChain } from './undo-chain.js';
import type { UndoFile } from './undo-reader.js';
import { readRange } from './undo-range.js';

/**
 * Checks all that can be known before edits are taken back.
 *
 * Errors: `ISO_UNDO_CHANGED` (with the offset of the range that is not as the edit left it), `ISO_UNDO_BROKEN`
 * (cut short, or another image's), those of reading. Source: docs/undo-file.md.
 */
export async function checkUndoable(image: Source, { layers, leftovers, status }: UndoChain): Promise<void> {
  for (const file of leftovers) {
    await checkUntouched(image, file);
  }
  const [newest] = layers;
  if (newest === undefined) {
    return;
  }
  if (status === 'done') {
    await checkStillEdited(image, newest);
  } else {
    await checkBelongs(image, layers);
  }
}

/**
 * An undo file that was cut short after the edit had begun looks like one that was never finished. Deleting
 * it would be the end of the original: it must be there still, so far as the header can tell.
 */
async function checkUntouched(image: Source, { path, header, status }: UndoFile): Promise<void> {
  if (header === undefined || status !== 'incomplete') {
    return;
  }
  const sameSize = image.size === header.oldSize;
  const head = sameSize ? await image.read(0, Math.min(UNDO_IDENTITY_LENGTH, image.size)) : undefined;
  if (head === undefined || !sha256(head).equals(header.identity)) {
    throw new IsoError('ISO_UNDO_BROKEN', `${path} is cut short, and ${image.name} is not its original`);
  }
}

/**
 * Checks that an image is as a finished edit left it: its size, every range, and the rest of its first 64 KiB.
 *
 * Errors: `ISO_UNDO_CHANGED`, those of reading.
 */
export async function checkStillEdited(image: Source, undo: WholeUndoFile): Promise<void> {
  const { records, header } = undo;
  if (image.size !== header.newSize) {
    throw new IsoError('ISO_UNDO_CHANGED', `${image.name} has another size than the edit left`, {
      offset: Math.min(image.size, header.newSize),
      found: image.size,
      wanted: header.newSize,
    });
  }
  for (const { offset, newLength, newDigest } of records) {
    if (!sha256(await readRange(image, offset, newLength)).equals(newDigest)) {
      throw new IsoError('ISO_UNDO_CHANGED', `${image.name} was changed after the edit`, { offset });
    }
  }
  if (!(await hasHeadOf(image, [undo]))) {
    throw new IsoError('ISO_UNDO_CHANGED', `${image.name} was changed near its start after the edit`, {
      offset: 0,
    });
  }
}

/** All that can be asked of an image in the middle of an edit: a torn sector is neither old nor new. */
async function checkBelongs(image: Source, layers: readonly WholeUndoFile[]): Promise<void> {
  const sizes = layers.flatMap(({ header }) => [header.oldSize, header.newSize]);
  if (image.size < Math.min(...sizes) || image.size > Math.max(...sizes)) {
    throw new IsoError('ISO_UNDO_BROKEN', 'the undo file belongs to an image of another size', {
      found: image.size,
      wanted: sizes.join(', '),
    });
  }
  if (!(await hasHeadOf(image, layers))) {
    const { path } = layers.at(-1) ?? { path: 'the undo file' };
    throw new IsoError('ISO_UNDO_BROKEN', `${path} does not belong to ${image.name}`, { offset: 0 });
  }
}

/** Whether the first 64 KiB, with the old bytes of all layers laid over, are the original's. */
async function hasHeadOf(image: Source, layers: readonly WholeUndoFile[]): Promise<boolean> {
  const original = layers.at(-1)?.header;
  if (original === undefined) {
    return false;
  }
  const head = new Uint8Array(Math.min(UNDO_IDENTITY_LENGTH, original.oldSize));
  head.set(await image.read(0, Math.min(head.length, image.size)));
  for (const layer of layers) {
    await layOldBytes(head, layer);
  }
  return sha256(head).equals(original.identity);
}

async function layOldBytes(head: Uint8Array, undo: WholeUndoFile): Promise<void> {
  await withOldBytes(undo, async (oldBytes) => {
    for (const record of undo.records) {
      if (record.offset < head.length) {
        const bytes = await oldBytes(record);
        head.set(bytes.subarray(0, head.length - record.offset), record.offset);
      }
    }
  });
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
