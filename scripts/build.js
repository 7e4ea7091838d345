/** Compiles src into dist: the library module by module, and the command line as a bundle that starts fast. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.json'], {
  cwd: root,
  stdio: 'inherit',
});

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

// Loading yargs and our own modules one by one takes twice as long as everything else that a small command does.
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/cli/main.ts', 'digest-worker': 'src/sink/digest-worker.ts' },
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['pino', 'cli-progress'],
  plugins: [plainWidth],
  banner: {
    js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
  },
  chunkNames: 'chunk-[hash]',
  sourcemap: 'linked',
  logLevel: 'warning',
});

// tsc copies no declarations: those of buffer-layout, which brings none itself, go along by hand.
const inDist = (path) => new URL(`../dist/${path}`, import.meta.url);
copyFileSync(new URL('../src/layout/buffer-layout.d.ts', import.meta.url), inDist('layout/buffer-layout.d.ts'));
const field = readFileSync(inDist('layout/field.d.ts'), 'utf8');
writeFileSync(inDist('layout/field.d.ts'), `/// <reference path="./buffer-layout.d.ts" />\n${field}`);
