/** Manifests: what is right in them, and every mistake with the line and column at which it stands. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { listJobs } from '../../src/batch/job-list.js';
import type { BatchJob } from '../../src/batch/job.js';
import { parseManifest } from '../../src/batch/manifest.js';
import { BatchRefusal, type Mistake } from '../../src/batch/mistake.js';
import { DEEDS, FIELDS_OF } from '../../src/batch/settings.js';

interface Listing {
  readonly text: string;
  readonly base: string;
  readonly foldsCase?: boolean;
  readonly report?: string;
}

async function jobsOf({ text, base, foldsCase = false, report }: Listing): Promise<BatchJob[]> {
  return listJobs({ manifest: await parseManifest(text), base, foldsCase, report });
}

/** Every mistake of a manifest, as `line:column code field`. */
async function mistakesOf(t: Test, listing: Listing): Promise<string[]> {
  const refusal = await jobsOf(listing).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(refusal instanceof BatchRefusal)) {
    t.fail('it was not refused', { refusal });
    return [];
  }
  t.equal(refusal.exitCode, 2);
  return refusal.mistakes.map(textOf);
}

function textOf({ line, column, code, field }: Mistake): string {
  return `${String(line)}:${String(column)} ${code} ${String(field)}`;
}

const yaml = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

t.test('jobs of a manifest, with its defaults and relative to its folder', async (t) => {
  const base = t.testdir({ 'a.iso': 'a', shelf: { 'b.ISO': 'b', 'c.iso': 'c', 'c.txt': '', '.d.iso': '' } });
  const text = yaml(
    'defaults: { outDir: made, mediaCheck: add, efi: false }',
    'jobs:',
    '  - input: a.iso',
    '  - { input: shelf, do: remove-boot, name: "{index}-{parent}-{stem}.{ext}" }',
    '  - { input: "*.iso", do: inspect }',
    '  - { input: a.iso, do: extract-boot, entry: 2 }',
  );
  const jobs = await jobsOf({ text, base });
  t.strictSame(
    jobs.map(({ index, input, output, settings }) => ({ index, input, output, settings })),
    [
      {
        index: 1,
        input: join(base, 'a.iso'),
        output: join(base, 'made/a-bootable.iso'),
        settings: { mediaCheck: 'add', efi: false, do: 'inject' },
      },
      // `mediaCheck: add` does not go with remove-boot.
      {
        index: 2,
        input: join(base, 'shelf/b.ISO'),
        output: join(base, 'made/2-shelf-b.ISO'),
        settings: { do: 'remove-boot' },
      },
      {
        index: 3,
        input: join(base, 'shelf/c.iso'),
        output: join(base, 'made/3-shelf-c.iso'),
        settings: { do: 'remove-boot' },
      },
      { index: 4, input: join(base, 'a.iso'), output: undefined, settings: { do: 'inspect' } },
      {
        index: 5,
        input: join(base, 'a.iso'),
        output: join(base, 'made/a-2.bif'),
        settings: { do: 'extract-boot', entry: 2 },
      },
    ],
  );
  t.equal(new Set(jobs.map(({ key }) => key)).size, 5, 'keys differ');
  const json = JSON.stringify({ jobs: [{ input: 'a.iso' }] });
  t.equal((await jobsOf({ text: json, base }))[0]?.output, join(base, 'a-bootable.iso'), 'JSON as well');
});

t.test('twenty jobs with five mistakes: all of them are told, each with its line', async (t) => {
  const base = t.testdir({});
  const wrong = new Map([
    [2, ['outDri: somewhere']],
    [5, ['loadSize: much']],
    [9, ['output: d0-bootable.iso']],
    [12, ['output: d13.iso']],
    [17, ['bootPath: /a', 'donor: b.iso']],
  ]);
  const jobs = Array.from({ length: 20 }, (_, i) =>
    [`  - input: d${i}.iso`, ...(wrong.get(i) ?? [])].join('\n    '),
  );
  t.strictSame(await mistakesOf(t, { text: yaml('jobs:', ...jobs), base }), [
    '5:5 ISO_BATCH_MANIFEST jobs[2].outDri',
    '9:5 ISO_BATCH_MANIFEST jobs[5].loadSize',
    '13:5 ISO_BATCH_OUTPUT jobs[9]',
    '17:5 ISO_BATCH_OUTPUT jobs[12]',
    '25:5 ISO_BATCH_MANIFEST jobs[17].donor',
  ]);
});

