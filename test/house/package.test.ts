/** What the package gives to others: the names it exports, and the files it carries. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import t, { type Test } from 'tap';
import ts from 'typescript';
import { run } from '../kit/tools.js';
import { EXPORTS } from './public-names.js';
import { filesBelow, parseFile, readText, ROOT } from './source-files.js';

/** Files that a package without them would be missing something by. */
const CARRIED = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'bin/isoboot.js',
  'dist/bin/NOTICES.txt',
  'dist/bin/digest-worker.js',
  'dist/bin/main.cjs',
  'dist/bin/main.cjs.cache',
  'dist/index.d.ts',
  'dist/index.js',
  'dist/read/index.d.ts',
  'dist/read/index.js',
  'dist/sink/digest-worker.js',
  'docs/batch.md',
  'docs/error-codes.md',
  'docs/json.md',
  'docs/man/isoboot.1',
  'docs/schema/batch-manifest.schema.json',
  'docs/scripting.md',
  'docs/schema/error.schema.json',
  'docs/schema/inject.schema.json',
  'docs/undo-file.md',
  'package.json',
  'samples/batch.yaml',
  'samples/convert-one.sh',
  'samples/library/inject.js',
  'samples/recovery.iso',
];

/** Whether the compiled files are there; a test without them would only repeat itself. */
function isBuilt(t: Test): boolean {
  const built = existsSync(join(ROOT, 'dist', 'index.js'));
  return built || (t.fail('dist is missing: npm run build'), false);
}

/** The names that a file of declarations exports, types among them. */
async function declaredNames(path: string): Promise<string[]> {
  const { tree } = await parseFile(path);
  return tree.statements
    .filter(ts.isExportDeclaration)
    .flatMap(({ exportClause }) =>
      exportClause !== undefined && ts.isNamedExports(exportClause) ? [...exportClause.elements] : [],
    )
    .map(({ name }) => name.text)
    .sort();
}

for (const { name, declarations, values, types } of EXPORTS) {
  t.test(`the names of ${name}`, async (t) => {
    if (!isBuilt(t)) {
      return;
    }
    // By its own name, so that the table of exports in package.json is used as others use it.
    const library: unknown = await import(name);
    t.strictSame(Object.keys(Object(library) as object).sort(), values, 'values');
    t.strictSame(await declaredNames(declarations), [...values, ...types].sort(), 'with their types');
  });
}

t.test('nothing but the listed entries can be imported', async (t) => {
  const { resolve } = createRequire(import.meta.url);
  t.throws(() => resolve('isoboot/dist/cli/main.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
  t.throws(() => resolve('isoboot/src/index.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
});

t.test('a strict program of somebody else compiles against the declarations', async (t) => {
  if (!isBuilt(t)) {
    return;
  }
  const names = EXPORTS.map(({ name }, i) => `export * as all${i} from '${name}';`);
  const use = "import { inspect, type InspectReport } from 'isoboot';";
  const call =
    "export const id = async (): Promise<InspectReport['volume']['id']> => (await inspect('x')).volume.id;";
  // Inside the package, where its own name leads to its table of exports.
  const folder = t.testdir({ 'program.ts': [...names, use, call].join('\n') });
  const program = ts.createProgram([join(folder, 'program.ts')], {
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
  });
  const said = ts.getPreEmitDiagnostics(program).map(({ file, code, messageText }) => ({
    file: relative(ROOT, file?.fileName ?? ''),
    code,
    text: ts.flattenDiagnosticMessageText(messageText, ' '),
  }));
  t.strictSame(said, []);
});

t.test('the files of the package', async (t) => {
  if (!isBuilt(t)) {
    return;
  }
  // Without its scripts, as `prepare` would build while other tests use what is built.
  const arguments_ = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
  const { code, stdout, stderr } = await run('npm', arguments_, { cwd: ROOT });
  t.equal(code, 0, 'npm pack', { stderr });
  const [packed] = JSON.parse(stdout.toString()) as { files: { path: string; mode: number }[] }[];
  const files = packed?.files ?? [];
  const paths = files.map(({ path }) => path);
  t.strictSame(
    CARRIED.filter((path) => !paths.includes(path)),
    [],
    'nothing is missing',
  );
  const known = /^(bin|dist|docs|samples)\/|^(CHANGELOG\.md|LICENSE|README\.md|package\.json)$/;
  t.strictSame(
    paths.filter((path) => !known.test(path)),
    [],
    'nothing else is in it',
  );
  t.strictSame(
    paths.filter((path) => path === 'dist/isoboot.mjs'),
    [],
    'the single file is given out by itself',
  );
  t.strictSame(
    paths.filter((path) => /\.test\.|\.tmp$|-bootable\.iso$|isoboot-undo$|(^|\/)\./.test(path)),
    [],
    'no leftovers',
  );
  t.ok(((files.find(({ path }) => path === 'bin/isoboot.js')?.mode ?? 0) & 0o111) !== 0, 'bin can be run');
});

t.test('the licences of the packages in the bundles', async (t) => {
  if (!isBuilt(t)) {
    return;
  }
  const notices = await readText('dist/bin/NOTICES.txt');
  // What a bundle is made of is in its source map, which esbuild writes by itself.
  const maps = await Promise.all(
    ['main.cjs', 'digest-worker.js'].map((name) => readText(`dist/bin/${name}.map`)),
  );
  const sources = maps.flatMap((map) => (JSON.parse(map) as { sources: string[] }).sources);
  const folders = sources.flatMap(
    (path) => /node_modules\/(.*node_modules\/)?(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  t.ok(folders.includes('node_modules/yargs'));
  for (const folder of new Set(folders)) {
    const { name, version, license } = JSON.parse(await readText(`${folder}/package.json`)) as Record<
      string,
      string
    >;
    const title = `${name} ${version} (${license})`;
    const [, notice = ''] = notices.split(`\n${title}\n${'-'.repeat(title.length)}\n`);
    t.match(notice.split('\n---')[0], /copyright/i, title);
  }
});

t.test('every built file comes from a source', async (t) => {
  if (!isBuilt(t)) {
    return;
  }
  const sources = new Set(await filesBelow('src'));
  const built = (await filesBelow('dist')).filter(
    (path) => path.endsWith('.js') && !path.startsWith('dist/bin/'),
  );
  t.strictSame(
    built.filter((path) => !sources.has(path.replace(/^dist/, 'src').replace(/\.js$/, '.ts'))),
    [],
  );
});

t.test('package.json', async (t) => {
  const manifest = JSON.parse(await readText('package.json')) as Record<string, Record<string, string>>;
  const exact = { ...manifest['dependencies'], ...manifest['devDependencies'] };
  t.strictSame(
    Object.entries(exact).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
    'dependencies are pinned',
  );
  t.match(manifest['engines'], { node: '>=20.19' });
});
