/** The judge of media checks, on running sums that are made up. */
import t from 'tap';
import { judgeMediaCheck, readingPoints, type MediaCheckVerdict } from '../../src/check/media-check.js';
import type { MediaCheck } from '../../src/layout/media-check.js';
import { fragmentEndsOf, isCheckable, type FragmentForm } from '../../src/layout/media-check-sum.js';

const CHUNK = 32_768;
/** Every fragment has two chunks. */
const COVERED = 42 * CHUNK;
const MD5 = 'ab'.repeat(16);
const OTHER = '00'.repeat(16);

function fieldWith(fragmentSums: string | undefined, more: Partial<MediaCheck> = {}): MediaCheck {
  return { md5: MD5, skipSectors: 15, rhlIsoStatus: '0', fragmentCount: 20, fragmentSums, ...more };
}

/** A running MD5 that is right but from the `bad`th of the points of a form on. */
function judge(
  field: MediaCheck,
  { form = 'isomd5sum', bad = Infinity, md5 = MD5, coveredBytes = COVERED, missingBytes = 0 } = {},
): MediaCheckVerdict {
  const edge = fragmentEndsOf(form as FragmentForm, coveredBytes)[bad - 1] ?? Infinity;
  const sums = readingPoints(field, coveredBytes).map((end) => ({ end, md5: end < edge ? MD5 : OTHER }));
  return judgeMediaCheck(field, { md5, sums }, { coveredBytes, missingBytes });
}

const SUMS = 'aaa'.repeat(20);

t.test('pass, fail, incomplete', async (t) => {
  t.same(judge(fieldWith(SUMS)), {
    result: 'pass',
    fragments: { count: 20, form: 'isomd5sum', firstBad: undefined },
  });
  t.match(judge(fieldWith(SUMS), { missingBytes: 1 }), {
    result: 'incomplete',
    fragments: { firstBad: undefined },
  });
  const broken = judge(fieldWith(SUMS), { missingBytes: 1, bad: 2, md5: OTHER });
  t.match(broken, { result: 'incomplete', fragments: { firstBad: { index: 2 } } });
  t.equal(judge(fieldWith(SUMS.toUpperCase())).result, 'pass');
});

t.test('the first bad fragment, and what it covers', async (t) => {
  const badAt = (bad: number): unknown => {
    const verdict = judge(fieldWith(SUMS), { bad, md5: OTHER });
    t.equal(verdict.result, 'fail');
    return verdict.fragments?.firstBad;
  };
  t.same(badAt(1), { index: 1, offset: 0, length: 3 * CHUNK });
  t.same(badAt(11), { index: 11, offset: 21 * CHUNK, length: 2 * CHUNK });
  t.same(badAt(20), { index: 20, offset: 39 * CHUNK, length: 2 * CHUNK });
  t.same(badAt(Infinity), { index: 21, offset: 41 * CHUNK, length: CHUNK }, 'behind the last of them');
  const damagedField = judge(fieldWith(`${'aaa'.repeat(4)}0aa${'aaa'.repeat(15)}`));
  t.match(damagedField, { result: 'fail', fragments: { firstBad: { index: 5 } } }, 'as checkisomd5 has it');
});

t.test('the form of isomd5sum 1.2.4', async (t) => {
  const field = fieldWith('aaa'.repeat(19));
  t.match(judge(field), { result: 'pass', fragments: { count: 19, form: 'isomd5sum-1.2.4' } });
  const tail = judge(field, { md5: OTHER }).fragments?.firstBad;
  t.same(tail, { index: 20, offset: 39 * CHUNK, length: 3 * CHUNK });
  const small = 21 * 2048;
  t.same(
    fragmentEndsOf('isomd5sum-1.2.4', small),
    Array.from({ length: 19 }, (_, i) => (i + 2) * 2048),
    'chunks are no longer than fragments',
  );
  t.same(fragmentEndsOf('isomd5sum', small), [small], 'but where they were always of one length');
  const bad = judge(field, { form: 'isomd5sum-1.2.4', bad: 4, md5: OTHER, coveredBytes: small });
  t.same(bad.fragments?.firstBad, { index: 4, offset: 4 * 2048, length: 2048 });
  const short = judge(fieldWith('aaa'), { coveredBytes: small });
  t.match(short, { result: 'pass', fragments: { count: 1, form: 'isomd5sum' } });
});

t.test('two forms of the same length: the one that fits better counts', async (t) => {
  const both = Array.from({ length: 400 }, (_, i) => (i + 1) * 2048).find(
    (length) => fragmentEndsOf('isomd5sum', length).length === 19,
  );
  t.type(both, 'number');
  const coveredBytes = both ?? 0;
  const field = fieldWith('aaa'.repeat(19));
  const sums = fragmentEndsOf('isomd5sum-1.2.4', coveredBytes).map((end) => ({ end, md5: MD5 }));
  const verdict = judgeMediaCheck(field, { md5: MD5, sums }, { coveredBytes, missingBytes: 0 });
  t.match(verdict, { result: 'pass', fragments: { form: 'isomd5sum-1.2.4' } });
});

t.test('sums that say nothing leave it to the MD5', async (t) => {
  t.same(judge(fieldWith(undefined)), { result: 'pass', fragments: undefined });
  t.equal(judge(fieldWith(undefined), { md5: OTHER }).result, 'fail');
  const unknown = [
    fieldWith('aaa'.repeat(7)),
    fieldWith('xyz'.repeat(20)),
    fieldWith('aa'),
    fieldWith(SUMS, { fragmentCount: 10 }),
  ];
  for (const field of unknown) {
    t.match(judge(field), { result: 'pass', fragments: { form: undefined, firstBad: undefined } });
    t.match(judge(field, { md5: OTHER }), { result: 'fail', fragments: { firstBad: undefined } });
  }
  t.equal(judge(fieldWith(SUMS, { fragmentCount: undefined })).fragments?.form, 'isomd5sum');
  const nothing = judge(fieldWith(''), { coveredBytes: 0 });
  t.match(nothing, { result: 'pass', fragments: { count: 0, form: 'isomd5sum' } });
});

t.test('where checkisomd5 looks for a sum', async (t) => {
  t.notOk(isCheckable(300 * 2048));
  t.ok(isCheckable(21 * CHUNK));
  t.ok(isCheckable(16 * 2048), 'no sum at all');
});
