import { lstatSync } from 'node:fs';

/** Where an edit that extends an undo file keeps its own until it is done. */
export function nextPathOf(undoPath: string): string {
  return `${undoPath}.next`;
}

/** Where both are written as one before that takes the undo file's name. */
export function joinedPathOf(undoPath: string): string {
  return `${undoPath}.joined`;
}

/** Whether there is an undo file, or that of an edit which extends it; what cannot be told is taken for one. */
export function hasUndoFile(path: string): boolean {
  // In the order in which they are read.
  return mayBeThere(nextPathOf(path)) || mayBeThere(path);
}

function mayBeThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
