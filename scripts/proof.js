/** Bundles the proof with the sources as they are, runs it, and ends as it does: `npm run proof`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'isoboot-proof-'));
try {
  await build({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // The thread that digests is a file of its own, beside what starts it.
    entryPoints: { proof: 'test/proof/main.ts', 'digest-worker': 'src/sink/digest-worker.ts' },
    outdir: folder,
    logLevel: 'warning',
    // buffer-layout is of the older kind of module.
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
  });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const { status } = spawnSync(process.execPath, [join(folder, 'proof.js'), ...process.argv.slice(2)], {
    // What is killed is the program as it was built.
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
