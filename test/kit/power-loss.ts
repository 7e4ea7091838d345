/** The states in which an interrupted edit can leave an image, in memory. */
import type { PatchList, Phase, SourceName } from '../../src/plan/patch.js';
import { writeOrder } from '../../src/sink/segment.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { combinations } from './combination.js';

/** One write that is whole or not there: no more than a block. */
export interface Write {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly why: string;
}

/** The writes of an edit in order, and between which of them a sync stands. */
export type SyncedWrites = readonly (readonly Write[])[];

/** The bytes behind the named sources of a list; those of the image itself are known. */
export type SourceBytes = ReadonlyMap<SourceName, Uint8Array>;

/** Takes a list apart into single blocks, in groups that a sync ends. */
export function writesOf(list: PatchList, image: Uint8Array, sources: SourceBytes = new Map()): SyncedWrites {
  const groups: Write[][] = [];
  let phase: Phase | undefined;
  for (const patch of writeOrder(list)) {
    const bytes = bytesOf(patch.content, image, sources);
    const writes = blocksOf(patch.offset, bytes, patch.why);
    const last = groups.at(-1);
    if (last === undefined || patch.phase !== phase || patch.phase === 'descriptors') {
      groups.push(writes);
    } else {
      last.push(...writes);
    }
    phase = patch.phase;
  }
  return groups;
}

function bytesOf(
  content: PatchList['patches'][number]['content'],
  image: Uint8Array,
  sources: SourceBytes,
): Uint8Array {
  switch (content.kind) {
    case 'bytes':
      return content.bytes;
    case 'zeros':
      return new Uint8Array(content.length);
    case 'source': {
      const source = content.source === 'image' ? image : sources.get(content.source);
      return source?.slice(content.offset, content.offset + content.length) ?? new Uint8Array(0);
    }
  }
}

function blocksOf(offset: number, bytes: Uint8Array, why: string): Write[] {
  const writes: Write[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + BLOCK_SIZE - ((offset + at) % BLOCK_SIZE));
    writes.push({ offset: offset + at, bytes: bytes.subarray(at, end), why });
    at = end;
  }
  return writes;
}

/** An image with some writes done; a file grows as far as they reach, and no further than its new size. */
export function withWrites(image: Uint8Array, writes: readonly Write[]): Uint8Array {
  const size = writes.reduce((end, { offset, bytes }) => Math.max(end, offset + bytes.length), image.length);
  const result = new Uint8Array(size);
  result.set(image);
  writes.forEach(({ offset, bytes }) => result.set(bytes, offset));
  return result;
}

/** A state of the image in the middle of an edit. */
export interface State {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A large copy has thousands of blocks that are all alike. */
const EFFORT = { exhaustive: 4, alone: 48, samples: 6 };

/**
 * States in which some writes since the last sync are done and others are not; among them those after each single write
 * in order, of a large copy after some of them.
 */
export function* lossStates(image: Uint8Array, groups: SyncedWrites): Generator<State> {
  let synced = image;
  for (const [number, writes] of groups.entries()) {
    for (const { name, kept } of combinations(writes, EFFORT)) {
      const why = kept.slice(0, 3).map((write) => write.why);
      yield { name: `group ${number}, ${name}: ${why.join(', ')}`, bytes: withWrites(synced, kept) };
    }
    synced = withWrites(synced, writes);
  }
}
