/** The allocation map against the plainest thing that does the same: one flag a block. */
import t from 'tap';
import { AllocationMap, type Claim } from '../../src/read/allocation-map.js';
import { Random } from '../sink/sample.js';

const BLOCKS = 64;

/** Claims at random, with overlaps, duplicates and empty ones, and the blocks that they take. */
function randomMap(seed: number): { map: AllocationMap; taken: boolean[]; claims: [number, number][] } {
  const random = new Random(seed);
  const map = new AllocationMap();
  const taken = Array.from({ length: BLOCKS }, () => false);
  const claims: [number, number][] = [];
  for (let i = random.below(12); i > 0; i -= 1) {
    const start = random.below(BLOCKS);
    const count = random.below(random.pick([1, 2, 8, BLOCKS - start + 1]));
    map.claim('file', start, count);
    taken.fill(true, start, Math.min(start + count, BLOCKS));
    if (count > 0) {
      claims.push([start, start + count]);
    }
    if (random.below(3) === 0) {
      // Asked in between, the map has to sort itself again later.
      map.isUnreferenced(0, BLOCKS);
    }
  }
  return { map, taken, claims };
}

function bounds(claims: readonly Claim[]): string[] {
  return claims.map(({ start, end }) => `${start}-${end}`);
}

function gapsOf(taken: readonly boolean[], start: number, end: number): string[] {
  const gaps: string[] = [];
  for (let block = start; block < end; block += 1) {
    if (taken[block] === false && (block === start || taken[block - 1] === true)) {
      const next = taken.indexOf(true, block);
      gaps.push(`${block}-${next < 0 ? end : Math.min(next, end)}`);
    }
  }
  return gaps;
}

/** What a map that was not asked before gets wrong: it answers the first questions in another way than the rest. */
function wrongFirstAnswers(seed: number): string[] {
  const { map, taken } = randomMap(seed);
  const random = new Random(seed + 2_000_000);
  return Array.from({ length: 20 }, () => random.below(BLOCKS)).flatMap((start) => {
    const end = start + 1 + random.below(BLOCKS - start);
    const isFree = !taken.slice(start, end).includes(true);
    return map.isUnreferenced(start, end) === isFree ? [] : [`seed ${seed}: unreferenced ${start}-${end}`];
  });
}

/** What the map gets wrong. */
function wrongAnswers(seed: number): string[] {
  const { map, taken, claims } = randomMap(seed);
  const random = new Random(seed + 1_000_000);
  const wrong: string[] = [];
  const expect = (question: string, is: unknown, wanted: unknown): void => {
    if (JSON.stringify(is) !== JSON.stringify(wanted)) {
      wrong.push(`seed ${seed}: ${question}: ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`);
    }
  };
  const sorted = [...claims].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  expect(
    'claims',
    bounds(map.claims),
    sorted.map(([start, end]) => `${start}-${end}`),
  );
  for (let i = 0; i < 20; i += 1) {
    const start = random.below(BLOCKS);
    const end = start + 1 + random.below(BLOCKS - start);
    const inside = taken.slice(start, end);
    expect(`unreferenced ${start}-${end}`, map.isUnreferenced(start, end), !inside.includes(true));
    const touching = sorted.filter((claim) => claim[0] < end && claim[1] > start);
    expect(
      `overlapping ${start}-${end}`,
      bounds(map.overlapping(start, end)),
      touching.map((claim) => claim.join('-')),
    );
    const gaps = [...map.gaps(start, end)].map((gap) => `${gap.start}-${gap.end}`);
    expect(`gaps ${start}-${end}`, gaps, gapsOf(taken, start, end));
    const next = sorted.find((claim) => claim[0] > start)?.[0];
    expect(`next start behind ${start}`, map.nextStart(start) ?? null, next ?? null);
    const last = taken.slice(0, end).lastIndexOf(true) + 1;
    expect(`last claimed end before ${end}`, map.lastClaimedEnd(end), last);
    const starting = sorted.filter((claim) => claim[0] >= start && claim[0] < end).map((claim) => claim[1]);
    expect(
      `last end of those that start in ${start}-${end}`,
      map.lastEndOf((claim) => claim.start >= start && claim.start < end),
      Math.max(0, ...starting),
    );
  }
  return wrong;
}

t.test('a map of random claims', async (t) => {
  const wrong = Array.from({ length: 2000 }, (_, seed) => wrongAnswers(seed)).flat();
  t.same(wrong.slice(0, 10), [], '2,000 maps of overlapping claims, 20 questions of each kind');
  const wrongFirst = Array.from({ length: 2000 }, (_, seed) => wrongFirstAnswers(seed)).flat();
  t.same(wrongFirst.slice(0, 10), [], 'the first 20 questions');
});

t.test('an empty map', async (t) => {
  const map = new AllocationMap();
  t.same(map.claims, []);
  t.equal(map.isUnreferenced(0, 10), true);
  t.same([...map.gaps(3, 7)], [{ start: 3, end: 7 }]);
  t.same([...map.gaps(7, 7)], []);
  t.equal(map.nextStart(0), undefined);
  t.equal(map.lastClaimedEnd(10), 0);
  t.equal(
    map.lastEndOf(() => true),
    0,
  );
  t.equal(map.has('file'), false);
  t.same(map.overlapping(0, 10), []);
  map.claim('file', 5, 0);
  map.claim('file', 5, -1);
  t.same(map.claims, [], 'nothing is claimed by a length of nothing');
  t.equal(map.has('file'), false);
  map.claim('file', 5, 1);
  t.equal(map.has('file'), true);
  t.equal(map.has('directory'), false);
});

t.test('blocks that empty files name', async (t) => {
  const map = new AllocationMap();
  t.equal(map.lastNamedByEmpty(0, 100), undefined);
  [5, 9, 5].forEach((block) => map.nameByEmpty(block));
  t.equal(map.lastNamedByEmpty(5, 10), 9, 'the highest');
  t.equal(map.lastNamedByEmpty(5, 9), 5, 'not the one behind');
  t.equal(map.lastNamedByEmpty(6, 9), undefined);
  t.equal(map.isUnreferenced(5, 10), true, 'they lie in none');
});

t.test('many claims', async (t) => {
  const map = new AllocationMap();
  for (let i = 100_000; i > 0; i -= 1) {
    map.claim('file', i * 3, 2);
  }
  t.equal([...map.gaps(0, 300_003)].length, 100_001);
  t.same(bounds(map.overlapping(299_999, 300_001)), ['299997-299999', '300000-300002'].slice(1));
});
