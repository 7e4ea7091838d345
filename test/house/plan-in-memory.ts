/**
 * Reads an image in memory, plans to make it bootable, carries the plan out and checks the result, with nothing
 * but what a browser has. Run here by Node, and bundled for a browser.
 */
import { checkInjection } from '../../src/check/injection.js';
import { BOOT_MEDIA_TYPE, PLATFORM_ID } from '../../src/layout/el-torito.js';
import { planInjection, type InjectionPlan } from '../../src/plan/inject.js';
import { PHASES, type Patch } from '../../src/plan/patch.js';
import type { InjectRequest } from '../../src/plan/request.js';
import type { SeenRange } from '../../src/plan/view.js';
import { readBootFile } from '../../src/read/boot-file.js';
import { piecesOf } from '../../src/read/file-pieces.js';
import { readImage, type Image } from '../../src/read/image.js';
import { requireFile } from '../../src/read/lookup.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { offsetOfLba } from '../../src/units.js';

/** What came of it; nothing in it but text and numbers, to be taken out of the place where it was made. */
export interface PlannedInMemory {
  readonly volume: string;
  readonly files: readonly string[];
  readonly patches: readonly (Pick<Patch, 'offset' | 'length' | 'phase' | 'why'> & {
    readonly hex: string;
  })[];
  readonly catalogLba: number;
  /** The boot files of the finished image. */
  readonly boots: readonly string[];
}

/** Makes the loader at a path of the image its boot file; JSON of a `PlannedInMemory`. */
export async function planInMemory(bytes: Uint8Array, loader: string): Promise<string> {
  const source = new MemorySource(bytes);
  const image = await readImage(source);
  const request = await requestFor(image, source, loader);
  const plan = await planWithReads(image, source, request);
  const after = await checkInjection(new MemorySource(patched(bytes, plan)), image, plan);
  const result: PlannedInMemory = {
    volume: image.volumeIdentifier,
    files: image.trees.flatMap(({ directories }) =>
      directories.flatMap(({ children }) => (children ?? []).map(({ path }) => path)),
    ),
    patches: plan.list.patches.map(({ offset, length, phase, why, content }) => ({
      offset,
      length,
      phase,
      why,
      hex: hexOf(bytesOf(content)),
    })),
    catalogLba: plan.catalog.lba,
    boots: (after.boot?.entries ?? []).map(({ node }) => node?.path ?? 'hidden'),
  };
  return JSON.stringify(result);
}

async function requestFor(image: Image, source: MemorySource, path: string): Promise<InjectRequest> {
  const { node } = requireFile(image, path);
  const [extent] = node.extents;
  if (extent === undefined) {
    throw new Error(`${path} has no extent`);
  }
  return {
    entries: [
      {
        place: { kind: 'tree', lba: extent.lba, node, path: node.path, pieces: piecesOf(node) },
        file: await readBootFile(source, offsetOfLba(extent.lba), node.size),
        platformId: PLATFORM_ID.x86,
        bootMediaType: BOOT_MEDIA_TYPE.noEmulation,
        loadSegment: 0,
        loadSize: 'auto',
        systemType: undefined,
        bootInfoTable: 'auto',
      },
    ],
    idString: '',
    reuseCatalog: true,
    mediaCheck: 'keep',
  };
}

async function planWithReads(
  image: Image,
  source: MemorySource,
  request: InjectRequest,
): Promise<InjectionPlan> {
  const seen: SeenRange[] = [];
  for (;;) {
    const step = planInjection(image, request, seen);
    if (step.kind === 'plan') {
      return step.plan;
    }
    for (const { offset, length } of step.ranges) {
      seen.push({ offset, bytes: await source.read(offset, length) });
    }
  }
}

function patched(bytes: Uint8Array, { list }: InjectionPlan): Uint8Array {
  const result = new Uint8Array(list.newSize);
  result.set(bytes);
  for (const phase of PHASES) {
    list.patches
      .filter((patch) => patch.phase === phase)
      .forEach(({ offset, content }) => result.set(bytesOf(content), offset));
  }
  return result;
}

function bytesOf(content: Patch['content']): Uint8Array {
  if (content.kind === 'source') {
    throw new Error('a loader of the tree is not brought in from anywhere');
  }
  return content.kind === 'bytes' ? content.bytes : new Uint8Array(content.length);
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
