import { hostname, uptime } from 'node:os';
import { resolve } from 'node:path';
import { IsoError } from '../errors.js';
import { undoHeader, type UndoOwner } from '../layout/undo-file.js';
import { processRuns } from './process.js';

/** Undo files that this process works with now: its own pid in a file says nothing after a crash in a container. */
const held = new Set<string>();

/** This process as the owner of an edit that starts now. */
export function currentOwner(): UndoOwner {
  return { pid: process.pid, host: hostName(), startedAt: Date.now() };
}

/**
 * Notes that this process works with an undo file, until the function given back is called.
 *
 * Errors: `ISO_UNDO_LOCKED` when it does so already.
 */
export function holdUndoFile(path: string): () => void {
  const key = resolve(path);
  if (held.has(key)) {
    throw lockedBy(path, process.pid);
  }
  held.add(key);
  return () => held.delete(key);
}

/** The error of an undo file that somebody else works with. */
export function lockedBy(path: string, pid: number | undefined): IsoError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new IsoError('ISO_UNDO_LOCKED', `${who} is working with ${path}`);
}

/** Whether the owner named in the undo file at `path` still works on it: on this host, since it was last started. */
export function isAlive(owner: UndoOwner, path: string): boolean {
  if (owner.host !== hostName() || owner.startedAt < startOfHost()) {
    return false;
  }
  return owner.pid === process.pid ? held.has(resolve(path)) : processRuns(owner.pid);
}

/**
 * When this host was started. A process of an earlier run is dead, even where a newer one has its number:
 * after a power failure the numbers come again.
 */
function startOfHost(): number {
  return Date.now() - uptime() * 1000;
}

/** The host's name, so far as the header can hold it. */
function hostName(): string {
  return hostname()
    .replace(/[^\x21-\x7e]/g, '?')
    .slice(0, undoHeader.rangeOf('host').length);
}
