import t from 'tap';
import { formatDate } from '../../src/layout/date-time.js';
import { Random } from '../sink/sample.js';

t.test('moments as ISO 8601, in any order', async (t) => {
  const random = new Random(3);
  const first = Date.UTC(1900, 0, 1);
  const moments = Array.from({ length: 2_000 }, (_, i) => {
    const day = first + random.below(150_000) * 86_400_000;
    return day + (i % 3 === 0 ? random.below(86_400) * 1_000 : random.below(86_400_000));
  });
  const edges = [
    0,
    -1,
    -1_000,
    86_399_999,
    86_400_000,
    Date.UTC(1899, 11, 31, 23, 59, 59),
    Date.UTC(2155, 0, 1),
  ];
  const wrong = [...edges, ...moments].filter(
    (moment) => formatDate(moment) !== new Date(moment).toISOString().replace('.000Z', 'Z'),
  );
  t.strictSame(wrong, []);
});
