/** `isoboot batch` as a user meets it: what is printed, what is written, and what it exits with. */
import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fileDigest } from '../kit/digest.js';
import { cli, codeOf, refuses, reportOf, SAMPLE, workplace, type Run } from './machine.js';

interface Line {
  readonly schema: string;
  readonly index: number;
  readonly input: string;
  readonly status: string;
  readonly reason: string | null;
  readonly inputSha256: string | null;
  readonly outputSha256: string | null;
  readonly error: { readonly code: string } | null;
  readonly report: { readonly schema: string } | null;
}

async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
    .sort((a, b) => a.index - b.index);
}

/** Each job's status with its reason or code, in the order of the summary. */
function endsOf(t: Test, run: Run): string[] {
  const { jobs } = reportOf(t, run) as unknown as {
    jobs: { status: string; reason: string | null; code: string | null }[];
  };
  return jobs.map(({ status, reason, code }) => [status, reason ?? code].filter(Boolean).join(' '));
}

/** A folder with images: one as it is, one that boots, one cut off, and one that is none. */
async function shelf(t: Test): Promise<{ folder: string; at: (name: string) => string }> {
  const { folder, at } = await workplace(t);
  await mkdir(at('shelf'));
  await copyFile(SAMPLE, at('shelf/a.iso'));
  await cli(['inject', SAMPLE, '-o', at('shelf/boots.iso'), '-q']);
  await copyFile(SAMPLE, at('shelf/cut.iso'));
  await truncate(at('shelf/cut.iso'), 100_000);
  await writeFile(at('shelf/text.iso'), 'none');
  return { folder, at };
}

t.test('a folder: one failure stops nothing, and what boots already is skipped', async (t) => {
  const { at } = await shelf(t);
  const argv = ['batch', at('shelf'), '--out-dir', at('made'), '--report', at('r.jsonl')];
  const run = await cli([...argv, '--json']);
  t.equal(run.code, 1);
  t.strictSame(endsOf(t, run), [
    'done',
    'skipped already-bootable',
    'failed ISO_SOURCE_TRUNCATED',
    'failed ISO_VOLUME_NOT_ISO9660',
  ]);
  t.strictSame(await readdir(at('made')), ['a-bootable.iso']);
  const single = await cli(['inject', at('shelf/a.iso'), '-o', at('single.iso'), '-q']);
  t.equal(single.code, 0);
  const digest = await fileDigest(at('single.iso'));
  t.equal(await fileDigest(at('made/a-bootable.iso')), digest, 'as the single command');
  const lines = await linesOf(at('r.jsonl'));
  t.match(lines[0], {
    schema: 'isoboot.batch-job/1',
    inputSha256: await fileDigest(SAMPLE),
    outputSha256: digest,
    report: { schema: 'isoboot.inject/1' },
  });
  t.match(lines[2], { status: 'failed', outputSha256: null, report: null });

  const again = await cli(['batch', at('shelf'), '--out-dir', at('made'), '--json']);
  t.equal(endsOf(t, again)[0], 'skipped already-converted', 'without any report');
  const resumed = await cli([
    'batch',
    at('shelf'),
    '--out-dir',
    at('made'),
    '--resume',
    at('r.jsonl'),
    '--json',
  ]);
  t.equal(endsOf(t, resumed)[0], 'skipped already-converted');
  t.equal((await linesOf(at('r.jsonl'))).filter(({ index }) => index === 1).length, 1, 'its line stands');

  const table = await cli(argv.slice(0, -2));
  t.match(table.stdout, /^JOB +DO +IMAGE +STATUS +RESULT\n1 +inject .*skipped/);
  t.match(table.stdout, /Jobs: +4 jobs: 2 skipped, 2 failed/);
  t.equal((await cli([...argv.slice(0, -2), '-q'])).stdout, '');
});

t.test('every kind of job, from one manifest', async (t) => {
  const { at } = await shelf(t);
  await cli(['media-check', SAMPLE, '--implant', '-o', at('sum.iso'), '-q']);
  const broken = await readFile(at('sum.iso'));
  broken[broken.length / 2] = (broken[broken.length / 2] ?? 0) ^ 1;
  await writeFile(at('bad.iso'), broken);
  const before = await fileDigest(at('shelf/a.iso'));
  await writeFile(
    at('jobs.yaml'),
    [
      'schema: isoboot.batch-manifest/1',
      'defaults: { outDir: made }',
      'jobs:',
      '  - { input: recovery.iso, mediaCheck: add }',
      '  - { input: shelf/boots.iso, do: remove-boot }',
      '  - { input: shelf/boots.iso, do: extract-boot }',
      '  - { input: shelf/boots.iso, do: inspect }',
      '  - { input: sum.iso, do: media-check }',
      '  - { input: bad.iso, do: media-check }',
      '  - { input: shelf/a.iso, inPlace: true }',
      '  - { input: recovery.iso, do: media-check, action: implant }',
      '  - { input: recovery.iso, do: remove-boot }',
    ].join('\n'),
  );
  const run = await cli(['batch', at('jobs.yaml'), '--report', at('r.jsonl'), '--json']);
  t.equal(run.code, 1, 'a media check fails');
  t.strictSame(endsOf(t, run), [
    'done',
    'done',
    'done',
    'done',
    'done',
    'negative',
    'done',
    'done',
    'skipped not-bootable',
  ]);
  t.strictSame((await readdir(at('made'))).sort(), [
    'boots-noboot.iso',
    'boots.bif',
    'recovery-bootable.iso',
    'recovery-checked.iso',
  ]);
  t.equal(await fileDigest(at('made/recovery-checked.iso')), await fileDigest(at('sum.iso')));
  const resumed = await cli(['batch', at('jobs.yaml'), '--resume', at('r.jsonl'), '--json']);
  t.strictSame(endsOf(t, resumed), [
    'skipped already-converted',
    'skipped already-converted',
    'skipped already-converted',
    'skipped already-reported',
    'skipped already-reported',
    'negative',
    'skipped already-converted',
    'skipped already-converted',
    'skipped not-bootable',
  ]);
  t.equal(resumed.code, 1, 'what was answered with no is asked again');
  t.equal((await cli(['undo', at('shelf/a.iso')])).code, 0);
  t.equal(await fileDigest(at('shelf/a.iso')), before);
});

