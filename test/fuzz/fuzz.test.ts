/**
 * The fuzzer's first cases of a seed: a model and a checked plan, or a coded error; within limits of time.
 *
 * ISOBOOT_FUZZ_SEED and ISOBOOT_FUZZ_CASES choose others; docs/fuzzing.md tells how to see one again.
 */
import t from 'tap';
import { IsoError } from '../../src/errors.js';
import { caseAt, caseName, caseNamed, imageOf, runCase } from './case.js';
import { Find, Tally } from './find.js';
import { builtNames, specimenNamed } from './specimen.js';

const SEED = Number(process.env['ISOBOOT_FUZZ_SEED'] ?? 20_260_101);
const CASES = Number(process.env['ISOBOOT_FUZZ_CASES'] ?? 300);

/** What is done to images, and how many of them it takes for each to succeed once. */
const ATTEMPTS = ['read', 'inspect', 'extract', 'choose', 'inject', 'inject-check', 'remove', 'remove-check'];
const ENOUGH = 200;

t.test(`${CASES} cases of seed ${SEED}`, async (t) => {
  t.comment(`seed ${SEED}`);
  const tally = new Tally();
  const finds: string[] = [];
  for (let index = 0; index < CASES; index += 1) {
    const id = caseAt(SEED, index, builtNames());
    try {
      await runCase(id, tally);
    } catch (error) {
      finds.push(`${caseName(id)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  t.strictSame(finds, []);
  const attempts = CASES < ENOUGH ? ['read'] : ATTEMPTS;
  for (const attempt of attempts) {
    t.ok((tally.counts.get(`${attempt} ok`) ?? 0) > 0, `${attempt} was tried, with success`);
  }
});

t.test('a case is the same whenever it is run', async (t) => {
  const id = caseAt(SEED, 3, builtNames());
  t.strictSame(caseNamed(caseName(id)), id);
  const bytes = Buffer.from(await imageOf(id));
  t.ok(bytes.equals(await imageOf(id)));
  t.notOk(bytes.equals((await specimenNamed(id.specimen)).bytes), 'and is not the image that it came from');
  t.throws(() => caseNamed('plain'), RangeError);
});

t.test('images have structures of every kind to be changed', async (t) => {
  const names = new Set<string>();
  for (const specimen of [
    'three-entries',
    'rock-ridge',
    'udf-long',
    'hfs-hybrid',
    'hfs-partition',
    'deep-room',
  ]) {
    (await specimenNamed(specimen)).structures.forEach(({ table }) => names.add(table.name));
  }
  for (const name of [
    'volume descriptor',
    'directory record',
    'type M path table record',
    'validation entry',
    'NM',
    'CL',
    'SL',
    'ZF',
    'anchor volume descriptor pointer',
    'extended file entry',
    'file identifier descriptor',
    'long allocation descriptor',
    'master directory block',
    'B-tree header',
    'HFS catalog file record',
    'Apple partition',
    'zisofs header',
  ]) {
    t.ok(names.has(name), name);
  }
});

t.test('what must not happen is found', async (t) => {
  const tally = new Tally();
  const fail = (error: Error) => (): never => {
    throw error;
  };
  t.equal(await tally.attempt('coded', fail(new IsoError('ISO_TREE_LIMIT', 'x'))), undefined);
  await t.rejects(tally.attempt('another', fail(new RangeError('x'))), Find);
  for (const code of ['ISO_INTERNAL', 'ISO_PLAN_GATE', 'ISO_OUTPUT_VERIFY'] as const) {
    await t.rejects(tally.attempt('defect', fail(new IsoError(code, 'x'))), Find, code);
  }
  t.strictSame([...tally.counts], [['coded ISO_TREE_LIMIT', 1]]);
});
