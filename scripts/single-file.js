/** Builds all of isoboot as one file, which runs wherever Node does, with nothing beside it. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, lightYargs, ROOT, standIns } from './bundle.js';
import { noticesComment, packagesIn } from './notices.js';

const ENTRY = `import { run } from './src/cli/main.js'; void run(process.argv.slice(2));`;

/** Packages may ask for what comes with Node, and find nothing else, wherever the file lies. */
const REQUIRE = 'const require = (name) => process.getBuiltinModule(name);';

/** Files of packages that look for further files; what they get instead is enough for what is used of them. */
const BLINKERS = [
  {
    // fdir looks for a picomatch of its own, yargs and its parser for configuration files.
    from: /[\\/]node_modules[\\/]/,
    path: /^(node:)?module$/,
    contents: `
      const none = () => { throw new Error('there is nothing beside the single file'); };
      export const createRequire = () => Object.assign(none, { resolve: none });`,
  },
];

/** Writes the single file; throws where it would need anything beside it. */
export async function buildSingleFile(name) {
  const outfile = join(ROOT, name);
  const thread = await build({
    ...BUNDLE,
    entryPoints: ['src/sink/digest-worker.ts'],
    format: 'esm',
    legalComments: 'none',
    write: false,
    metafile: true,
  });
  const manifest = JSON.parse(readText('package.json'));
  const inside = contentsInside(manifest.version, thread.outputFiles[0].text);
  const whole = await build({
    ...BUNDLE,
    stdin: { contents: ENTRY, resolveDir: ROOT, sourcefile: 'isoboot.js' },
    banner: { js: REQUIRE },
    format: 'esm',
    legalComments: 'none',
    write: false,
    metafile: true,
    plugins: [lightYargs, inPlaceOf(inside), standIns('blinkers', BLINKERS)],
  });
  requireWhole(whole.metafile, Object.keys(inside));
  const own = { ...manifest, text: readText('LICENSE') };
  const packages = packagesIn(whole.metafile, thread.metafile);
  const notices = noticesComment('The licences of what is in this file.', [own, ...packages]);
  const parts = [headOf(own, packages), whole.outputFiles[0].text, notices];
  writeFileSync(outfile, `${parts.join('\n')}\n`);
  chmodSync(outfile, 0o755);
}

/** The files of src that find something on disk, each with what it is in the single file. */
function contentsInside(version, thread) {
  const schema = readText('docs/schema/batch-manifest.schema.json');
  return {
    'src/cli/version.ts': `export const ownVersion = () => ${JSON.stringify(version)};`,
    'src/batch/manifest-schema.ts': `export const readManifestSchema = async () => ${JSON.stringify(schema)};`,
    'src/sink/digest-thread.ts': `
      const code = ${JSON.stringify(thread)};
      export const digestThread = () => new URL('data:text/javascript,' + encodeURIComponent(code));`,
  };
}

function inPlaceOf(inside) {
  return {
    name: 'inside',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        const contents = inside[relative(ROOT, path).split(sep).join('/')];
        return contents === undefined ? undefined : { contents, loader: 'js' };
      });
    },
  };
}

/** What of isoboot looks for a file by its own place has to have been put inside. */
function requireWhole({ inputs, outputs }, inside) {
  const own = Object.keys(inputs).filter((path) => path.startsWith('src/'));
  const seeking = own.filter((path) => readText(path).includes('import.meta'));
  if (seeking.sort().join() !== inside.sort().join()) {
    throw new Error(`the single file has ${inside.join()} inside, and should have ${seeking.join()}`);
  }
  const imports = Object.values(outputs).flatMap(({ imports }) => imports);
  const foreign = imports.filter(({ path }) => process.getBuiltinModule(path) === undefined);
  if (foreign.length > 0) {
    throw new Error(`the single file would need ${foreign.map(({ path }) => path).join()}`);
  }
}

function headOf(own, packages) {
  const titles = packages.map(({ name, version, license }) => `//   ${name} ${version} (${license})`);
  return [
    '#!/usr/bin/env node',
    `// isoboot ${own.version} (${own.license}) in one file, with these packages; their licences are at the end:`,
    ...titles,
  ].join('\n');
}

function readText(path) {
  return readFileSync(join(ROOT, path), 'utf8');
}
