/** The documents say what is so: fields and examples of the JSON reports. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import t, { type Test } from 'tap';
import { MEDIA } from '../../src/job/medium.js';
import { cli, workplace, type Workplace } from '../cli/machine.js';
import { CLOSED_SETS } from './closed-sets.js';
import { withOtherReadme } from './discs.js';
import { makeReports } from './reports.js';
import { readText, ROOT } from './source-files.js';

const JSON_DOCUMENT = 'docs/json.md';

/** The folder that the examples of the document work in. */
const EXAMPLE_FOLDER = '/discs';

/** Texts for people may be worded differently at any time, so that the examples need not follow each word. */
const WORDING = /"(message|reason|what|bios|uefi|found|wanted)": "(\\.|[^"\\])*"/g;

/** Runs a command and gives its report, with the paths that the document has. */
async function exampleOf({ folder }: Workplace, command: string): Promise<string> {
  const argv = command.split(' ').map((word) => word.replace(EXAMPLE_FOLDER, folder));
  const { stdout } = await cli(argv);
  return stdout.replaceAll(folder, EXAMPLE_FOLDER);
}

/** The reports that the document shows, in its order. */
async function makeExamples(t: Test): Promise<string[]> {
  const place = await workplace(t);
  const image = `${EXAMPLE_FOLDER}/recovery.iso`;
  const bootable = `${EXAMPLE_FOLDER}/recovery-bootable.iso`;
  const run = (command: string): Promise<string> => exampleOf(place, command);
  await writeFile(place.at('burned.iso'), await withOtherReadme(place.image));
  const compared = await run(`compare ${EXAMPLE_FOLDER}/burned.iso --against ${image} --json`);
  const injected = await run(`inject ${image} --json`);
  const removed = await run(`remove-boot ${bootable} --json`);
  const inspected = await run(`inspect ${bootable} --json`);
  const extracted = await run(`extract-boot ${bootable} -o ${EXAMPLE_FOLDER}/boot.bif --json`);
  const listed = await run(`ls ${image} /isolinux --json`);
  const taken = await run(`extract ${image} /isolinux -o ${EXAMPLE_FOLDER}/files --json`);
  const options = `--out-dir ${EXAMPLE_FOLDER}/made --report ${EXAMPLE_FOLDER}/made.jsonl`;
  const batch = withoutSeconds(await run(`batch ${image} ${bootable} ${options} --json`));
  await run(`inject ${image} --in-place -q`);
  const undone = await run(`undo ${image} --json`);
  const failed = await run(`inject ${bootable} --json`);
  const implanted = await run(`media-check ${image} --implant --json`);
  const judged = await run(`media-check ${EXAMPLE_FOLDER}/recovery-checked.iso --json`);
  return [
    injected,
    removed,
    judged,
    implanted,
    compared,
    inspected,
    extracted,
    listed,
    taken,
    batch,
    undone,
    failed,
  ];
}

/** How long something took is another time every time. */
function withoutSeconds(report: string): string {
  return report.replace(/"seconds":[\d.]+/g, '"seconds":0.1');
}

/** The document with these examples in place of its own. */
async function withExamples(document: string, examples: readonly string[]): Promise<string> {
  let next = 0;
  const text = document.replace(/```json\n[^]*?```/g, () => {
    const example: unknown = JSON.parse(examples[next++] ?? '{}');
    return `\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``;
  });
  return format(text, { ...(await resolveConfig(join(ROOT, JSON_DOCUMENT))), parser: 'markdown' });
}

t.test('the examples are what the commands print', async (t) => {
  const examples = await makeExamples(t);
  const wanted = await withExamples(await readText(JSON_DOCUMENT), examples);
  // tap sets this for `tap --snapshot`: the examples are written anew.
  if (process.env['TAP_SNAPSHOT'] === '1') {
    await writeFile(join(ROOT, JSON_DOCUMENT), wanted);
  }
  const document = await readText(JSON_DOCUMENT);
  t.equal(document.match(/```json/g)?.length, examples.length);
  t.equal(
    document.replace(WORDING, ''),
    wanted.replace(WORDING, ''),
    'npx tap --snapshot test/house/documents.test.ts writes them',
  );
});

/** Every field of a value, as the document names them: `a.b`, and `a[].b` inside lists. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) {
    return [
      path,
      ...value.flatMap((item) => fieldsOf(item, `${path}[]`)).filter((field) => field !== `${path}[]`),
    ];
  }
  if (typeof value !== 'object' || value === null) {
    return [path];
  }
  const inside = Object.entries(value).flatMap(([name, item]) =>
    fieldsOf(item, path === '' ? name : `${path}.${name}`),
  );
  return path === '' ? inside : [path, ...inside];
}

/** The fields in the table of a schema. */
function documentedFields(document: string, schema: string): string[] {
  const section = document.split(/^## /m).find((part) => part.startsWith(`${schema}\n`)) ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, field]) => field ?? '');
}

/** Reports of many kinds; lines of a batch without the reports in them, which have schemas of their own. */
async function reportsApart(t: Test): Promise<Record<string, unknown>[]> {
  const reports = await makeReports(t);
  return reports.map((report) =>
    'report' in report && 'key' in report ? { ...report, report: null } : report,
  );
}

t.test('every field is documented, and every documented field is there', async (t) => {
  const document = await readText(JSON_DOCUMENT);
  const reports = await reportsApart(t);
  const schemas = [...document.matchAll(/^## (isoboot\.\S+)$/gm)].map(([, schema]) => schema ?? '');
  t.strictSame([...new Set(reports.map(({ schema }) => schema))].sort(), [...schemas].sort(), 'the schemas');
  for (const schema of schemas) {
    const found = reports
      .filter((report) => report['schema'] === schema)
      .flatMap((report) => fieldsOf(report));
    t.strictSame([...new Set(found)].sort(), documentedFields(document, schema).sort(), schema);
  }
});

t.test('the closed sets of strings are documented', async (t) => {
  const document = await readText(JSON_DOCUMENT);
  for (const [name, values] of Object.entries(CLOSED_SETS)) {
    const paragraph = document.split('\n').find((each) => each.startsWith(`\`${name}\``)) ?? '';
    const listed = [...paragraph.matchAll(/`([^`]+)`/g)].map(([, value]) => value);
    t.strictSame(
      values.filter((value) => !listed.includes(value)),
      [],
      name,
    );
  }
  for (const { name } of MEDIA) {
    t.match(document, new RegExp(`\\| \`media\`.*\`${name}\``), name);
  }
});
