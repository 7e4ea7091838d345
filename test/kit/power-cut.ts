/**
 * Every state in which a loss of power can leave a folder, by the log of what was asked of the file system.
 *
 * The model, which no real file system is worse than:
 * - What was done to a file since its last sync may be there or not, each write, each block of a write and each change of
 *   its size by itself, in any combination. What was done before it is there.
 * - The same of names, since the last sync of the folder: each creation, link, removal and renaming by itself, in no order.
 *   Neither does the sync of a file keep its name, as it does on ext4. A renaming is whole or not at all.
 * - One write of a block may be torn at sectors of 512 bytes: some are new, the others as before. A sector is whole.
 */
import { BLOCK_SIZE } from '../../src/units.js';
import { combinations, spread, type Combination, type CombinationEffort } from './combination.js';
import { resized, type Event, type FileId, type Log } from './recorder.js';

/** What a loss of power left. */
export interface CutState {
  /** What stands for the state in a message. */
  readonly name: string;
  readonly torn: boolean;
  /** Whether the job had said that it was done. */
  readonly finished: boolean;
  readonly names: ReadonlyMap<string, FileId>;
  readonly contents: ReadonlyMap<FileId, Uint8Array>;
}

/** How thorough to be. */
export interface Effort extends CombinationEffort {
  /** So many operations are torn. */
  readonly torn: number;
}

/** An operation that is whole or not there, but for tearing. */
type Operation =
  | { readonly kind: 'data'; readonly file: FileId; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'size' | 'growth'; readonly file: FileId; readonly size: number }
  | Extract<Event, { kind: 'create' | 'link' | 'unlink' | 'rename' }>;

const SECTOR = 512;
/** A larger write is taken apart into so many pieces at most. */
const MOST_PIECES = 16;

/** The states at every point of a log, the most of them more than once. */
export function* cutStates(log: Log, effort: Effort): Generator<CutState> {
  const disk = new Disk(log);
  for (const [index, event] of log.events.entries()) {
    if (event.kind === 'sync' || event.kind === 'sync-folder') {
      // All that can be at an earlier point since the last sync can be here too.
      yield* disk.states(`in front of sync at event ${index}`, effort, false);
    }
    disk.take(event);
  }
  yield* disk.states('at the end', effort, true);
}

class Disk {
  readonly #names: Map<string, FileId>;
  readonly #contents: Map<FileId, Uint8Array>;
  /** The sizes of files as programs see them. */
  readonly #sizes: Map<FileId, number>;
  #pending: Operation[] = [];

  constructor({ begin }: Log) {
    this.#names = new Map([...begin.keys()].map((name, file) => [name, file]));
    this.#contents = new Map([...begin.values()].map((bytes, file) => [file, bytes]));
    this.#sizes = new Map([...begin.values()].map((bytes, file) => [file, bytes.length]));
  }

  take(event: Event): void {
    switch (event.kind) {
      case 'sync':
        return this.#keep((operation) => isOf(operation, event.file));
      case 'sync-folder':
        return this.#keep((operation) => !isOfFile(operation));
      case 'write':
        return this.#takeWrite(event);
      case 'size':
        this.#sizes.set(event.file, event.size);
        this.#pending.push(event);
        return;
      default:
        this.#pending.push(event);
    }
  }

  #takeWrite({ file, offset, bytes }: Extract<Event, { kind: 'write' }>): void {
    const end = offset + bytes.length;
    if (end > (this.#sizes.get(file) ?? 0)) {
      this.#sizes.set(file, end);
      this.#pending.push({ kind: 'growth', file, size: end });
    }
    for (const piece of piecesOf(offset, bytes)) {
      this.#pending.push({ kind: 'data', file, ...piece });
    }
  }

