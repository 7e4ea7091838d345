/** Images, patch lists and sources for the sink tests, all from a seed; and what an edit should give, done naively. */
import type { Patch, PatchContent, PatchList, Phase, SourceName } from '../../src/plan/patch.js';
import { MemorySource } from '../../src/source/memory-source.js';
import type { Source } from '../../src/source/source.js';

/** A small generator of numbers that are the same on every machine (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}

/** An image, an edit of it, and what the edit should give. */
export interface Sample {
  readonly image: Uint8Array;
  readonly list: PatchList;
  readonly sources: ReadonlyMap<SourceName, Source>;
  readonly expected: Uint8Array;
}

const PHASES: readonly [Phase, ...Phase[]] = ['new', 'pointers', 'descriptors', 'boot-record'];

/** Shapes that a sample may have. */
export interface SampleOptions {
  /** Length of the image in bytes. */
  readonly size?: number;
  readonly growth?: number;
  readonly count?: number;
}

/** A random edit: patches of all kinds and phases that overlap, some behind the old end; in write order. */
export function sample(seed: number, options: SampleOptions = {}): Sample {
  const random = new Random(seed);
  return edited(random.bytes(options.size ?? 70_000 + random.below(60_000)), random, options);
}

/** A random edit of an image that is there; a negative growth shortens it. */
export function sampleOf(image: Uint8Array, seed: number, options: SampleOptions = {}): Sample {
  return edited(image, new Random(seed), options);
}

function edited(image: Uint8Array, random: Random, options: SampleOptions): Sample {
  const growth = options.growth ?? random.below(2) * random.below(50_000);
  const bootFile = random.bytes(9000);
  const newSize = image.length + growth;
  const patches = Array.from({ length: options.count ?? 12 }, () =>
    randomPatch(random, image, newSize, bootFile.length),
  )
    .flatMap((patch) => splitAtEnd(patch, image))
    .sort((a, b) => PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase));
  const list = { patches, oldSize: image.length, newSize };
  const sources = new Map<SourceName, Source>([['boot-file', new MemorySource(bootFile)]]);
  return { image, list, sources, expected: applyNaively(image, list, bootFile) };
}

function randomPatch(random: Random, image: Uint8Array, newSize: number, bootFileLength: number): Patch {
  const length = 1 + random.below(5000);
  const offset = random.below(newSize - length);
  const content = random.pick<PatchContent>([
    { kind: 'bytes', bytes: random.bytes(length) },
    { kind: 'zeros', length },
    { kind: 'source', source: 'boot-file', offset: random.below(bootFileLength - length), length },
    { kind: 'source', source: 'image', offset: random.below(image.length - length), length },
  ]);
  return patchOf(offset, content, image, random.pick<Phase>(PHASES));
}

/** A patch with the right `before` for an image. */
export function patchOf(
  offset: number,
  content: PatchContent,
  image: Uint8Array,
  phase: Phase = 'new',
): Patch {
  const length = content.kind === 'bytes' ? content.bytes.length : content.length;
  const before =
    offset >= image.length
      ? ({ kind: 'beyond-end' } as const)
      : ({ kind: 'bytes', bytes: image.slice(offset, offset + length) } as const);
  return { offset, length, phase, why: 'test', content, before };
}

function splitAtEnd(patch: Patch, image: Uint8Array): Patch[] {
  const inside = image.length - patch.offset;
  if (inside <= 0 || inside >= patch.length) {
    return [patch];
  }
  return [
    patchOf(patch.offset, cut(patch.content, 0, inside), image, patch.phase),
    patchOf(image.length, cut(patch.content, inside, patch.length), image, patch.phase),
  ];
}

function cut(content: PatchContent, from: number, to: number): PatchContent {
  switch (content.kind) {
    case 'bytes':
      return { kind: 'bytes', bytes: content.bytes.subarray(from, to) };
    case 'zeros':
      return { kind: 'zeros', length: to - from };
    case 'source':
      return { ...content, offset: content.offset + from, length: to - from };
  }
}

function applyNaively(image: Uint8Array, list: PatchList, bootFile: Uint8Array): Uint8Array {
  const result = new Uint8Array(list.newSize);
  result.set(image.subarray(0, list.newSize));
  for (const { offset, content } of list.patches) {
    result.set(contentBytes(content, image, bootFile), offset);
  }
  return result;
}

function contentBytes(content: PatchContent, image: Uint8Array, bootFile: Uint8Array): Uint8Array {
  switch (content.kind) {
    case 'bytes':
      return content.bytes;
    case 'zeros':
      return new Uint8Array(content.length);
    case 'source': {
      const from = content.source === 'image' ? image : bootFile;
      return from.slice(content.offset, content.offset + content.length);
    }
  }
}
