import { lstat } from 'node:fs/promises';

/** Where an edit that extends an undo file keeps its own until it is done. */
export function nextPathOf(undoPath: string): string {
  return `${undoPath}.next`;
}

/** Where both are written as one before that takes the undo file's name. */
export function joinedPathOf(undoPath: string): string {
  return `${undoPath}.joined`;
}

/** Whether there is an undo file, or that of an edit which extends it; what cannot be told is taken for one. */
export async function hasUndoFile(path: string): Promise<boolean> {
  // In the order in which they are read.
  return (await mayBeThere(nextPathOf(path))) || mayBeThere(path);
}

async function mayBeThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT',
  );
}
