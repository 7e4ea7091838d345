/** Plans an injection for an image in memory. */
import { readFile } from 'node:fs/promises';
import { chooseBoot, type BootChoice } from '../../src/job/boot-choice.js';
import { planWithReads } from '../../src/job/carry-out.js';
import { planInjection, type InjectionPlan } from '../../src/plan/inject.js';
import type { InjectRequest } from '../../src/plan/request.js';
import { readImage, type Image } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import type { SourceBytes } from './power-loss.js';

/** A plan with all that it was made from. */
export interface Planned {
  readonly image: Image;
  readonly plan: InjectionPlan;
  readonly sources: SourceBytes;
}

/** Plans what `isoboot inject` would do with this choice. */
export async function planFor(bytes: Uint8Array, choice: BootChoice = {}): Promise<Planned> {
  const source = new MemorySource(bytes);
  const image = await readImage(source);
  const chosen = await chooseBoot(image, source, choice);
  try {
    const request: InjectRequest = {
      entries: chosen.entries,
      idString: chosen.idString,
      reuseCatalog: true,
      mediaCheck: 'keep',
    };
    const plan = await planWithReads(source, (seen) => planInjection(image, request, seen));
    const local =
      choice.bootFile === undefined ? [] : [['boot-file', await readFile(choice.bootFile)] as const];
    return { image, plan, sources: new Map(local) };
  } finally {
    await Promise.all([...chosen.sources.values()].map((each) => each.close()));
  }
}

/** How many blocks of the image itself change; what is appended, and a boot file that is brought in, do not count. */
export function changedBlocks({ plan }: Planned): number {
  const blocks = new Set<number>();
  for (const { offset, length, content, before } of plan.list.patches) {
    if (before.kind === 'beyond-end' || (content.kind === 'source' && content.source !== 'image')) {
      continue;
    }
    for (let block = Math.floor(offset / BLOCK_SIZE); block * BLOCK_SIZE < offset + length; block += 1) {
      blocks.add(block);
    }
  }
  return blocks.size;
}