  /** What a sync of these means: they are there. */
  #keep(isSynced: (operation: Operation) => boolean): void {
    const { names, contents } = this.#after(this.#pending.filter(isSynced));
    names.forEach((file, name) => this.#names.set(name, file));
    [...this.#names.keys()].filter((name) => !names.has(name)).forEach((name) => this.#names.delete(name));
    contents.forEach((bytes, file) => this.#contents.set(file, bytes));
    this.#pending = this.#pending.filter((operation) => !isSynced(operation));
  }

  *states(where: string, effort: Effort, finished: boolean): Generator<CutState> {
    const pending = this.#pending;
    for (const { name, kept } of combinations(pending, effort)) {
      yield { name: `${where}: ${name}`, torn: false, finished, ...this.#after(kept) };
    }
    for (const { name, kept } of tornCombinations(pending, effort)) {
      yield { name: `${where}: ${name}`, torn: true, finished, ...this.#after(kept) };
    }
  }

  #after(operations: readonly Operation[]): Pick<CutState, 'contents'> & { names: Map<string, FileId> } {
    const names = new Map(this.#names);
    const contents = new Map(this.#contents);
    for (const [file, own] of byFile(operations)) {
      contents.set(file, contentAfter(contents.get(file) ?? new Uint8Array(0), own));
    }
    operations.forEach((operation) => applyToNames(names, operation));
    return { names, contents };
  }
}

type FileOperation = Extract<Operation, { kind: 'data' | 'size' | 'growth' }>;

function isOfFile(operation: Operation): operation is FileOperation {
  return operation.kind === 'data' || operation.kind === 'size' || operation.kind === 'growth';
}

function isOf(operation: Operation, file: FileId): boolean {
  return isOfFile(operation) && operation.file === file;
}

function byFile(operations: readonly Operation[]): Map<FileId, FileOperation[]> {
  const files = new Map<FileId, FileOperation[]>();
  for (const operation of operations.filter(isOfFile)) {
    files.set(operation.file, [...(files.get(operation.file) ?? []), operation]);
  }
  return files;
}

function contentAfter(before: Uint8Array, operations: readonly FileOperation[]): Uint8Array {
  const longest = operations.reduce(
    (most, each) => Math.max(most, each.kind === 'data' ? each.offset + each.bytes.length : each.size),
    before.length,
  );
  const bytes = resized(before, longest);
  let size = before.length;
  for (const operation of operations) {
    if (operation.kind === 'data') {
      bytes.set(operation.bytes, operation.offset);
      size = Math.max(size, operation.offset + operation.bytes.length);
    } else {
      size = operation.kind === 'size' ? operation.size : Math.max(size, operation.size);
      // What lies behind the end of a file is gone, and zeros where the file grows again.
      bytes.fill(0, size);
    }
  }
  return bytes.subarray(0, size);
}

function applyToNames(names: Map<string, FileId>, operation: Operation): void {
  switch (operation.kind) {
    case 'create':
    case 'link':
      names.set(operation.name, operation.file);
      return;
    case 'unlink':
    case 'rename':
      if (names.get(operation.name) === operation.file) {
        names.delete(operation.name);
      }
      if (operation.kind === 'rename') {
        names.set(operation.to, operation.file);
      }
      return;
    default:
  }
}

/** The blocks of a write, or larger pieces of a very large one. */
function piecesOf(offset: number, bytes: Uint8Array): { offset: number; bytes: Uint8Array }[] {
  const blocks = Math.ceil(bytes.length / BLOCK_SIZE);
  const length = BLOCK_SIZE * (blocks > 4 * MOST_PIECES ? Math.ceil(blocks / MOST_PIECES) : 1);
  const pieces: { offset: number; bytes: Uint8Array }[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + length - ((offset + at) % BLOCK_SIZE));
    pieces.push({ offset: offset + at, bytes: bytes.subarray(at, end) });
    at = end;
  }
  return pieces;
}

function* tornCombinations(all: readonly Operation[], effort: Effort): Generator<Combination<Operation>> {
  const candidates = all.flatMap((operation, i) =>
    operation.kind === 'data' && sectorsOf(operation).length > 1 ? [{ operation, i }] : [],
  );
  if (candidates.length === 0) {
    return;
  }
  for (const candidate of spread(candidates.length, effort.torn)) {
    const { operation, i } = candidates[candidate] ?? {};
    if (operation === undefined || i === undefined) {
      continue;
    }
    for (const { name, parts } of tears(operation)) {
      const named = `operation ${i} of ${all.length} ${name}`;
      yield { name: `${named}, alone`, kept: parts };
      yield { name: `${named}, with all before it`, kept: [...all.slice(0, i), ...parts] };
      yield { name: `${named}, with all others`, kept: [...all.slice(0, i), ...parts, ...all.slice(i + 1)] };
    }
  }
}

type Data = Extract<Operation, { kind: 'data' }>;

/** A write cut where sectors end. */
function sectorsOf({ file, offset, bytes }: Data): Data[] {
  const sectors: Data[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR));
    sectors.push({ kind: 'data', file, offset: offset + at, bytes: bytes.subarray(at, end) });
    at = end;
  }
  return sectors;
}

/** The ways in which a write may be torn: at each sector, its start or its end there, and only its middle. */
function tears(operation: Data): { name: string; parts: readonly Data[] }[] {
  const sectors = sectorsOf(operation);
  const cuts = spread(sectors.length - 1, 4).map((cut) => cut + 1);
  return [
    ...cuts.map((cut) => ({ name: `up to sector ${cut}`, parts: sectors.slice(0, cut) })),
    ...cuts.map((cut) => ({ name: `from sector ${cut} on`, parts: sectors.slice(cut) })),
    ...(sectors.length > 2 ? [{ name: 'without both ends', parts: sectors.slice(1, -1) }] : []),
  ];
}
