/** An image in a folder with its undo file beside it, for tests that edit it in place. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IsoError } from '../../src/errors.js';
import { applyInPlace, type InPlaceRequest, type InPlaceResult } from '../../src/sink/in-place.js';
import { undoEdit, type UndoResult } from '../../src/sink/undo.js';
import type { Sample } from './sample.js';

/** The paths of the two. */
export interface Place {
  readonly path: string;
  readonly undoPath: string;
}

/** Puts an image into a folder. */
export async function place(folder: string, image: Uint8Array): Promise<Place> {
  const path = join(folder, 'image.iso');
  await writeFile(path, image);
  return { path, undoPath: `${path}.isoboot-undo` };
}

/** Edits the image. */
export function edit(
  { list, sources }: Pick<Sample, 'list' | 'sources'>,
  { path, undoPath }: Place,
  more: Partial<InPlaceRequest> = {},
): Promise<InPlaceResult> {
  return applyInPlace({ path, list, sources, undo: { path: undoPath }, ...more });
}

/** Takes its edits back. */
export function undo({ path, undoPath }: Place): Promise<UndoResult> {
  return undoEdit({ image: path, undoPath });
}

/** Whether the image is of these bytes. */
export async function holds({ path }: Pick<Place, 'path'>, bytes: Uint8Array): Promise<boolean> {
  return Buffer.compare(await readFile(path), bytes) === 0;
}

/** The code of an error of ours; of any other, the error as it prints. */
export function codeOf(error: unknown): string {
  return error instanceof IsoError ? error.code : String(error);
}
