#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const main = fileURLToPath(new URL('../dist/bin/main.cjs', import.meta.url));

if (existsSync(main)) {
  await run(process.argv.slice(2));
} else {
  // A checkout that was installed without its development tools has nothing compiled.
  process.stderr.write(
    'isoboot is not built: run "npm ci" (with development dependencies), then try again\n',
  );
  process.exitCode = 2;
}

/** Runs the bundle with the code cache that the build left beside it: compiling is half of what a small command does. */
async function run(argv) {
  const cache = `${main}.cache`;
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${readFileSync(main)}\n})`,
    {
      filename: main,
      // Another version of V8 than that of the build rejects the cache and compiles as always.
      cachedData: existsSync(cache) ? readFileSync(cache) : undefined,
    },
  );
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(main), module, main, dirname(main));
  await module.exports.run(argv);
  if (process.env.ISOBOOT_WRITE_CODE_CACHE === cache) {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(cache, script.createCachedData());
  }
}
