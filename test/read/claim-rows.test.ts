/** Claims of a directory's files that are held as rows: they answer as single ones do. */
import t from 'tap';
import { AllocationMap, type Claim } from '../../src/read/allocation-map.js';
import { surveyDirectory } from '../../src/read/directory-survey.js';
import { HeldDirectory } from '../../src/read/held-directory.js';
import { TreeNode } from '../../src/read/tree-node.js';
import { lba } from '../../src/units.js';
import { dots, joined, record } from '../kit/image-builder.js';
import { Random } from '../kit/random.js';

const BLOCK = 2048;
/** Where the directories of this file would lie in an image. */
const START = 100 * BLOCK;

/** A held directory of files of one block each that lie where they are told to, in the order of their records. */
function filesAt(blocks: readonly number[], length = BLOCK): TreeNode {
  const template = fileRecord(length);
  const own = joined(...dots(20, 20));
  const bytes = new Uint8Array((2 + Math.ceil(blocks.length / PER_BLOCK)) * BLOCK);
  const view = new DataView(bytes.buffer);
  bytes.set(own);
  blocks.forEach((block, i) => {
    const at = (1 + Math.floor(i / PER_BLOCK)) * BLOCK + (i % PER_BLOCK) * template.length;
    bytes.set(template, at);
    view.setUint32(at + 2, block, true);
    view.setUint32(at + 6, block);
  });
  const node = new TreeNode(undefined, '', true, [{ lba: lba(100), length: bytes.length }], 0, undefined);
  const survey = surveyDirectory(bytes, undefined);
  if (survey !== undefined) {
    const coding = { names: 'single-byte', skipLength: undefined } as const;
    node.contents = new HeldDirectory(node, bytes, START, survey, coding);
  }
  return node;
}

const fileRecord = (length: number): Uint8Array => record({ name: 'A', at: 300, length });

const PER_BLOCK = Math.floor(BLOCK / fileRecord(BLOCK).length);

const asText = (claims: readonly Claim[]): string[] =>
  claims.map(({ start, end, node }) => `${start}-${end} ${node?.recordOffset ?? 'none'}`);

t.test('files in rows are claimed as each of them would be', async (t) => {
  const random = new Random(9);
  for (let i = 0; i < 200; i += 1) {
    let block = 1;
    const blocks = Array.from({ length: random.between(1, 150) }, () => {
      block = random.chance(0.7) ? block + 1 : random.between(1, 300);
      return block;
    });
    const directory = filesAt(blocks);
    const [rows, singles] = [new AllocationMap(), new AllocationMap()];
    directory.eachFile((start, _, offset) => singles.claim('file', start, 1, directory, offset));
    if (rows.claimFiles(directory) !== Math.max(...blocks) + 1) {
      t.fail(`case ${i}: the highest block`);
    }
    for (let question = 0; question < 10; question += 1) {
      const start = random.between(0, 300);
      const end = start + random.between(1, 40);
      t.strictSame(
        [rows.isUnreferenced(start, end), [...rows.gaps(start, end)], rows.lastClaimedEnd(end)],
        [singles.isUnreferenced(start, end), [...singles.gaps(start, end)], singles.lastClaimedEnd(end)],
      );
      t.strictSame(asText(rows.overlapping(start, end)), asText(singles.overlapping(start, end)));
      // From the second question on, nodes are there.
      const counts = (claim: Claim): boolean => claim.start < end && claim.start % 5 === start % 5;
      t.equal(rows.lastEndOf(counts), singles.lastEndOf(counts));
      t.equal(rows.nextStart(start), singles.nextStart(start));
      t.strictSame(rows.connected(start, end), singles.connected(start, end));
    }
    t.strictSame(asText(rows.claims), asText(singles.claims));
  }
});

t.test('the last end of what counts, where rows lie over one another', async (t) => {
  const map = new AllocationMap();
  map.claimFiles(filesAt(Array.from({ length: 10 }, (_, i) => 10 + i)));
  map.claim('path table', 15, 1);
  const lastOf = (...starts: number[]): number => map.lastEndOf(({ start }) => starts.includes(start));
  t.equal(lastOf(10), 11, 'the first file of a row');
  t.equal(
    map.lastEndOf(({ kind, start }) => kind === 'path table' || start === 10),
    16,
    'not lower again for the sake of a row that starts before',
  );
  t.equal(lastOf(20), 0);
});

t.test('very many files, in one row or in rows of two', async (t) => {
  const count = 150_000;
  const inRow = new AllocationMap();
  inRow.claimFiles(filesAt(Array.from({ length: count }, (_, i) => 1000 + i)));
  t.equal(inRow.overlapping(0, 1_000_000).length, count);
  const inPairs = new AllocationMap();
  inPairs.claimFiles(filesAt(Array.from({ length: count }, (_, i) => 1000 + i + Math.floor(i / 2))));
  t.equal(inPairs.nextStart(1001), 1003, 'in less than for ever');
  t.equal(inPairs.overlapping(0, 1_000_000).length, count);
});
