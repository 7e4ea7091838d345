/**
 * Builds on `npm ci` in a checkout. Without the development dependencies (`--omit=dev`, NODE_ENV=production) there
 * is no compiler, and installing must not fail for that: a published package carries `dist` already.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

function has(name) {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

if (has('typescript') && has('esbuild')) {
  await import('./build.js');
}
