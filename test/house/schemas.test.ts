/** The published schemas: made from the types, open for further fields, and all that the commands print is in them. */
import { readFile, writeFile } from 'node:fs/promises';
import { Ajv, type AnySchemaObject } from 'ajv';
import t, { type Test } from 'tap';
import { cli, workplace } from '../cli/machine.js';
import { FIXTURES } from '../fixtures/index.js';
import { CLOSED_SETS } from './closed-sets.js';
import { makeReports, type Report } from './reports.js';
import { filesBelow, readText } from './source-files.js';

const FOLDER = 'docs/schema';
const MANIFEST = 'isoboot.batch-manifest/1';

async function publishedSchemas(): Promise<AnySchemaObject[]> {
  const paths = (await filesBelow(FOLDER)).filter((path) => path.endsWith('.schema.json'));
  const schemas = await Promise.all(
    paths.map(async (path) => JSON.parse(await readText(path)) as AnySchemaObject),
  );
  return schemas.filter(({ title }) => title !== MANIFEST);
}

/** A schema that lets no field pass that it does not have. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) {
    return schema.map(closed);
  }
  if (typeof schema !== 'object' || schema === null) {
    return schema;
  }
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  return 'properties' in schema && 'required' in schema ? { ...parts, additionalProperties: false } : parts;
}

/** Says what is wrong with a report by its own schema; nothing where nothing is. */
type Judge = (report: Report) => string;

async function judgeBy(variant: (schema: unknown) => unknown): Promise<Judge> {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
  for (const schema of await publishedSchemas()) {
    ajv.addSchema(variant(schema) as AnySchemaObject);
  }
  return (report) => {
    const id = String(report['schema']).replace(/^(\w+)\.([a-z-]+)\/(\d+)$/, 'urn:$1:$2:$3');
    const isValid = ajv.getSchema(id);
    if (isValid === undefined) {
      return `no schema is published for ${String(report['schema'])}`;
    }
    return isValid(report) === true ? '' : ajv.errorsText(isValid.errors);
  };
}

/** What commands that read and edit say of every layout class, and of images that are cut off or changed. */
async function reportsOnFixtures(t: Test): Promise<Report[]> {
  const { at } = await workplace(t);
  const reports: Report[] = [];
  const tell = async (...argv: string[]): Promise<void> => {
    const { stdout } = await cli([...argv, '--json']);
    reports.push(JSON.parse(stdout) as Report);
  };
  for (const { name, build } of FIXTURES) {
    const bytes = build();
    const image = at(`${name}.iso`);
    await writeFile(image, bytes);
    await writeFile(at('cut.iso'), bytes.subarray(0, bytes.length * 0.7));
    await tell('inspect', image);
    await tell('ls', image, '-R');
    await tell('inject', image, '--in-place', '--media-check', 'add');
    await tell('compare', image, '--against', at('cut.iso'));
    await tell('extract-boot', image, '--all', at('loaders'), '--force');
    await tell('remove-boot', image, '--in-place');
    await tell('media-check', image, '--implant', '--force', '--dry-run');
    await tell('undo', image);
    await tell('extract', image, '/', '-o', at('files'), '--force');
    await tell('inspect', at('cut.iso'));
  }
  await tell('batch', at('*.iso'), '--do', 'inspect', '--report', at('fixtures.jsonl'));
  const lines = (await readFile(at('fixtures.jsonl'), 'utf8')).trimEnd().split('\n');
  return [...reports, ...lines.map((line) => JSON.parse(line) as Report)];
}

/** What goes wrong before an image is read. */
async function reportsOfMistakes(t: Test): Promise<Report[]> {
  const { folder, image, at } = await workplace(t);
  await writeFile(
    at('mistakes.yaml'),
    'jobs:\n  - input: none/*.iso\n  - {input: x, colour: red, entry: 1}\n',
  );
  await writeFile(at('broken.yaml'), 'jobs: [');
  const commands = [
    [],
    ['inject'],
    ['inject', image, '--no-such'],
    ['inject', image, '--load-size', '65536'],
    ['inject', image, '--in-place', '-o', at('x.iso')],
    ['inject', image, '-o', image],
    ['inject', image, '-o', folder],
    ['inject', image, '--expect', `md5:${'0'.repeat(32)}`],
    ['inject', image, '--boot-path', '/none'],
    ['inspect', at('none.iso')],
    ['inspect', folder],
    ['undo', image],
    ['media-check', image],
    ['batch', at('mistakes.yaml')],
    ['batch', at('broken.yaml')],
    ['batch', at('none.yaml')],
    ['batch', image, '--report', folder],
  ];
  const runs = [];
  for (const argv of commands) {
    runs.push(await cli([...argv, '--json']));
  }
  return runs.map(({ stdout }) => JSON.parse(stdout) as Report);
}

