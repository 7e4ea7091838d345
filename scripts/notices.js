/** The licences of the packages in a bundle: most ask for their notices wherever their code goes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './bundle.js';

/** The packages of which something is in a bundle, by name, from what esbuild says of it. */
export function packagesIn(...metafiles) {
  const inputs = metafiles.flatMap(({ outputs }) => Object.values(outputs).map(({ inputs }) => inputs));
  const paths = inputs
    .flatMap((each) => Object.entries(each))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(paths.filter((path) => path !== undefined))].map(packageAt).sort(byName);
}

function packageAt(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const files = readdirSync(join(ROOT, folder)).filter((each) => /^(licen[cs]e|notice)\b/i.test(each));
  if (typeof license !== 'string' || files.length === 0) {
    throw new Error(`${folder} does not say under which licence it may be passed on`);
  }
  const texts = files.sort().map((each) => readFileSync(join(ROOT, folder, each), 'utf8'));
  return { name, version, license, text: texts.join('\n\n') };
}

function byName(a, b) {
  return `${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1;
}

/** All licences in full, below a sentence on what they are of. */
export function noticesText(subject, packages) {
  const texts = packages.map(({ name, version, license, text }) => {
    const title = `${name} ${version} (${license})`;
    return `${title}\n${'-'.repeat(title.length)}\n\n${text.trim()}\n`;
  });
  return `${subject}\n\n${texts.join('\n\n')}`.replaceAll('\r\n', '\n');
}

/** The same as a comment. */
export function noticesComment(subject, packages) {
  const lines = noticesText(subject, packages).trim().split('\n');
  // A comment of lines cannot be ended by what is in it.
  return lines.map((line) => `// ${line}`.trimEnd()).join('\n');
}
