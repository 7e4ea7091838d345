/** Bundles the fuzzer (test/fuzz), which is written in TypeScript, and runs it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
// Inside the repository, so that it finds a corpus beside it; where tools keep what they can make again.
const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url));
mkdirSync(cache, { recursive: true });
const outdir = mkdtempSync(`${cache}/isoboot-fuzz-`);
// Left to its own end by the signal that the child gets as well, so that the bundle goes even then.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);

try {
  await build({
    absWorkingDir: root,
    entryPoints: ['test/fuzz/main.ts', 'src/sink/digest-worker.ts'],
    entryNames: '[name]',
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  const args = ['--enable-source-maps', `${outdir}/main.mjs`, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
