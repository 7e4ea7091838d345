#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/bin/main.js', import.meta.url);

if (existsSync(fileURLToPath(main))) {
  const { run } = await import(main.href);
  await run(process.argv.slice(2));
} else {
  // A checkout that was installed without its development tools has nothing compiled.
  process.stderr.write(
    'isoboot is not built: run "npm ci" (with development dependencies), then try again\n',
  );
  process.exitCode = 2;
}
