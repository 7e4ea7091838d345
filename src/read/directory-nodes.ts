import type { ScannedRecord } from './directory.js';
import { continuesInNext, isDirectoryRecord } from './directory.js';
import { extentOf } from './extent.js';
import { isPlain, rockRidgeNameOf, type SystemUse } from './system-use.js';
import { NO_ODDITIES, TreeNode, type Extent, type NodeOddities } from './tree-node.js';

/** The records of one directory, with what their System Use fields say. */
export interface DirectoryRecords {
  /** Byte offset of the directory in the image. */
  readonly start: number;
  readonly records: readonly ScannedRecord[];
  /** One a record; nothing without Rock Ridge. */
  readonly uses: readonly SystemUse[] | undefined;
}

/** What a directory holds: one node for all records of a file. `known` gives the nodes that are there already, by record. */
export function nodesOf(
  directory: TreeNode,
  { start, records, uses }: DirectoryRecords,
  known?: ReadonlyMap<number, TreeNode>,
): TreeNode[] {
  const nodes: TreeNode[] = [];
  let unfinished: TreeNode | undefined;
  records.forEach((record, i) => {
    if (record.isSelfOrParent) {
      return;
    }
    const extent = extentOf(record);
    if (unfinished !== undefined) {
      unfinished.extents.push({ ...extent, recordOffset: start + record.at });
      if (record.interleaved && !unfinished.oddities.interleaved) {
        const { interleaveGapBlocks } = record;
        unfinished.oddities = { ...unfinished.oddities, interleaved: true, interleaveGapBlocks };
      }
    } else {
      nodes.push(
        known?.get(start + record.at) ?? nodeOf(directory, record, start + record.at, extent, uses?.[i]),
      );
    }
    unfinished = continuesInNext(record) ? (unfinished ?? nodes.at(-1)) : undefined;
  });
  return nodes;
}

function nodeOf(
  directory: TreeNode,
  record: ScannedRecord,
  recordOffset: number,
  extent: Extent,
  systemUse: SystemUse | undefined,
): TreeNode {
  const isDirectory = isDirectoryRecord(record);
  const node = new TreeNode(directory, record.name, isDirectory, [extent], recordOffset, record.recordedAt);
  node.rockRidgeName = systemUse === undefined ? undefined : rockRidgeNameOf(systemUse);
  node.mode = systemUse?.mode;
  const { interleaved, interleaveGapBlocks } = record;
  if (interleaved || (systemUse !== undefined && !isPlain(systemUse))) {
    node.oddities = { ...odditiesOf(systemUse), interleaved, interleaveGapBlocks };
  }
  return node;
}

function odditiesOf(systemUse: SystemUse | undefined): NodeOddities {
  if (systemUse === undefined) {
    return NO_ODDITIES;
  }
  const { compressed, symbolicLink, relocated, childLink, childLinkOffset } = systemUse;
  return { ...NO_ODDITIES, compressed, symbolicLink, relocated, childLink, childLinkOffset };
}
