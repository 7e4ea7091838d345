/**
 * Writes the files that are made from the sources: `npm run generate`. With `--check` it writes nothing, names those
 * that are not as they would be written, and ends with 1 if there are any.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { makeManPage } from './man.js';
import { makeSchemas } from './schemas.js';

const root = fileURLToPath(new URL('..', import.meta.url));

async function formatted(path, schema) {
  return format(JSON.stringify(schema), { ...(await resolveConfig(root + path)), filepath: path });
}

const files = new Map([['docs/man/isoboot.1', await makeManPage()]]);
for (const [path, schema] of makeSchemas()) {
  files.set(path, await formatted(path, schema));
}

function isAsWritten([path, text]) {
  try {
    return readFileSync(root + path, 'utf8') === text;
  } catch {
    return false;
  }
}

const stale = [...files].filter((file) => !isAsWritten(file));
for (const [path, text] of stale) {
  if (process.argv.includes('--check')) {
    console.log(`${path} is not as npm run generate writes it`);
    process.exitCode = 1;
  } else {
    writeFileSync(root + path, text);
  }
}