const ONE_MISTAKE: readonly (readonly [text: string, mistake: string])[] = [
  ['jobs: []', '1:1 ISO_BATCH_MANIFEST jobs'],
  ['', '1:1 ISO_BATCH_MANIFEST null'],
  ['- a.iso', '1:1 ISO_BATCH_MANIFEST null'],
  ['jobs: [{}]', '1:8 ISO_BATCH_MANIFEST jobs[0]'],
  ['jobs: [a.iso]', '1:8 ISO_BATCH_MANIFEST jobs[0]'],
  ['jobs:\n  - input: a\n    input: b', '3:5 ISO_BATCH_MANIFEST null'],
  ['jobs: [', '1:8 ISO_BATCH_MANIFEST null'],
  ['default: {}\njobs: [{input: a}]', '1:1 ISO_BATCH_MANIFEST default'],
  ['defaults: {input: a}\njobs: [{input: a}]', '1:12 ISO_BATCH_MANIFEST defaults.input'],
  ['schema: isoboot.batch-manifest/2\njobs: [{input: a}]', '1:1 ISO_BATCH_MANIFEST schema'],
  ['jobs: [{input: a, do: burn}]', '1:19 ISO_BATCH_MANIFEST jobs[0].do'],
  ['jobs: [{input: a, do: inspect, force: true}]', '1:32 ISO_BATCH_MANIFEST jobs[0].force'],
  ['defaults: {do: inspect}\njobs: [{input: a, output: b}]', '2:19 ISO_BATCH_MANIFEST jobs[0].output'],
  ['jobs: [{input: a, do: remove-boot, mediaCheck: add}]', '1:36 ISO_BATCH_MANIFEST jobs[0].mediaCheck'],
  ['jobs: [{input: a, inPlace: true, output: b}]', '1:34 ISO_BATCH_MANIFEST jobs[0].output'],
  ['jobs: [{input: a, donorEntry: 1}]', '1:19 ISO_BATCH_MANIFEST jobs[0].donorEntry'],
  ['jobs: [{input: a, name: "{volume}"}]', '1:19 ISO_BATCH_MANIFEST jobs[0].name'],
  ['jobs: [{input: a, name: "{stem"}]', '1:19 ISO_BATCH_MANIFEST jobs[0].name'],
  ['jobs: [{input: a, name: "../x"}]', '1:19 ISO_BATCH_MANIFEST jobs[0].name'],
  ['jobs: [{input: a, expect: "sha256:12"}]', '1:19 ISO_BATCH_MANIFEST jobs[0].expect'],
  ['jobs: [{input: a, add: ["efi:@b", "efi:@c"]}]', '1:19 ISO_BATCH_MANIFEST jobs[0].add'],
  ['jobs: [{input: "none/*.iso"}]', '1:9 ISO_BATCH_NO_IMAGE jobs[0].input'],
  ['jobs: [{input: two, output: x}]', '1:21 ISO_BATCH_MANIFEST jobs[0].output'],
  ['jobs: [{input: a, output: ./a}]', '1:8 ISO_BATCH_OUTPUT jobs[0]'],
  ['jobs: [{input: a, output: report}]', '1:8 ISO_BATCH_OUTPUT jobs[0]'],
  ['jobs: [{input: a, inPlace: true}, {input: a, do: inspect}]', '1:8 ISO_BATCH_OUTPUT jobs[0]'],
  ['jobs: [{input: a, donor: x}, {input: b, output: x}]', '1:30 ISO_BATCH_OUTPUT jobs[1]'],
];

for (const [text, mistake] of ONE_MISTAKE) {
  t.test(`${text.replaceAll('\n', ' | ')} -> ${mistake}`, async (t) => {
    const base = t.testdir({ two: { 'a.iso': '', 'b.iso': '' } });
    t.strictSame(await mistakesOf(t, { text, base, report: join(base, 'report') }), [mistake]);
  });
}

t.test('names that differ in case alone are one where the file system says so', async (t) => {
  const base = t.testdir({});
  const text = yaml('jobs:', '  - { input: a, output: X.iso }', '  - { input: b, output: x.iso }');
  t.equal((await jobsOf({ text, base })).length, 2);
  t.strictSame(await mistakesOf(t, { text, base, foldsCase: true }), ['3:5 ISO_BATCH_OUTPUT jobs[1]']);
});

t.test('a link to an output is the output', async (t) => {
  const base = t.testdir({ real: {}, link: t.fixture('symlink', 'real') });
  const text = yaml('jobs:', '  - { input: a, output: real/x }', '  - { input: b, output: link/x }');
  t.strictSame(await mistakesOf(t, { text, base }), ['3:5 ISO_BATCH_OUTPUT jobs[1]']);
});

t.test('results that an earlier run put among the images are not taken for images', async (t) => {
  const base = t.testdir({ 'a.iso': '', 'a-bootable.iso': '', 'b.iso': '' });
  const jobs = await jobsOf({ text: 'jobs: [{input: .}]', base });
  t.strictSame(
    jobs.map(({ input }) => input),
    [join(base, 'a.iso'), join(base, 'b.iso')],
  );
  const named = 'jobs: [{input: a.iso}, {input: a-bootable.iso}]';
  t.strictSame(
    await mistakesOf(t, { text: named, base }),
    ['1:8 ISO_BATCH_OUTPUT jobs[0]'],
    'but named, they are',
  );
});

t.test('a manifest that unfolds without end is refused', async (t) => {
  const lines = Array.from(
    { length: 12 },
    (_, i) => `x${i}: &x${i} [${i > 0 ? `*x${i - 1},`.repeat(10) : 'a'}]`,
  );
  t.strictSame(await mistakesOf(t, { text: yaml(...lines, 'jobs: *x11'), base: t.testdir({}) }), [
    '1:1 ISO_BATCH_MANIFEST null',
  ]);
});

t.test('the schema and the code agree on what goes with what', async (t) => {
  const path = new URL('../../docs/schema/batch-manifest.schema.json', import.meta.url);
  const { definitions } = JSON.parse(await readFile(path, 'utf8')) as {
    definitions: {
      job: {
        properties: Record<string, unknown>;
        allOf: {
          if: { properties: { do: { const: string } } };
          then: { properties: Record<string, unknown> };
        }[];
      };
    };
  };
  const fields = Object.keys(definitions.job.properties).filter((name) => name !== 'do' && name !== 'input');
  for (const deed of DEEDS) {
    const rule = definitions.job.allOf.find((each) => each.if.properties.do.const === deed);
    const fitting = fields.filter((name) => rule?.then.properties[name] !== false);
    t.strictSame(fitting.sort(), [...FIELDS_OF[deed]].sort(), deed);
  }
});
