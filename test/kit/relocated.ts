/** What has to hold of the injection into any volume, whatever had to move for it. */
import { findDisagreements } from '../../src/check/agreement.js';
import { checkInjection } from '../../src/check/injection.js';
import { RUN_OUT_BLOCKS } from '../../src/plan/free-space.js';
import { readImage, type Image } from '../../src/read/image.js';
import type { TreeNode } from '../../src/read/tree-node.js';
import { OverlaySource } from '../../src/sink/overlay.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { randomVolume } from '../fixtures/random-volume.js';
import { LOADER_PATH } from '../fixtures/tree.js';
import { writeVolume } from '../fixtures/writer.js';
import { listingOf } from './contents.js';
import { planFor, type Planned } from './planned.js';
import { withWrites, writesOf, type State, type SyncedWrites } from './power-loss.js';
import { Random } from './random.js';

const LOADER = /isolinux\.bin/i;

/** Injects into the random volume of a seed; gives what does not hold. */
export async function faultsOf(seed: number): Promise<string[]> {
  const { bytes } = writeVolume(randomVolume(seed));
  const planned = await planFor(bytes, { bootPath: LOADER_PATH });
  const { plan, image } = planned;
  const faults = [
    ...(await faultsOfStates(bytes, planned, seed)),
    ...orderFaults(planned, await resultOf(bytes, planned)),
  ];
  const result = new OverlaySource(new MemorySource(bytes), plan.list);
  await checkInjection(result, image, plan);
  const disagreements = await findDisagreements(result, await readImage(result));
  return [
    ...faults,
    ...disagreements.map(({ what, found, wanted }) => `${what}: ${found}, not ${wanted}`),
    ...plan.moves
      .filter(({ start, end, to }) => to + end - start > plan.volumeBlocks - RUN_OUT_BLOCKS)
      .map(({ what }) => `${what} lies in the run-out`),
  ];
}

async function resultOf(bytes: Uint8Array, { plan }: Planned): Promise<Image> {
  return readImage(new OverlaySource(new MemorySource(bytes), plan.list));
}

const PREFIXES = 8;
const SUBSETS = 2;

/** Some of the states that a loss of power can leave: after a number of writes, or with any of those since a sync. */
function* someStates(bytes: Uint8Array, groups: SyncedWrites, random: Random): Generator<State> {
  const writes = groups.flat();
  for (let i = 0; i < PREFIXES; i += 1) {
    const done = writes.slice(0, random.between(1, writes.length));
    yield {
      name: `after ${done.length} writes, the last for: ${done.at(-1)?.why}`,
      bytes: withWrites(bytes, done),
    };
  }
  let synced = bytes;
  for (const [number, group] of groups.entries()) {
    for (let i = 0; i < SUBSETS; i += 1) {
      const share = random.next();
      const done = group.filter(() => random.chance(share));
      yield {
        name: `group ${number}, ${done.length} of ${group.length} writes`,
        bytes: withWrites(synced, done),
      };
    }
    synced = withWrites(synced, group);
    yield { name: `after group ${number}`, bytes: synced };
  }
}

async function faultsOfStates(
  bytes: Uint8Array,
  { plan, sources }: Planned,
  seed: number,
): Promise<string[]> {
  const listed = (await listingOf(bytes, LOADER)).join('\n');
  const groups = writesOf(plan.list, bytes, sources);
  const faults: string[] = [];
  for (const state of someStates(bytes, groups, new Random(seed))) {
    if ((await listingOf(state.bytes, LOADER)).join('\n') !== listed) {
      faults.push(`other files ${state.name}`);
    }
  }
  const undone = withWrites(
    withWrites(bytes, groups.flat()),
    plan.list.patches.flatMap(({ offset, before, why }) =>
      before.kind === 'bytes' ? [{ offset, bytes: before.bytes, why }] : [],
    ),
  );
  if (!Buffer.from(undone.subarray(0, bytes.length)).equals(bytes)) {
    faults.push('the old bytes do not give the old image');
  }
  return faults;
}

/** Directories that lay in front of their subdirectories, and do so no longer. */
function orderFaults({ image, plan }: Planned, after: Image): string[] {
  if (plan.outOfOrder.length > 0) {
    return [];
  }
  return image.trees.flatMap((tree, i) =>
    tree.directories.flatMap((directory, j) => {
      const now = after.trees[i]?.directories[j];
      const { parent } = directory;
      if (parent === undefined || startOf(parent) > startOf(directory)) {
        return [];
      }
      return startOf(now?.parent) < startOf(now) ? [] : [`${directory.path} lies in front of its parent`];
    }),
  );
}

function startOf(node: TreeNode | undefined): number {
  return node?.extents[0]?.lba ?? 0;
}
