/** The single file does what the installed program does, with nothing of this project around it. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { SAMPLE } from '../cli/machine.js';
import { ROOT } from '../house/source-files.js';
import { snapshot } from '../kit/digest.js';
import { BIN } from '../kit/isoboot.js';
import { makeReadOnly } from '../kit/read-only.js';
import { copySingleFile, makeFarFolder, runProgram, SINGLE_FILE } from '../kit/single-file.js';
import { run, type RunResult } from '../kit/tools.js';

/** What is typed one after another in a folder that holds the sample image, and the exit codes. */
interface Session {
  readonly name: string;
  readonly lines: readonly string[];
  readonly codes?: readonly number[];
  /** Whether jobs run side by side, so that what they say comes in any order. */
  readonly anyOrder?: true;
}

const MANIFEST = `schema: isoboot.batch-manifest/1
defaults: { outDir: made }
jobs:
  - { input: '*.iso', mediaCheck: add }
  - { input: 'more/{b,c}.iso', do: extract-boot, name: '{stem}-loader.bin' }
`;

const SESSIONS: readonly Session[] = [
  { name: 'version', lines: ['--version', 'inspect --version'] },
  { name: 'help', lines: ['--help', 'inject --help', 'batch --help'] },
  { name: 'inspect', lines: ['inspect recovery.iso', 'inspect recovery.iso --json'] },
  {
    name: 'a copy with an MD5, which a thread reads',
    lines: [
      'inject recovery.iso -o copy.iso --media-check add',
      'media-check copy.iso --json',
      'compare copy.iso --against copy.iso',
      'compare copy.iso --against recovery.iso --json',
    ],
    codes: [0, 0, 0, 1],
  },
  { name: 'in place', lines: ['inject recovery.iso --in-place --json', 'inspect recovery.iso'] },
  { name: 'undo', lines: ['inject recovery.iso --in-place', 'undo recovery.iso --json'] },
  { name: 'standard output', lines: ['inject recovery.iso -o - --media-check add --json'] },
  {
    name: 'files',
    lines: ['ls recovery.iso -R', 'extract recovery.iso / -o files', 'extract-boot recovery.iso -o boot.bin'],
  },
  {
    name: 'a bootable image',
    lines: ['inject recovery.iso -o copy.iso', 'remove-boot copy.iso -o none.iso', 'inspect none.iso'],
  },
  { name: 'a batch', lines: ['batch batch.yaml --jobs 2 --report done.jsonl --json'], anyOrder: true },
  { name: 'globs', lines: ['batch m*/[bc].iso --jobs 2 --out-dir made'], anyOrder: true },
  { name: 'a wrong manifest', lines: ['batch wrong.yaml', 'batch wrong.yaml --json'], codes: [2, 2] },
  {
    name: 'logs',
    lines: ['inject recovery.iso -o a.iso --log-json', 'inject recovery.iso -o b.iso -v --media-check add'],
  },
  { name: 'completion', lines: ['completion bash', 'completion zsh'] },
  {
    name: 'mistakes',
    lines: ['injct', 'inject recovery.iso --nonsense', 'inspect bad.img', 'inspect none.iso', ''],
    codes: [2, 2, 3, 5, 2],
  },
];

/** What a session left behind: of each line what it said, and all files. */
interface Outcome {
  readonly results: readonly (Omit<RunResult, 'stdout'> & { readonly stdout: string })[];
  readonly files: Readonly<Record<string, string>>;
}

