/** A vendor-like image in memory whose every block is known, and plans made for it. */
import { BOOT_MEDIA_TYPE, PLATFORM_ID } from '../../src/layout/el-torito.js';
import { bothByteOrders } from '../../src/layout/field.js';
import { volumeDescriptor, type VolumeDescriptor } from '../../src/layout/volume-descriptor.js';
import { planInjection, type InjectionPlan } from '../../src/plan/inject.js';
import type { SourceName } from '../../src/plan/patch.js';
import type { BootFilePlace, EntryRequest, InjectRequest } from '../../src/plan/request.js';
import type { Range, SeenRange } from '../../src/plan/view.js';
import { readBootFile } from '../../src/read/boot-file.js';
import { piecesOf } from '../../src/read/file-pieces.js';
import { readImage, type Image } from '../../src/read/image.js';
import { requireFile } from '../../src/read/lookup.js';
import { OverlaySource } from '../../src/sink/overlay.js';
import { checkRange } from '../../src/source/range.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { PiecesSource } from '../../src/source/pieces-source.js';
import type { Source } from '../../src/source/source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { dots, ImageBuilder, record, ROOT, type RecordSpec } from '../kit/image-builder.js';
import { ascii } from '../kit/golden.js';
import { seededBytes } from '../kit/vendor-tree.js';

/** Where things lie in a built image: room behind the terminator, then two free blocks on either side of the folder. */
export const AT = { joliet: 17, room: 19, folder: 21, jolietRoot: 23, loader: 24 } as const;

/** The free blocks of a built image in front of its loader. */
export const LOW_BLOCKS = [22] as const;

/** Bytes in the loader of a built image, and the block behind it. */
export const LOADER_SIZE = 5001;
export const LOADER_END = 27;

/** A loader with room for a boot info table. */
export function makeLoader(size = LOADER_SIZE): Uint8Array {
  const bytes = seededBytes(size, size);
  bytes.fill(0, 8, Math.min(64, size));
  return bytes;
}

/** How a built image differs from the plain one. */
export interface VendorSpec {
  /** Blocks of the image; the volume says as many. */
  readonly blocks?: number;
  readonly loader?: Uint8Array;
  /** What the loader's record says. */
  readonly record?: Partial<RecordSpec>;
  /** More records of the folder, and of Joliet's root. */
  readonly records?: readonly RecordSpec[];
  readonly joliet?: readonly RecordSpec[];
  readonly primary?: Partial<VolumeDescriptor>;
  readonly supplementary?: Partial<VolumeDescriptor>;
  /** What the root's record of itself carries: Rock Ridge announces itself there. */
  readonly rootSystemUse?: Uint8Array;
  /** Blocks that hold something that nothing refers to. */
  readonly littered?: readonly number[];
}

/** The path of the loader in a built image. */
export const LOADER_PATH = '/ISOLINUX/ISOLINUX.BIN';

/** Primary and Joliet descriptors, a root, a folder and a loader; from block 27 on all is padding. */
export function vendorImage(spec: VendorSpec = {}): ImageBuilder {
  const { blocks = 300, loader = makeLoader() } = spec;
  const image = new ImageBuilder(blocks).primary(spec.primary).terminator(18);
  const primary = volumeDescriptor.decode(image.bytes, 16 * BLOCK_SIZE);
  const jolietRoot = record({ name: '\0', at: AT.jolietRoot, length: BLOCK_SIZE, directory: true });
  image.put(
    AT.joliet,
    volumeDescriptor.encode({
      ...primary,
      type: 2,
      escapeSequences: Uint8Array.from([...ascii('%/E'), ...new Uint8Array(29)]),
      applicationUse: new Uint8Array(512),
      directoryRecordForRoot: jolietRoot,
      ...spec.supplementary,
    }),
  );
  const own = { name: 'ISOLINUX.BIN;1', at: AT.loader, length: loader.length, ...spec.record };
  image
    .directory(ROOT, [
      ...dots(ROOT, ROOT, spec.rootSystemUse),
      record({ name: 'ISOLINUX', at: AT.folder, length: BLOCK_SIZE, directory: true }),
    ])
    .directory(AT.folder, [
      ...dots(AT.folder, ROOT),
      record(own),
      ...(spec.records ?? []).map((each) => record(each)),
    ])
    .directory(AT.jolietRoot, [
      ...dots(AT.jolietRoot, AT.jolietRoot),
      ...(spec.joliet ?? []).map((each) => record({ ...each, name: ucs2(each.name) })),
    ])
    .put(AT.loader, loader);
  (spec.littered ?? []).forEach((block) => image.put(block, ascii('litter')));
  return image;
}

