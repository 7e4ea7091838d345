import { B_TREE_NODE, bTreeHeader, bTreeNodeDescriptor } from '../layout/hfs.js';
import type { HfsForkReader } from './hfs-fork.js';
import { LIMITS } from './limits.js';

/** A leaf record: its key from `key` on, its data from `data` to before `end`, in the node's bytes. */
export interface LeafRecord {
  readonly node: DataView;
  readonly key: number;
  readonly data: number;
  readonly end: number;
}

/** What a walk over the leaves of a B-tree came to. */
export interface BTreeWalk {
  readonly records: number;
  /** False where a node was missing, malformed or met twice, a record bad, or not as many records there as promised. */
  readonly complete: boolean;
}

const NEXT_NODE = bTreeNodeDescriptor.offsetOf('nextNode');
const NODE_KIND = bTreeNodeDescriptor.offsetOf('kind');
const NUMBER_OF_RECORDS = bTreeNodeDescriptor.offsetOf('numberOfRecords');
const FIRST_RECORD = bTreeNodeDescriptor.span;
/** Bytes of one entry of the table of record offsets that ends every node. */
const RECORD_OFFSET = 2;
const NODE_SIZE = { smallest: 512, largest: 32_768 } as const;

/**
 * Walks the leaves of a B-tree of HFS or HFS+ from left to right, handing out every record.
 *
 * Trusts no link: a node that comes a second time, or that is no leaf, ends the walk as incomplete, as does a record of
 * which `onRecord` says that it is bad. `keyLengthBytes` is 1 for HFS and 2 for HFS+.
 */
export async function walkLeaves(
  fork: HfsForkReader,
  costs: { nodes: number },
  keyLengthBytes: 1 | 2,
  onRecord: (record: LeafRecord) => boolean,
): Promise<BTreeWalk> {
  const head = await fork.read(0, FIRST_RECORD + bTreeHeader.span);
  if (head?.[NODE_KIND] !== B_TREE_NODE.header) {
    return { records: 0, complete: false };
  }
  const header = bTreeHeader.decode(head, FIRST_RECORD);
  const { nodeSize, firstLeafNode, lastLeafNode, numberOfLeafRecords } = header;
  if (nodeSize < NODE_SIZE.smallest || nodeSize > NODE_SIZE.largest || fork.size > LIMITS.directoryBytes) {
    return { records: 0, complete: false };
  }
  const visited = new Set<number>();
  let records = 0;
  let last = 0;
  for (let node = firstLeafNode; node !== 0;) {
    const at = node * nodeSize;
    const bytes = fork.seen(at, nodeSize) ?? (await fork.read(at, nodeSize));
    const leaf = bytes === undefined || visited.has(node) ? undefined : viewOf(bytes);
    const count = leaf === undefined ? -1 : scanLeaf(leaf, keyLengthBytes, onRecord);
    costs.nodes += 1;
    const isTooMuch = records + count > LIMITS.treeRecords || costs.nodes > LIMITS.hfsNodes;
    if (leaf === undefined || count < 0 || isTooMuch) {
      return { records, complete: false };
    }
    visited.add(node);
    records += count;
    last = node;
    node = leaf.getUint32(NEXT_NODE);
  }
  return { records, complete: records === numberOfLeafRecords && last === lastLeafNode };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Hands out a leaf's records and says how many there were; -1 for a node that is no sound leaf. */
function scanLeaf(node: DataView, keyLengthBytes: 1 | 2, onRecord: (record: LeafRecord) => boolean): number {
  const count = node.getUint16(NUMBER_OF_RECORDS);
  const offsetsStart = node.byteLength - (count + 1) * RECORD_OFFSET;
  if (node.getUint8(NODE_KIND) !== B_TREE_NODE.leaf || offsetsStart < FIRST_RECORD) {
    return -1;
  }
  let start = node.getUint16(node.byteLength - RECORD_OFFSET);
  for (let i = 1; i <= count; i += 1) {
    const end = node.getUint16(node.byteLength - (i + 1) * RECORD_OFFSET);
    if (start < FIRST_RECORD || end < start + keyLengthBytes || end > offsetsStart) {
      return -1;
    }
    const keyLength = keyLengthBytes === 1 ? node.getUint8(start) : node.getUint16(start);
    const data = start + keyLengthBytes + keyLength;
    // Data start at an even offset of the node.
    if (!onRecord({ node, key: start, data: data + (data % 2), end })) {
      return -1;
    }
    start = end;
  }
  return count;
}
