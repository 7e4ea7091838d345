/** `npm run bench` measures, proves what it measured, and writes down what its schema says; no figure is judged here. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Ajv, type AnySchemaObject } from 'ajv';
import t, { type Test } from 'tap';
import { needTools, run, type RunResult } from '../kit/tools.js';
import { readText, ROOT } from './source-files.js';

interface Command {
  readonly name: string;
  readonly checked: string | null;
  readonly peakBytes: number | null;
  readonly seconds: readonly number[];
  readonly median: number;
}

interface Claim {
  readonly what: string;
  readonly ours: string;
  readonly reference: string;
  readonly referenceTimes?: number;
  readonly target: { readonly atMost?: number; readonly atLeast?: number } | null;
  readonly ratio: number;
  readonly met: boolean | null;
}

interface Results {
  readonly cases: readonly {
    readonly name: string;
    readonly commands: readonly Command[];
    readonly claims: readonly Claim[];
    readonly memory: readonly { readonly what: string; readonly met: boolean | null }[];
  }[];
}

const ROUNDS = 3;
const SIZES = ['--rounds', `${ROUNDS}`, '--size', '4M', '--files', '60', '--images', '3'];

/** Runs the bench in a folder of its own, with whatever stands in its environment. */
function bench(
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<RunResult> {
  const words = [
    'bench/run.js',
    ...SIZES,
    '--dir',
    folder,
    '--results',
    join(folder, 'results.json'),
    ...args,
  ];
  return run(process.execPath, words, { cwd: ROOT, timeout: 120_000, env: { NODE_OPTIONS: '', ...env } });
}

async function resultsIn(folder: string): Promise<Results> {
  return JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')) as Results;
}

/** Whether the schema has what was written; a program that reads the file can rely on it. */
async function isOfSchema(t: Test, results: Results): Promise<void> {
  const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true });
  const isValid = ajv.compile(JSON.parse(await readText('bench/results.schema.json')) as AnySchemaObject);
  t.equal(isValid(results), true, ajv.errorsText(isValid.errors));
}

/** The ratio of a claim, by the times that stand beside it. */
function ratioOf(claim: Claim, commands: readonly Command[]): number {
  const medianOf = (name: string): number => commands.find((each) => each.name === name)?.median ?? NaN;
  const reference = medianOf(claim.reference) * (claim.referenceTimes ?? 1);
  const ours = medianOf(claim.ours);
  return claim.target?.atLeast === undefined ? ours / reference : reference / ours;
}

t.test('a small run', async (t) => {
  if (!needTools(t, 'genisoimage', 'implantisomd5')) {
    return;
  }
  const folder = t.testdir({});
  const only = ['batch', 'media-check', 'checked-batch'];
  const { code, stdout, stderr } = await bench(
    folder,
    only.flatMap((name) => ['--only', name]),
  );
  t.equal(code, 0, 'exit code', { stderr });
  t.strictSame(await readdir(folder), ['results.json'], 'what it made is gone');

  const results = await resultsIn(folder);
  await isOfSchema(t, results);
  t.strictSame(
    results.cases.map(({ name }) => name),
    ['batch', 'media-check', 'checked-batch'],
  );
  for (const { name, commands, claims, memory } of results.cases) {
    t.ok(
      commands.every(({ seconds }) => seconds.length === ROUNDS),
      `${name}: a time for each round`,
    );
    t.ok(
      commands.every(({ median, seconds }) => [...seconds].sort((a, b) => a - b)[1] === median),
      `${name}: medians`,
    );
    t.ok(
      commands.every(({ checked }) => checked !== null),
      `${name}: all was checked`,
    );
    t.ok(claims.length > 0 && memory.length > 0, `${name}: something is claimed`);
    for (const claim of claims) {
      t.equal(claim.ratio.toFixed(9), ratioOf(claim, commands).toFixed(9), `${claim.what}: ratio of medians`);
      const { atMost = Infinity, atLeast = 0 } = claim.target ?? {};
      t.equal(claim.met, claim.ratio <= atMost && claim.ratio >= atLeast, `${claim.what}: met`);
      t.ok(stdout.toString().includes(`| ${claim.what} `), `${claim.what}: has a row`);
    }
    t.ok(
      memory.every(({ what }) =>
        commands.some((command) => command.name === what && command.peakBytes !== null),
      ),
      `${name}: memory was looked at`,
    );
  }
});

t.test('where a command did not do its work, the run ends there', async (t) => {
  if (!needTools(t, 'genisoimage', 'implantisomd5')) {
    return;
  }
  const folder = t.testdir({ work: {}, programs: {} });
  const [work, programs] = [join(folder, 'work'), join(folder, 'programs')];
  await writeFile(join(programs, 'checkisomd5'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const path = [programs, process.env['PATH'] ?? ''].join(delimiter);
  const { code, stdout, stderr } = await bench(work, ['--only', 'checked-batch'], { PATH: path });
  t.equal(code, 1, 'exit code');
  t.match(stderr, /checkisomd5 .*0-bootable\.iso: exit 1/);
  t.equal(stdout.toString(), '', 'no figures');
  t.strictSame(await readdir(work), [], 'what it made is gone, and no results are written');
});

t.test('what is missing is named, and nothing is claimed for it', async (t) => {
  const folder = t.testdir({});
  const { code, stderr } = await bench(folder, ['--only', 'media-check'], { PATH: folder });
  t.equal(code, 0, 'exit code', { stderr });
  const results = await resultsIn(folder);
  await isOfSchema(t, results);
  const [only] = results.cases;
  t.strictSame(only?.commands, []);
  t.match(only?.claims, [{ notRun: /genisoimage.*: apt-get install .*genisoimage.*isomd5sum/ }]);
});

t.test('what it cannot do is refused before anything is made', async (t) => {
  const folder = t.testdir({});
  for (const args of [
    ['--only', 'nothing'],
    ['--size', 'large'],
    ['--rounds', '0'],
    ['--fast'],
    ['--size', '900000G', '--only', 'copy'],
  ]) {
    const { code, stderr } = await bench(folder, args);
    t.equal(code, 1, args.join(' '), { stderr });
    t.notMatch(stderr, /\n +at /, 'in words, not by a stack');
  }
  t.strictSame(await readdir(folder), []);
});

t.test('the table in the README is that of the run whose results are kept', async (t) => {
  const table = join(ROOT, 'bench', 'table.js');
  const { claimTable } = (await import(table)) as { claimTable: (cases: Results['cases']) => string };
  const results = JSON.parse(await readText('bench/results.json')) as Results;
  const readme = await readText('README.md');
  const cellsOf = (text: string): string[][] =>
    text.split('\n').map((line) => line.split('|').map((cell) => cell.trim().replace(/^-+$/, '-')));
  const start = readme.indexOf('| claim ');
  const end = readme.indexOf('\n\n', start);
  t.strictSame(cellsOf(readme.slice(start, end)), cellsOf(claimTable(results.cases)));
  await isOfSchema(t, results);
});
