/** read, plan, layout and check run unchanged in a browser: bundled for one, in a context without Node's globals. */
import { readFile } from 'node:fs/promises';
import { createContext, runInContext, type Context } from 'node:vm';
import { build, type BuildResult } from 'esbuild';
import t from 'tap';
import { planInMemory, type PlannedInMemory } from './plan-in-memory.js';
import { filesBelow, ROOT } from './source-files.js';

const LOADER = '/isolinux/isolinux.bin';

/** What a browser gives a script beyond the language, so far as isoboot may use it. */
const BROWSER = { TextDecoder, TextEncoder };

/** Bundles a module for browsers into one script, which leaves what it exports in `bundled`. */
function bundle(contents: string): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    stdin: { contents, resolveDir: ROOT, sourcefile: 'entry.ts', loader: 'ts' },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'bundled',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
}

/** A context that has the language and a few things of a browser, and a bundle loaded into it. */
function browserWith({ outputFiles }: Awaited<ReturnType<typeof bundle>>): Context {
  const context = createContext({ ...BROWSER });
  runInContext(outputFiles[0]?.text ?? '', context);
  return context;
}

t.test("the context is a browser's, not Node's", async (t) => {
  const context = browserWith(await bundle('export const name = 1'));
  for (const name of ['Buffer', 'process', 'require', 'module', 'global', 'setImmediate']) {
    t.equal(runInContext(`typeof ${name}`, context), 'undefined', name);
  }
});

t.test('every file of layout, read, plan and check can be bundled and loaded', async (t) => {
  const files = (await filesBelow('src/layout', 'src/read', 'src/plan', 'src/check')).filter(
    // The entry of isoboot/iso9660 has the source for files with it, which is Node's.
    (path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && path !== 'src/read/index.ts',
  );
  t.ok(files.length > 40, 'files were found');
  const made = await bundle(files.map((path, i) => `export * as file${i} from './${path}';`).join('\n'));
  t.strictSame(made.warnings, [], 'no warnings');
  const context = browserWith(made);
  t.equal(runInContext('Object.keys(bundled).length', context), files.length, 'all are there');
  t.strictSame(
    Object.keys(made.metafile.inputs).filter((path) => /^src\/(sink|job|cli)\/|file-source/.test(path)),
    [],
    'nothing that only Node has came along',
  );
});

t.test('an image is read, planned and checked there as in Node', async (t) => {
  const bytes = new Uint8Array(await readFile(new URL('../../samples/recovery.iso', import.meta.url)));
  const context = browserWith(await bundle("export { planInMemory } from './test/house/plan-in-memory.ts'"));
  // The bytes become the context's own: a browser has one kind of Uint8Array.
  Object.assign(context, { given: bytes, loader: LOADER });
  const call = 'bundled.planInMemory(Uint8Array.from(given), loader)';
  const there = JSON.parse(await (runInContext(call, context) as Promise<string>)) as PlannedInMemory;
  const here = JSON.parse(await planInMemory(bytes, LOADER)) as PlannedInMemory;

  t.strictSame(there.patches, here.patches, 'the patches');
  t.strictSame(there, here, 'and all else');
  t.equal(there.volume, 'RECOVERY_1');
  t.ok(there.files.includes('/packages/Kernel-Recovery-2.6.18-194.i686.pkg'), 'names are decoded');
  t.strictSame(
    there.patches.map(({ offset, length, phase }) => ({ offset, length, phase })),
    [
      { offset: 36 * 2048 + 8, length: 56, phase: 'new' },
      { offset: 21 * 2048, length: 2048, phase: 'new' },
      { offset: 19 * 2048, length: 2048, phase: 'descriptors' },
      { offset: 18 * 2048, length: 2048, phase: 'descriptors' },
      { offset: 17 * 2048, length: 2048, phase: 'boot-record' },
    ],
  );
  t.strictSame(there.boots, [LOADER], 'the result boots the loader');
});

t.test('what is wrong comes as an IsoError there too', async (t) => {
  const context = browserWith(await bundle("export { planInMemory } from './test/house/plan-in-memory.ts'"));
  const codeOf = 'bundled.planInMemory(new Uint8Array(40960), "/x").then(() => "none", ({ code }) => code)';
  t.equal(await (runInContext(codeOf, context) as Promise<string>), 'ISO_VOLUME_NOT_ISO9660');
});
