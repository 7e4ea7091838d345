/** Compiles src into dist: the library module by module, and the command line as a bundle that starts fast. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, lightYargs, ROOT } from './bundle.js';
import { noticesText, packagesIn } from './notices.js';
import { buildSingleFile } from './single-file.js';

const require = createRequire(import.meta.url);

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});

// What is published is documented.
execFileSync(process.execPath, ['scripts/check-docs.js'], { cwd: ROOT, stdio: 'inherit' });

// What packages ask to be said wherever their code goes is said in a file beside it, which no start has to read.
const BESIDE_NOTICES = { sourcemap: 'linked', legalComments: 'none', metafile: true };

// Loading yargs and our own modules one by one takes twice as long as everything else that a small command does.
const command = await build({
  ...BUNDLE,
  ...BESIDE_NOTICES,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/bin/main.cjs',
  format: 'cjs',
  external: ['pino', 'cli-progress', 'yaml', 'ajv', 'tinyglobby'],
  plugins: [lightYargs],
  // A script with a code cache cannot import; what is loaded late is required.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
});
const thread = await build({
  ...BUNDLE,
  ...BESIDE_NOTICES,
  entryPoints: ['src/sink/digest-worker.ts'],
  outfile: 'dist/bin/digest-worker.js',
  format: 'esm',
});

writeFileSync(
  join(ROOT, 'dist/bin/NOTICES.txt'),
  noticesText(
    'The licences of the packages that are in main.cjs and digest-worker.js.',
    packagesIn(command.metafile, thread.metafile),
  ),
);

await buildSingleFile('dist/isoboot.mjs');

// What an edit compiles goes into a cache beside the bundle; a published package carries that of its build.
const cache = join(ROOT, 'dist/bin/main.cjs.cache');
const scratch = mkdtempSync(join(tmpdir(), 'isoboot-build-'));
const image = join(scratch, 'image.iso');
copyFileSync(new URL('../samples/recovery.iso', import.meta.url), image);
execFileSync(process.execPath, ['bin/isoboot.js', 'inject', image, '--in-place', '--quiet'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, NODE_OPTIONS: '', ISOBOOT_WRITE_CODE_CACHE: cache },
});
rmSync(scratch, { recursive: true });

// tsc copies no declarations: those of buffer-layout, which brings none itself, go along by hand.
const inDist = (path) => new URL(`../dist/${path}`, import.meta.url);
copyFileSync(
  new URL('../src/layout/buffer-layout.d.ts', import.meta.url),
  inDist('layout/buffer-layout.d.ts'),
);
const field = readFileSync(inDist('layout/field.d.ts'), 'utf8');
writeFileSync(inDist('layout/field.d.ts'), `/// <reference path="./buffer-layout.d.ts" />\n${field}`);
