/** What docs/json.md says of each report: the published schemas say it too. */
import { readFileSync } from 'node:fs';

const DOCUMENT = new URL('../docs/json.md', import.meta.url);

/** The sections of the document by the schema that each is about. */
function sections() {
  const [, ...parts] = readFileSync(DOCUMENT, 'utf8').split(/^## /m);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]));
}

/** Without what only Markdown needs. */
function plain(text) {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
}

/** The meaning of each field in the table of a section, such as `entries[].lba`. */
function meanings(section) {
  const rows = section.matchAll(/^\| `([^`]+)` *\|[^|]*\| *(.*?) *\|$/gm);
  return new Map([...rows].map(([, field, meaning]) => [field, withStrings(section, field, meaning)]));
}

/** A meaning that points to what stands below the table, with what stands there: the strings that a field may have. */
function withStrings(section, field, meaning) {
  const name = field.replace(/^.*[.\]]/, '');
  const listed = new RegExp(`^\`(?:[\\w.]+\\.)?${name}\`[^:\\n]*: (.*)$`, 'm').exec(section)?.[1];
  return plain(meaning.replace(/,? see (`\w+` )?below/, listed === undefined ? '' : `: ${listed}`));
}

/** What the document says of a schema: in a sentence, and field by field. */
export function documentedSchema(schema) {
  const section = sections().get(schema);
  if (section === undefined) {
    throw new Error(`docs/json.md says nothing of ${schema}`);
  }
  const [, first = ''] = section.split('\n\n');
  return { description: plain(first), meanings: meanings(section) };
}
