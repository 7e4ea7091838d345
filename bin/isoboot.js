#!/usr/bin/env node
'use strict';

// CommonJS, by the package.json beside it: setting up the loader of ES modules takes as long as a small edit does.
const { existsSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const main = join(__dirname, '..', 'dist', 'bin', 'main.cjs');
const cache = `${main}.cache`;

/** Runs the bundle with the code cache that the build left beside it: compiling is half of what a small command does. */
async function run(argv) {
  // The bundle is ASCII, of which this makes a string without decoding anything.
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(main, 'latin1')}\n})`;
  // Another version of V8 than that of the build rejects the cache and compiles as always.
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
  const script = new Script(source, { filename: main, cachedData });
  const bundle = { exports: {} };
  script.runInThisContext()(bundle.exports, createRequire(main), bundle, main, dirname(main));
  await bundle.exports.run(argv);
  if (process.env.ISOBOOT_WRITE_CODE_CACHE === cache) {
    writeFileSync(cache, script.createCachedData());
  }
}

/** Says which version this is, before anything else is loaded; says whether it could. */
function saidVersion() {
  const { version } = require('../package.json');
  try {
    writeSync(1, `${version}\n`);
    return true;
  } catch {
    // A pipe that takes nothing now, or whose reader is gone: the bundle knows what to do.
    return false;
  }
}

const argv = process.argv.slice(2);
if (!existsSync(main)) {
  // A checkout that was installed without its development tools has nothing compiled.
  process.stderr.write(
    'isoboot is not built: run "npm ci" (with development dependencies), then try again\n',
  );
  process.exitCode = 2;
} else if (argv[0] !== '--version' || !saidVersion()) {
  void run(argv);
}