t.test('all that the commands print is in them, and nothing else', async (t) => {
  const judge = await judgeBy(closed);
  const reports = [
    ...(await makeReports(t)),
    ...(await reportsOnFixtures(t)),
    ...(await reportsOfMistakes(t)),
  ];
  const wrong = reports.map((report) => ({ schema: report['schema'], said: judge(report) }));
  t.strictSame(
    [
      ...new Set(
        wrong.filter(({ said }) => said !== '').map(({ schema, said }) => `${String(schema)}: ${said}`),
      ),
    ],
    [],
  );
  const published = (await publishedSchemas()).map(({ title }) => String(title));
  t.strictSame(
    [...new Set(reports.map(({ schema }) => String(schema)))].sort(),
    published.sort(),
    'all of them were printed',
  );
  t.ok(reports.length > 10 * FIXTURES.length, `${reports.length} reports`);
});

t.test('the document for scripts leads to each of them', async (t) => {
  const document = await readText('docs/scripting.md');
  const links = [...document.matchAll(/\[(\S+)\]\((schema\/\S+)\)/g)];
  const linked = links.map(([, title, path]) => `${title ?? ''} docs/${path ?? ''}`);
  const paths = (await filesBelow(FOLDER)).filter((path) => path.endsWith('.schema.json'));
  const published = paths.map(
    async (path) => `${String((JSON.parse(await readText(path)) as AnySchemaObject)['title'])} ${path}`,
  );
  t.strictSame(linked.sort(), (await Promise.all(published)).sort());
});

t.test('they see what is not as they say', async (t) => {
  const { image } = await workplace(t);
  const { stdout } = await cli(['inject', image, '--dry-run', '--json']);
  const report = JSON.parse(stdout) as Report;
  const [strict, open] = [await judgeBy(closed), await judgeBy((schema) => schema)];
  t.equal(strict(report), '');
  t.match(
    strict({ ...report, colour: 'red' }),
    /must NOT have additional properties/,
    'a field of no document',
  );
  t.equal(open({ ...report, colour: 'red' }), '', 'a later version may have it');
  t.match(open({ ...report, size: '438272' }), /data\/size must be integer/, 'a wrong type');
  t.match(open({ ...report, size: 0.5 }), /data\/size must be integer/);
  t.match(
    open({ ...report, mode: 'sideways' }),
    /data\/mode must be equal to one of/,
    'a string of no closed set',
  );
  t.match(open({ ...report, entries: [{}] }), /data\/entries\/0 must have required property 'lba'/);
  t.match(open({ ...report, undo: undefined }), /must have required property 'undo'/, 'a field that is gone');
});

/** The closed sets in a schema, by the names of the fields that have them. */
function enumsIn(schema: unknown, name = ''): [name: string, values: string[]][] {
  if (typeof schema !== 'object' || schema === null) {
    return [];
  }
  const values: unknown = (schema as AnySchemaObject)['enum'];
  const own: [string, string[]][] = Array.isArray(values)
    ? [[name, values.filter((value): value is string => typeof value === 'string')]]
    : [];
  const inside = Object.entries(schema).flatMap(([key, part]) =>
    enumsIn(part, ['anyOf', 'items'].includes(key) || /^\d+$/.test(key) ? name : key),
  );
  return [...own, ...inside];
}

t.test('they have every closed set', async (t) => {
  const enums = (await publishedSchemas()).flatMap((schema) => enumsIn(schema));
  for (const [name, values] of Object.entries(CLOSED_SETS)) {
    const sets = enums.filter(([field]) => field === name).map(([, set]) => set);
    const isThere = sets.some((set) => values.every((value) => set.includes(value)));
    t.ok(isThere, name, { values, sets });
  }
});