t.test('a report is gone on with only where it still holds', async (t) => {
  const { at, image } = await workplace(t);
  const argv = ['batch', image, '--out-dir', at('made'), '--json'];
  const resume = [...argv, '--resume', at('r.jsonl')];
  const output = at('made/recovery-bootable.iso');
  t.strictSame(endsOf(t, await cli(resume)), ['done'], 'there was none yet');
  const digest = await fileDigest(output);

  await t.test('the output is gone', async (t) => {
    await writeFile(output, '');
    t.strictSame(
      endsOf(t, await cli(resume)),
      ['failed ISO_OUTPUT_EXISTS'],
      'another file is not overwritten',
    );
    t.strictSame(endsOf(t, await cli([...resume, '--force'])), ['done']);
    t.equal(await fileDigest(output), digest);
  });
  await t.test('a line was torn off', async (t) => {
    const text = await readFile(at('r.jsonl'), 'utf8');
    await truncate(at('r.jsonl'), text.length - 10);
    t.strictSame(endsOf(t, await cli(resume)), ['skipped already-converted'], 'by the output itself');
    t.equal((await linesOf(at('r.jsonl'))).length, 3);
  });
  await t.test('the input is another', async (t) => {
    const bytes = await readFile(image);
    bytes[bytes.indexOf('RECOVERY_1')] = 0x58;
    await writeFile(image, bytes);
    t.strictSame(endsOf(t, await cli(resume)), ['failed ISO_OUTPUT_EXISTS']);
  });
});

t.test('what is refused before anything starts', async (t) => {
  const { at, image, folder } = await workplace(t);
  await writeFile(at('jobs.yaml'), 'jobs:\n  - { input: recovery.iso, wrong: 1 }\n  - { inputs: x }\n');
  const made = ['--out-dir', at('made')];
  await refuses(t, ['batch'], 'ISO_USAGE_ARGUMENT', 2);
  await refuses(t, ['batch', image, '--jobs', '0'], 'ISO_USAGE_ARGUMENT', 2);
  await refuses(t, ['batch', at('none.yaml')], 'ISO_SOURCE_NOT_FOUND', 5);
  await refuses(t, ['batch', at('jobs.yaml'), ...made], 'ISO_USAGE_CONFLICT', 2);
  await refuses(t, ['batch', at('jobs.yaml'), image], 'ISO_USAGE_CONFLICT', 2);
  await refuses(t, ['batch', image, '--do', 'inspect', ...made], 'ISO_USAGE_CONFLICT', 2);
  await refuses(t, ['batch', image, '--in-place', ...made], 'ISO_USAGE_CONFLICT', 2);
  await refuses(t, ['batch', at('*.img')], 'ISO_BATCH_NO_IMAGE', 2);
  await refuses(t, ['batch', image, image, ...made], 'ISO_BATCH_OUTPUT', 2);
  await refuses(t, ['batch', image, ...made, '--resume', image], 'ISO_BATCH_OUTPUT', 2);
  await refuses(t, ['batch', image, ...made, '--resume', at('jobs.yaml')], 'ISO_BATCH_REPORT', 2);
  await refuses(t, ['batch', image, ...made, '--report', at('jobs.yaml')], 'ISO_OUTPUT_EXISTS', 4);

  const run = await cli(['batch', at('jobs.yaml')]);
  t.equal(run.code, 2);
  t.strictSame(
    run.stderr.split('\n').map((line) => /line \d+, column \d+: [^:]+|$/.exec(line)?.[0]),
    ['line 2, column 28: jobs[0].wrong', 'line 3, column 5: jobs[1]', 'line 3, column 7: jobs[1].inputs', ''],
  );
  const json = await cli(['batch', at('jobs.yaml'), '--json']);
  t.equal(codeOf(t, json), 'ISO_BATCH_MANIFEST');
  t.strictSame((await readdir(folder)).sort(), ['jobs.yaml', 'recovery.iso'], 'nothing was made');
});

t.test('a stop: jobs under way are finished, and no more are started', async (t) => {
  const { at } = await workplace(t);
  for (const name of ['a', 'b', 'c']) {
    await copyFile(SAMPLE, at(`${name}.iso`));
  }
  const stop = new AbortController();
  stop.abort();
  const argv = ['batch', at('a.iso'), at('b.iso'), at('c.iso'), '--json'];
  const run = await cli(argv, { signal: stop.signal });
  t.equal(run.code, 1);
  t.match(reportOf(t, run), { interrupted: true, counts: { done: 0, notStarted: 3 } });
  t.notOk((await readdir(join(at('a.iso'), '..'))).includes('a-bootable.iso'));
});
