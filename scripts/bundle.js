/** What all of our bundles have in common. */
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What yargs asks of others, and takes longer to load than to parse arguments. */
const LIGHT = {
  // It measures its help text by tables of all scripts and emoji. Ours is ASCII, where a character is a column.
  'string-width': 'export default (text) => text.length;',
  // It asserts what it relies on itself.
  assert: `
    function assert(holds) { if (!holds) throw new Error('yargs is not as it should be'); }
    export const strictEqual = (found, wanted) => assert(Object.is(found, wanted));
    export const notStrictEqual = (found, unwanted) => assert(!Object.is(found, unwanted));`,
};

/** Gives yargs a lighter kind of what it asks for: what a small command takes is mostly its start. */
export const lightYargs = {
  name: 'light-yargs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(string-width|assert)$/ }, ({ path, importer }) =>
      /[\\/]node_modules[\\/](yargs|cliui|wrap-ansi)[\\/]/.test(importer)
        ? { path, namespace: 'light-yargs' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'light-yargs' }, ({ path }) => ({ contents: LIGHT[path] }));
  },
};

/** Options of esbuild. */
export const BUNDLE = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
};