async function play({ lines, anyOrder }: Session, program: string, folder: string): Promise<Outcome> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'more'), { recursive: true });
  const image = await readFile(SAMPLE);
  for (const name of ['recovery.iso', 'more/b.iso', 'more/c.iso']) {
    await writeFile(join(folder, name), image);
  }
  await writeFile(join(folder, 'bad.img'), image.subarray(0, 20_000));
  await writeFile(join(folder, 'batch.yaml'), MANIFEST);
  await writeFile(join(folder, 'wrong.yaml'), MANIFEST.replace('name:', 'nome:'));
  const results = [];
  for (const line of lines) {
    const words = line.split(' ').filter((word) => word !== '');
    const { code, stdout, stderr } = await runProgram(program, words, folder);
    const [out, error] = [steady(stdout.toString('latin1')), steady(stderr)];
    results.push({ code, stdout: anyOrder ? sorted(out) : out, stderr: anyOrder ? sorted(error) : error });
  }
  const report = join(folder, 'done.jsonl');
  if (existsSync(report)) {
    await writeFile(report, sorted(steady(await readFile(report, 'utf8'))));
  }
  const files = Object.entries(await snapshot(folder));
  // An undo file has a name and a time of its own in it.
  return { results, files: Object.fromEntries(files.filter(([name]) => !name.endsWith('-undo'))) };
}

/** Without the time of day, and what time was taken. */
function steady(text: string): string {
  return text.replace(/"(time|seconds)":\s*[\d.]+/g, '"$1":0');
}

function sorted(text: string): string {
  return text.split('\n').sort().join('\n');
}

t.test('it does what the installed program does', async (t) => {
  const far = await makeFarFolder(t);
  const single = await copySingleFile(join(far, 'stick'));
  t.notOk(
    parentsOf(single).some((folder) => existsSync(join(folder, 'node_modules'))),
    'no packages in sight',
  );
  for (const session of SESSIONS) {
    t.test(session.name, async (t) => {
      const work = join(far, 'work');
      const ours = await play(session, single, work);
      const codes = session.codes ?? session.lines.map(() => 0);
      t.strictSame(
        ours.results.map(({ code }) => code),
        codes,
        'exit codes',
        { said: ours.results.map(({ stderr }) => stderr) },
      );
      const errors = ours.results.map(({ stderr }) => stderr).join('\n');
      t.notMatch(errors, /^\s+at |node:internal|isoboot\.mjs/m, 'no stack trace');
      t.strictSame(ours, await play(session, BIN, work), 'the same said, and the same files');
    });
  }
});

function parentsOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...parentsOf(parent)];
}

/** Starts a thread, and reads a manifest with a glob in it. */
async function worksIn(t: Test, program: string, far: string): Promise<void> {
  const session = { name: '', lines: ['batch batch.yaml --jobs 2'], anyOrder: true } as const;
  const { results, files } = await play(session, program, join(far, 'work'));
  t.match(results, [{ code: 0, stderr: '' }]);
  t.ok(files[join('made', 'recovery-bootable.iso')], 'an image is made');
}

t.test('it takes nothing from what lies beside it', async (t) => {
  const far = await makeFarFolder(t);
  const single = await copySingleFile(join(far, 'stick', 'bin'));
  const trap = `require('node:fs').writeFileSync(${JSON.stringify(join(far, 'trapped'))}, '');\n`;
  const traps: Readonly<Record<string, string>> = {
    // Where yargs would look for its words, fdir for picomatch, and Node and yargs for what kind of package this is.
    'locales/en_US.json': 'no JSON',
    'stick/bin/node_modules/picomatch/index.js': trap,
    'stick/bin/node_modules/yaml/index.js': trap,
    'stick/bin/node_modules/@colors/colors/safe.js': trap,
    'stick/bin/digest-worker.js': trap,
    'stick/bin/package.json': 'no JSON',
    'docs/schema/batch-manifest.schema.json': 'false',
    'package.json': '{ "version": "9.9.9" }',
  };
  for (const [path, text] of Object.entries(traps)) {
    await mkdir(dirname(join(far, path)), { recursive: true });
    await writeFile(join(far, path), text);
  }
  await worksIn(t, single, far);
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const { stdout } = await runProgram(single, ['--version'], join(far, 'stick', 'bin'));
  t.equal(stdout.toString(), `${version}\n`);
  t.notOk(existsSync(join(far, 'trapped')), 'nothing was loaded');
});

