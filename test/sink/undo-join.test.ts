/** The ranges of two edits taken together. */
import t from 'tap';
import { joinRanges } from '../../src/sink/undo-join.js';
import { undoRanges, type UndoRange } from '../../src/sink/undo-range.js';
import { patchOf, Random } from './sample.js';

t.test('joined ranges are those of one edit that did both', async (t) => {
  const random = new Random(77);
  for (let round = 0; round < 200; round += 1) {
    const sizes = [3000 + random.below(300), 3000 + random.below(300), 3000 + random.below(300)] as const;
    const base = recordsOf(random, sizes[0], sizes[1]);
    const next = recordsOf(random, sizes[1], sizes[2]);
    const joined = joinRanges(base, next);
    const wanted = new Set(
      [...bytesOf(base.records), ...bytesOf(next.records)].filter((at) => at < Math.max(sizes[0], sizes[2])),
    );
    t.strictSame(new Set(bytesOf(joined)), wanted);
    for (const { offset, oldLength, newLength, from, oldBytesAt } of joined) {
      const length = Math.max(oldLength, newLength);
      const lengths = [offset < sizes[0] ? length : 0, offset < sizes[2] ? length : 0];
      t.strictSame([oldLength, newLength], lengths);
      const source = { base, next }[from].records.find(
        (each) => each.offset <= offset && offset < each.offset + Math.max(each.oldLength, each.newLength),
      );
      t.equal(oldBytesAt - (source?.oldBytesAt ?? 0), offset - (source?.offset ?? 0));
      const isInBase = bytesOf(base.records).includes(offset);
      t.equal(from, isInBase ? 'base' : 'next', 'the oldest bytes are taken');
    }
  }
});

function recordsOf(random: Random, oldSize: number, newSize: number) {
  const image = new Uint8Array(oldSize);
  const patches = Array.from({ length: 4 }, () => {
    const length = 1 + random.below(400);
    return patchOf(random.below(Math.min(oldSize, newSize) - length), { kind: 'zeros', length }, image);
  });
  let oldBytesAt = 10_000;
  const records = undoRanges({ patches, oldSize, newSize }).map((range) => {
    const record = { ...range, oldBytesAt, newDigest: new Uint8Array(32) };
    oldBytesAt += range.oldLength + 48;
    return record;
  });
  const digest = new Uint8Array(32);
  const owner = { pid: 1, host: '', startedAt: 0 };
  const fixed = { state: 'done', owner, recordCount: records.length, recordsLength: 0 } as const;
  return {
    records,
    header: { ...fixed, oldSize, newSize, identity: digest, extends: digest, digest },
  };
}

function bytesOf(ranges: readonly UndoRange[]): number[] {
  return ranges.flatMap(({ offset, oldLength, newLength }) =>
    Array.from({ length: Math.max(oldLength, newLength) }, (_, i) => offset + i),
  );
}
