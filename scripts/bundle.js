/** What all of our bundles have in common. */
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What yargs asks of others at its start, and takes longer to load or to look for than arguments to parse. */
const LIGHT = [
  {
    // It measures its help text by tables of all scripts and emoji. Ours is ASCII, where a character is a column.
    from: /[\\/]node_modules[\\/](yargs|cliui|wrap-ansi)[\\/]/,
    path: /^string-width$/,
    contents: 'export default (text) => text.length;',
  },
  {
    // It asserts what it relies on itself.
    from: /[\\/]node_modules[\\/]yargs[\\/]/,
    path: /^assert$/,
    contents: `
      function assert(holds) { if (!holds) throw new Error('yargs is not as it should be'); }
      export const strictEqual = (found, wanted) => assert(Object.is(found, wanted));
      export const notStrictEqual = (found, unwanted) => assert(!Object.is(found, unwanted));`,
  },
  {
    // Columns are for its help text alone.
    from: /[\\/]node_modules[\\/]yargs[\\/]/,
    path: /^cliui$/,
    contents: `export default (options) => require('cliui').default(options);`,
  },
  {
    // It looks for a package.json in this folder and all above it, to guess a version that we tell it anyway.
    from: /[\\/]node_modules[\\/]yargs[\\/]/,
    path: /^escalade\/sync$/,
    contents: 'export default () => undefined;',
  },
  {
    // It looks for its words in other languages, which we do not have.
    from: /[\\/]node_modules[\\/]y18n[\\/]/,
    path: /[\\/]platform-shims[\\/]node\.js$/,
    contents: `
      import { resolve } from 'node:path';
      import { format } from 'node:util';
      export default { fs: {}, format, resolve, exists: () => false };`,
  },
];

/** Has packages find something else than what they look for: `contents`, where a module `from` asks for `path`. */
export function standIns(name, table) {
  return {
    name,
    setup({ onResolve, onLoad }) {
      table.forEach(({ from, path, contents }, index) => {
        const namespace = `${name}-${index}`;
        onResolve({ filter: path }, ({ importer }) =>
          from.test(importer) ? { path: name, namespace } : undefined,
        );
        onLoad({ filter: /.*/, namespace }, () => ({ contents, resolveDir: ROOT }));
      });
    },
  };
}

/** Lets yargs start fast: what a small command takes is mostly its start. */
export const lightYargs = standIns('light-yargs', LIGHT);

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