t.test('it works wherever it lies', async (t) => {
  const far = await makeFarFolder(t);
  const folder = join(far, 'my stick #1 100%20 & ünï 日本');
  const single = await copySingleFile(folder);
  await worksIn(t, single, far);

  const undo = [await makeReadOnly(single), await makeReadOnly(folder)];
  t.teardown(() => Promise.all(undo.reverse().map(async (each) => each?.())));
  if (undo.includes(undefined)) {
    t.comment('this user and file system have nothing that is read-only');
  } else {
    await t.rejects(writeFile(join(folder, 'new'), ''), 'the folder is read-only');
  }
  await worksIn(t, single, far);
  t.strictSame(await readdir(folder), ['isoboot.mjs'], 'nothing is left beside it');
});

t.test('it is a program by itself', { skip: process.platform === 'win32' }, async (t) => {
  t.ok(((await stat(SINGLE_FILE)).mode & 0o111) === 0o111, 'it may be run');
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  const command = ['-u', 'NODE_OPTIONS', `PATH=${path}`, SINGLE_FILE, '--version'];
  const { code, stdout } = await run('env', command);
  t.equal(code, 0);
  t.match(stdout.toString(), /^\d+\.\d+\.\d+\n$/);
});

/** The packages of which a module was run; each stands in a function of its path until it is needed. */
async function packagesRun(t: Test, args: readonly string[]): Promise<string[]> {
  const far = await makeFarFolder(t);
  const single = await copySingleFile(far);
  await copyFile(SAMPLE, join(far, 'recovery.iso'));
  await runProgram(single, args, far, { NODE_V8_COVERAGE: join(far, 'coverage') });
  const [name = ''] = await readdir(join(far, 'coverage'));
  const { result } = JSON.parse(await readFile(join(far, 'coverage', name), 'utf8')) as {
    result: { url: string; functions: { functionName: string; ranges: { count: number }[] }[] }[];
  };
  const functions = result
    .filter(({ url }) => url.endsWith('/isoboot.mjs'))
    .flatMap((each) => each.functions);
  t.ok(functions.length > 100, 'it is seen what is run');
  const called = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0);
  const names = called.map(({ functionName }) => /^node_modules\/([^/]+)/.exec(functionName)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

t.test('what a command does not need is not run', async (t) => {
  t.strictSame(await packagesRun(t, ['--version']), [], 'the version needs no package');
  const heavy = ['pino', 'cli-progress', 'yaml', 'ajv', 'tinyglobby', 'string-width'];
  const used = await packagesRun(t, ['inspect', 'recovery.iso']);
  t.ok(used.includes('yargs'), 'inspect needs yargs');
  t.strictSame(
    used.filter((name) => heavy.includes(name)),
    [],
    'and nothing of the rest',
  );
});

t.test('its text', async (t) => {
  const text = await readFile(SINGLE_FILE, 'utf8');
  t.test('says nothing of where it was built', async (t) => {
    for (const place of [
      ROOT,
      ROOT.replace(/[\\/]$/, ''),
      encodeURI(ROOT),
      JSON.stringify(ROOT).slice(1, -1),
    ]) {
      t.notOk(text.includes(place), place);
    }
    t.notMatch(text, /sourceMappingURL=(?!.*\$\{)[^'"`)]*$/m, 'and refers to no source map');
  });
  t.test('has the licence of every package', async (t) => {
    const { dependencies, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      version: string;
    };
    const head = text.slice(0, text.indexOf('\nconst '));
    const titles = [...head.matchAll(/^\/\/ {3}(\S+ \S+ \(.+\))$/gm)].map(([, title = '']) => title);
    t.strictSame(
      Object.entries(dependencies).filter(
        ([name, exact]) => !titles.some((title) => title.startsWith(`${name} ${exact} `)),
      ),
      [],
      'all dependencies are named',
    );
    const notices = text.slice(text.lastIndexOf('// The licences of what is in this file.'));
    for (const title of [`isoboot ${version} (MIT)`, ...titles]) {
      const notice = notices.split(`// ${title}\n// ${'-'.repeat(title.length)}\n`)[1] ?? '';
      t.match(notice.split('\n// ---')[0], /copyright/i, title);
    }
    t.strictSame(
      notices.split('\n').filter((line) => line !== '' && !/^\/\/( |$)/.test(line)),
      [],
      'all of it is comment',
    );
  });
});
