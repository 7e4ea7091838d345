import type { Source } from '../source/source.js';
import { BLOCK_SIZE } from '../units.js';
import { AllocationMap } from './allocation-map.js';
import { BlockReader } from './block-reader.js';
import { readDescriptorSet, type DescriptorSet, type TreeDescriptor } from './descriptor-set.js';
import { Findings } from './finding.js';
import type { Names, Trees } from './lookup.js';
import { findSessions } from './sessions.js';
import { readTree, type Tree } from './tree.js';

/**
 * Reads no more of an image than a look by some names, or by the best that it has, takes: one tree of several, and not what all of them refer to.
 *
 * Gives nothing where it takes the whole model to tell: `readImage` then. Errors: as for `readImage`.
 */
export async function readListedTrees(source: Source, names: Names | undefined): Promise<Trees | undefined> {
  const findings = new Findings();
  const set = await readDescriptorSet(new BlockReader(source), findings);
  const { littleEndian: blockSize } = set.primary.fields.logicalBlockSize;
  if (names === 'udf' || names === 'iso' || blockSize !== BLOCK_SIZE || (await hasSessions(source, set))) {
    return undefined;
  }
  const costs = { records: 0, bytes: 0 };
  const read = (descriptor: TreeDescriptor): Promise<Tree> =>
    readTree(new BlockReader(source), descriptor, findings, costs);
  const [primary, second, ...others] = set.trees;
  const isJoliet = second?.kind === 'joliet' && others.length === 0;
  if (primary === undefined) {
    return undefined;
  }
  if (names === 'joliet') {
    return isJoliet ? { trees: [await read(second)] } : undefined;
  }
  const tree = await read(primary);
  if (tree.hasRockRidge) {
    return { trees: [tree] };
  }
  return names === undefined && isJoliet ? { trees: [tree, await read(second)] } : undefined;
}

/** Whether there may be other sessions: without knowing what belongs to a file, more is taken for one than is one. */
async function hasSessions(source: Source, set: DescriptorSet): Promise<boolean> {
  const sessions = await findSessions(new BlockReader(source), new AllocationMap(), set);
  return sessions.length > 0;
}
