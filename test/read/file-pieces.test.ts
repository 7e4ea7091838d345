/** Where the bytes of a file lie that does not lie in a row. */
import t from 'tap';
import { FILE_FLAG } from '../../src/layout/directory-record.js';
import { piecesOf } from '../../src/read/file-pieces.js';
import { LIMITS } from '../../src/read/limits.js';
import { TreeNode, type Extent } from '../../src/read/tree-node.js';
import { readImage } from '../../src/read/image.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { PiecesSource } from '../../src/source/pieces-source.js';
import { lba } from '../../src/units.js';
import { dots, ImageBuilder, record, ROOT, type RecordSpec } from '../kit/image-builder.js';
import { AwkwardSource } from '../kit/sources.js';
import { seededBytes } from '../kit/vendor-tree.js';

const BLOCK = 2048;

function file(...extents: readonly Extent[]): TreeNode {
  return new TreeNode(undefined, 'F', false, [...extents], 1234, undefined);
}

const run = (at: number, length: number): Extent => ({ lba: lba(at), length });
const woven = (at: number, length: number, fileUnitSize: number, interleaveGapSize: number): Extent => ({
  ...run(at, length),
  interleave: { fileUnitSize, interleaveGapSize },
});

t.test('extents', async (t) => {
  t.same(piecesOf(file()), []);
  t.same(piecesOf(file(run(20, 0))), [], 'an empty file');
  t.same(piecesOf(file(run(20, 5))), [{ offset: 20 * BLOCK, length: 5 }]);
  t.same(
    piecesOf(file(run(20, BLOCK), run(21, 0), run(21, 7))),
    [{ offset: 20 * BLOCK, length: BLOCK + 7 }],
    'adjacent ones are one',
  );
  t.same(
    piecesOf(file(run(20, 10), run(21, 7))),
    [
      { offset: 20 * BLOCK, length: 10 },
      { offset: 21 * BLOCK, length: 7 },
    ],
    'a part that ends inside a block',
  );
  t.same(piecesOf(file(run(20, 5)), 512), [{ offset: 20 * 512, length: 5 }], 'another block size');
});

t.test('interleaved extents', async (t) => {
  t.same(
    piecesOf(file(woven(20, 5 * BLOCK + 1, 2, 3))),
    [
      { offset: 20 * BLOCK, length: 2 * BLOCK },
      { offset: 25 * BLOCK, length: 2 * BLOCK },
      { offset: 30 * BLOCK, length: BLOCK + 1 },
    ],
    'units of two blocks, three between them',
  );
  t.same(piecesOf(file(woven(20, 5 * BLOCK, 2, 0))), [{ offset: 20 * BLOCK, length: 5 * BLOCK }], 'no gap');
  t.same(piecesOf(file(woven(20, BLOCK, 2, 3))), [{ offset: 20 * BLOCK, length: BLOCK }], 'one unit');
  t.same(piecesOf(file(woven(20, 0, 1, 1))), []);
});

t.test('a file in more pieces than any disc has', async (t) => {
  const most = file(woven(20, LIMITS.filePieces * BLOCK, 1, 1));
  t.equal(piecesOf(most).length, LIMITS.filePieces);
  const more = file(woven(20, LIMITS.filePieces * BLOCK + 1, 1, 1));
  t.throws(() => piecesOf(more), { code: 'ISO_TREE_LIMIT', offset: 1234 });
});

/** The bytes of the file whose records these are, with the n-th block of the image full of the number n. */
async function contents(...records: readonly RecordSpec[]): Promise<Uint8Array> {
  const image = new ImageBuilder(60).primary().terminator(17);
  image.directory(ROOT, [...dots(ROOT, ROOT), ...records.map(record)]);
  for (let block = ROOT + 1; block < 60; block += 1) {
    image.put(block, new Uint8Array(BLOCK).fill(block));
  }
  const { trees } = await readImage(new MemorySource(image.bytes));
  const [node] = trees[0]?.root.children ?? [];
  const pieces = node === undefined ? [] : piecesOf(node);
  const source = new PiecesSource(new AwkwardSource(image.bytes), pieces);
  return source.read(0, source.size);
}

/** Each block's number with how many bytes of it there are. */
function lengths(bytes: Uint8Array): [number, number][] {
  const found: [number, number][] = [];
  for (const byte of bytes) {
    const last = found.at(-1);
    if (last?.[0] === byte) {
      last[1] += 1;
    } else {
      found.push([byte, 1]);
    }
  }
  return found;
}

t.test('from directory records', async (t) => {
  const spec = { name: 'F.BIN;1', at: 30 };
  t.same(lengths(await contents({ ...spec, length: 2050, extendedAttributeBlocks: 2 })), [
    [32, 2048],
    [33, 2],
  ]);
  const woven = { ...spec, length: 3 * BLOCK + 9, fileUnitSize: 2, interleaveGapSize: 1 };
  const units = [
    [30, 2048],
    [31, 2048],
    [33, 2048],
    [34, 9],
  ];
  t.same(lengths(await contents(woven)), units, 'units and gaps');
  t.same(
    lengths(await contents({ ...woven, extendedAttributeBlocks: 1 })),
    units.map(([block = 0, length]) => [block + 3, length]),
    'the extended attribute record has a unit of its own',
  );
  const first = { ...spec, length: 2 * BLOCK, flags: FILE_FLAG.multiExtent };
  const second = { ...spec, at: 40, length: BLOCK + 1, fileUnitSize: 1, interleaveGapSize: 4 };
  t.same(
    lengths(await contents(first, second)),
    [
      [30, 2048],
      [31, 2048],
      [40, 2048],
      [45, 1],
    ],
    'each section has a rhythm of its own',
  );
});

t.test('pieces as a source', async (t) => {
  const bytes = seededBytes(3, 20_000);
  const pieces = [
    { offset: 15_000, length: 4000 },
    { offset: 0, length: 1 },
    { offset: 7000, length: 3 },
    { offset: 2000, length: 5000 },
  ];
  const whole = Uint8Array.from(
    pieces.flatMap(({ offset, length }) => [...bytes.subarray(offset, offset + length)]),
  );
  for (const base of [new MemorySource(bytes), new AwkwardSource(bytes)]) {
    const source = new PiecesSource(base, pieces);
    for (let offset = 3990; offset < 4010; offset += 1) {
      for (let length = 0; length < 20; length += 1) {
        const got = new Uint8Array(await source.read(offset, length));
        if (!t.same(got, new Uint8Array(whole.subarray(offset, offset + length)))) {
          return;
        }
      }
    }
  }
});
