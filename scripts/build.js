/** Compiles src into dist: the library module by module, and the command line as a bundle that starts fast. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.json'], {
  cwd: root,
  stdio: 'inherit',
});

// What is published is documented.
execFileSync(process.execPath, ['scripts/check-docs.js'], { cwd: root, stdio: 'inherit' });

/**
 * yargs measures its help text with string-width, which sets up the tables of all scripts and emoji when it is loaded:
 * a third of the time that a small command takes. Our help text is ASCII, where a character is a column.
 */
const plainWidth = {
  name: 'plain-width',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      /[\\/]node_modules[\\/](yargs|cliui|wrap-ansi)[\\/]/.test(importer)
        ? { path: 'string-width', namespace: 'plain-width' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'plain-width' }, () => ({
      contents: 'export default (text) => text.length;',
    }));
  },
};

/** yargs asserts what it relies on itself, three times; Node's own assertions take as long to load as yargs takes to parse. */
const plainAssert = {
  name: 'plain-assert',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^assert$/ }, ({ importer }) =>
      /[\\/]node_modules[\\/]yargs[\\/]/.test(importer)
        ? { path: 'assert', namespace: 'plain-assert' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'plain-assert' }, () => ({
      contents: `
        function assert(holds) { if (!holds) throw new Error('yargs is not as it should be'); }
        export const strictEqual = (found, wanted) => assert(Object.is(found, wanted));
        export const notStrictEqual = (found, unwanted) => assert(!Object.is(found, unwanted));`,
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  logLevel: 'warning',
};

// Loading yargs and our own modules one by one takes twice as long as everything else that a small command does.
await build({
  ...common,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/bin/main.cjs',
  format: 'cjs',
  external: ['pino', 'cli-progress', 'yaml', 'ajv', 'tinyglobby'],
  plugins: [plainWidth, plainAssert],
  // A script with a code cache cannot import; what is loaded late is required.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
});
await build({
  ...common,
  entryPoints: ['src/sink/digest-worker.ts'],
  outfile: 'dist/bin/digest-worker.js',
  format: 'esm',
});

// What an edit compiles goes into a cache beside the bundle; a published package carries that of its build.
const cache = fileURLToPath(new URL('../dist/bin/main.cjs.cache', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'isoboot-build-'));
const image = join(scratch, 'image.iso');
copyFileSync(new URL('../samples/recovery.iso', import.meta.url), image);
execFileSync(process.execPath, ['bin/isoboot.js', 'inject', image, '--in-place', '--quiet'], {
  cwd: root,
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