function ucs2(name: string): string {
  return Array.from(name, (character) => `\0${character}`).join('');
}

/** A volume size for a built image. */
export function sizeOf(blocks: number): Pick<VolumeDescriptor, 'volumeSpaceSize'> {
  return { volumeSpaceSize: bothByteOrders(blocks) };
}

/** Bytes at the start of an image of any size; the rest of it is zero. */
export class SparseSource implements Source {
  readonly name = 'sparse';

  constructor(
    private readonly head: Uint8Array,
    readonly size: number,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const bytes = new Uint8Array(length);
    bytes.set(this.head.subarray(offset, offset + length));
    return bytes;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** An entry to be asked for: the file of the image at a path, or bytes that are brought in. */
export interface EntryWish extends Partial<Omit<EntryRequest, 'place' | 'file'>> {
  readonly path?: string;
  readonly bytes?: Uint8Array;
}

/** What is asked of the planner: one entry for the loader, unless told. */
export interface PlanWish extends Partial<Omit<InjectRequest, 'entries'>> {
  readonly entries?: readonly EntryWish[];
}

/** A plan, and all that it came from. */
export interface Planned {
  readonly image: Image;
  readonly source: Source;
  readonly request: InjectRequest;
  readonly seen: readonly SeenRange[];
  readonly plan: InjectionPlan;
  /** The image as the plan makes it. */
  readonly result: OverlaySource;
}

/** The request that a wish stands for. */
export async function requestFor(image: Image, source: Source, wish: PlanWish = {}): Promise<InjectRequest> {
  const entries: EntryRequest[] = [];
  for (const each of wish.entries ?? [{}]) {
    entries.push(await entryFor(image, source, each));
  }
  const { idString = '', reuseCatalog = true, mediaCheck = 'keep', onto } = wish;
  return { entries, idString, reuseCatalog, mediaCheck, onto };
}

async function entryFor(image: Image, source: Source, wish: EntryWish): Promise<EntryRequest> {
  const { path = LOADER_PATH, bytes, ...changes } = wish;
  const plain = {
    platformId: PLATFORM_ID.x86,
    bootMediaType: BOOT_MEDIA_TYPE.noEmulation,
    loadSegment: 0,
    loadSize: 'auto',
    systemType: undefined,
    bootInfoTable: 'auto',
  } as const;
  if (bytes !== undefined) {
    const place: BootFilePlace = { kind: 'source', source: 'boot-file', offset: 0, name: 'brought' };
    const file = await readBootFile(new MemorySource(bytes), 0, bytes.length);
    return { ...plain, place, file, ...changes };
  }
  const { node } = requireFile(image, path);
  const lba = node.extents[0]?.lba;
  if (lba === undefined) {
    throw new TypeError(`${path} has no extent`);
  }
  const inside = Math.max(0, Math.min(node.size, source.size - lba * BLOCK_SIZE));
  const file = await readBootFile(new PiecesSource(source, piecesOf(node)), 0, inside);
  return {
    ...plain,
    place: { kind: 'tree', lba, node, path: node.path, pieces: piecesOf(node) },
    file,
    ...changes,
  };
}

/** Plans, reading whatever the planner asks to see. */
export async function planFor(from: Source | ImageBuilder, wish: PlanWish = {}): Promise<Planned> {
  const source = from instanceof ImageBuilder ? new MemorySource(from.bytes) : from;
  const image = await readImage(source);
  const request = await requestFor(image, source, wish);
  const seen: SeenRange[] = [];
  for (;;) {
    const step = planInjection(image, request, seen);
    if (step.kind === 'plan') {
      const brought = wish.entries?.find(({ bytes }) => bytes !== undefined)?.bytes;
      const sources = new Map<SourceName, Source>(
        brought === undefined ? [] : [['boot-file', new MemorySource(brought)]],
      );
      const result = new OverlaySource(source, step.plan.list, sources);
      return { image, source, request, seen, plan: step.plan, result };
    }
    seen.push(...(await readRanges(source, step.ranges)));
  }
}

/** Reads ranges for the planner. */
export async function readRanges(source: Source, ranges: readonly Range[]): Promise<SeenRange[]> {
  const seen: SeenRange[] = [];
  for (const { offset, length } of ranges) {
    seen.push({ offset, bytes: await source.read(offset, length) });
  }
  return seen;
}

/** So many blocks of the finished image, from one on. */
export async function resultBlocks({ result }: Planned, block: number, count = 1): Promise<Uint8Array> {
  return result.read(block * BLOCK_SIZE, count * BLOCK_SIZE);
}

/** The first patch whose reason begins so. */
export function patchFor({ plan }: Planned, why: string) {
  return plan.list.patches.find((patch) => patch.why.startsWith(why));
}
