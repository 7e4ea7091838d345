/** Removals planned for images in memory. */
import { planRemoval, type RemovalPlan, type RemovalRequest } from '../../src/plan/removal.js';
import type { SeenRange } from '../../src/plan/view.js';
import { readImage, type Image } from '../../src/read/image.js';
import { OverlaySource } from '../../src/sink/overlay.js';
import { MemorySource } from '../../src/source/memory-source.js';
import type { Source } from '../../src/source/source.js';
import type { ImageBuilder } from '../kit/image-builder.js';
import { planFor, readRanges, type PlanWish } from './planning.js';

/** A removal, and all that it came from. */
export interface PlannedRemoval {
  readonly image: Image;
  readonly seen: readonly SeenRange[];
  readonly plan: RemovalPlan;
  /** The image as the plan makes it. */
  readonly result: Uint8Array;
}

/** Plans a removal, reading whatever the planner asks to see. */
export async function removalFor(
  from: Uint8Array | Source,
  wish: Partial<RemovalRequest> = {},
): Promise<PlannedRemoval> {
  const source = from instanceof Uint8Array ? new MemorySource(from) : from;
  const image = await readImage(source);
  const seen: SeenRange[] = [];
  for (;;) {
    const step = planRemoval(image, { mediaCheck: 'keep', mayShrink: true, ...wish }, seen);
    if (step.kind === 'plan') {
      const result = new OverlaySource(source, step.plan.list);
      return { image, seen, plan: step.plan, result: await result.read(0, result.size) };
    }
    seen.push(...(await readRanges(source, step.ranges)));
  }
}

/** A built image made bootable. */
export async function injected(image: ImageBuilder, wish: PlanWish = {}): Promise<Uint8Array> {
  const { result } = await planFor(image, wish);
  return result.read(0, result.size);
}
