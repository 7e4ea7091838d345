import { basename, dirname, extname, join, resolve } from 'node:path';
import type { Entry, Settings } from './settings.js';

/** What a template may name. */
const NAMES = ['stem', 'ext', 'parent', 'index'] as const;

/** What is wrong with a template for names; nothing if it is right. */
export function templateMistake(template: string): string | undefined {
  const unknown = [...template.matchAll(/\{([^{}]*)\}/g)].find(
    ([, name]) => !NAMES.some((known) => known === name),
  );
  if (unknown !== undefined) {
    return `${unknown[0]} is none of ${NAMES.map((name) => `{${name}}`).join(', ')}`;
  }
  const rest = template.replace(/\{[^{}]*\}/g, 'x');
  if (/[{}]/.test(rest)) {
    return 'a brace stands alone';
  }
  return /[/\\]/.test(rest) || rest === '.' || rest === '..'
    ? 'is a path; outDir names the folder'
    : undefined;
}

/** Where the result of a job goes; `base` is the folder that relative paths start from. */
export function outputPath(entry: Entry, input: string, index: number, base: string): string {
  if (entry.output !== undefined) {
    return resolve(base, entry.outDir ?? '.', entry.output);
  }
  const folder = entry.outDir === undefined ? dirname(input) : resolve(base, entry.outDir);
  const ext = extname(input);
  const values = {
    stem: basename(input, ext),
    ext: ext.slice(1),
    parent: basename(dirname(input)),
    index: String(index),
  };
  const template = entry.name ?? defaultTemplate(entry);
  return join(
    folder,
    template.replace(/\{(\w+)\}/g, (_, name: string) => values[name as keyof typeof values]),
  );
}

/** The names that the single commands give. */
function defaultTemplate({ do: deed, entry, catalog }: Settings): string {
  switch (deed) {
    case 'remove-boot':
      return '{stem}-noboot.iso';
    case 'media-check':
      return '{stem}-checked.iso';
    case 'extract-boot':
      return catalog === true ? '{stem}-catalog.bin' : `{stem}${entry === undefined ? '' : `-${entry}`}.bif`;
    default:
      return '{stem}-bootable.iso';
  }
}
