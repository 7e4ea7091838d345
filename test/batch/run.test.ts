/** Batches as a program runs them: what is told and when, how they are stopped, and what is left behind. */
import { copyFile, readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { runBatch, type BatchOptions } from '../../src/batch/batch-run.js';
import type { BatchEvent } from '../../src/batch/event.js';
import { EventQueue } from '../../src/batch/event-queue.js';
import { listJobs } from '../../src/batch/job-list.js';
import { checkManifest } from '../../src/batch/manifest.js';
import { BatchRefusal } from '../../src/batch/mistake.js';
import { SAMPLE } from '../cli/machine.js';
import { snapshot } from '../kit/digest.js';

/** A folder with copies of the sample image. */
async function shelf(t: Test, names: readonly string[]): Promise<string> {
  const folder = t.testdir({});
  for (const name of names) {
    await copyFile(SAMPLE, join(folder, name));
  }
  return folder;
}

/** All that a batch tells. */
async function eventsOf(options: BatchOptions): Promise<BatchEvent[]> {
  const events: BatchEvent[] = [];
  for await (const event of runBatch(options)) {
    events.push(event);
  }
  return events;
}

/** An event as a word, with the number of its job. */
function wordFor(event: BatchEvent): string {
  return 'job' in event ? `${event.kind} ${event.job.index}` : event.kind;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `${100 + i}.iso`);

t.test('what is told, from the jobs to the summary', async (t) => {
  const base = await shelf(t, ['a.iso', 'b.iso']);
  const jobs = [{ input: 'a.iso' }, { input: 'none.iso' }, { input: 'b.iso', do: 'inspect' as const }];
  const manifest = { defaults: { outDir: 'made' }, jobs };
  const events = await eventsOf({ manifest, base, concurrency: 1 });
  t.strictSame(
    events.filter(({ kind }) => kind !== 'progress').map(wordFor),
    ['jobs', 'start 1', 'end 1', 'start 2', 'end 2', 'start 3', 'end 3', 'summary'],
    'in their order where one runs at a time',
  );
  t.match(events[0], { jobs: [{ index: 1, input: join(base, 'a.iso') }, {}, {}] });
  t.match(events.at(-1), {
    summary: {
      schema: 'isoboot.batch/1',
      counts: { done: 2, failed: 1, notStarted: 0 },
      interrupted: false,
      report: null,
      jobs: [{ output: join(base, 'made/a-bootable.iso') }, { code: 'ISO_SOURCE_NOT_FOUND' }, {}],
    },
  });
  const ends = events.filter((event) => event.kind === 'end');
  t.match(ends[2]?.report, { status: 'done', report: { schema: 'isoboot.inspect/1' } });
  t.equal(ends[0]?.report.outputSha256, null, 'without a report nobody asked for digests');
});

t.test('a report, and going on with it', async (t) => {
  const base = await shelf(t, ['a.iso']);
  const manifest = { jobs: [{ input: 'a.iso', output: 'out.iso' }] };
  const report = join(base, 'done.jsonl');
  t.match((await eventsOf({ manifest, base, report })).at(-1), { summary: { report, counts: { done: 1 } } });
  const [line = ''] = (await readFile(report, 'utf8')).split('\n');
  t.match(JSON.parse(line), {
    schema: 'isoboot.batch-job/1',
    status: 'done',
    outputSha256: /^[0-9a-f]{64}$/,
  });
  const again = await eventsOf({ manifest, base, resume: report });
  t.match(again.at(-2), { kind: 'end', stands: true, report: { reason: 'already-converted' } });
  t.equal((await readFile(report, 'utf8')).trimEnd(), line, 'its line stands');
  await t.rejects(eventsOf({ manifest, base, report }), { code: 'ISO_OUTPUT_EXISTS' });
  await t.rejects(eventsOf({ manifest, base, report, resume: report }), { code: 'ISO_USAGE_CONFLICT' });
  t.ok(await eventsOf({ manifest, base, report, force: true }));
});

t.test('an object is checked as a manifest is', async (t) => {
  const base = await shelf(t, ['a.iso']);
  const wrong = {
    defaults: { efi: undefined, wrong: 1 },
    jobs: [{ input: '' }, { input: 'a.iso', entry: 1 }],
  };
  const refusal = await eventsOf({ manifest: wrong, base }).catch((error: unknown) => error);
  if (!(refusal instanceof BatchRefusal)) {
    t.fail('it was not refused');
    return;
  }
  t.strictSame(
    refusal.mistakes.map(({ line, field, code }) => [line, field, code]).sort(),
    ['defaults.wrong', 'jobs[0].input', 'jobs[1].entry'].map((field) => [null, field, 'ISO_BATCH_MANIFEST']),
  );
});

t.test('nothing is done before the first event is asked for', async (t) => {
  const base = await shelf(t, ['a.iso']);
  runBatch({ manifest: { jobs: [{ input: 'a.iso' }] }, base });
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.strictSame(await readdir(base), ['a.iso']);
});

t.test('who is slow has no more started for him', async (t) => {
  const names = numbered(120);
  const base = await shelf(t, names);
  const events = runBatch({
    manifest: { defaults: { do: 'inspect' }, jobs: [{ input: '.' }] },
    base,
    concurrency: 4,
  });
  await events.next();
  await events.next();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  let waiting = 0;
  // What waits is there at once; what has yet to be done takes a turn of the event loop.
  for (let isThere = true; isThere; waiting += Number(isThere)) {
    const late = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));
    isThere = (await Promise.race([events.next(), late]))?.done === false;
  }
  t.ok(waiting >= 60 && waiting <= 80, 'no more than a few behind 64', { waiting });
  await events.return();
});

t.test('of the progress of a job, only the last word waits', async (t) => {
  const base = await shelf(t, ['a.iso', 'b.iso']);
  const jobs = await listJobs({
    manifest: await checkManifest({ jobs: [{ input: '.' }] }),
    base,
    foldsCase: false,
  });
  const queue = new EventQueue();
  for (let done = 0; done < 100; done += 1) {
    jobs.forEach((job) => queue.push({ kind: 'progress', job, done, total: 100 }));
  }
  queue.close();
  const told: number[] = [];
  for await (const event of queue) {
    told.push(event.kind === 'progress' ? event.done : -1);
  }
  t.strictSame(told, [99, 99]);
});

t.test('who leaves the loop cancels the jobs under way', async (t) => {
  const base = await shelf(t, ['a.iso', 'b.iso']);
  // Long enough to be in the middle of it.
  await truncate(join(base, 'a.iso'), 96 * 1024 * 1024);
  const jobs = [{ input: 'a.iso', mediaCheck: 'add' as const }, { input: 'b.iso' }];
  const before = await snapshot(base);
  for await (const event of runBatch({ manifest: { jobs }, base, concurrency: 1 })) {
    if (event.kind === 'progress') {
      break;
    }
  }
  t.strictSame(await snapshot(base), before, 'nothing is left');
});

t.test('a signal cancels, tells what became of each, and ends with an error', async (t) => {
  const base = await shelf(t, ['a.iso', 'b.iso']);
  await truncate(join(base, 'a.iso'), 96 * 1024 * 1024);
  const before = await snapshot(base);
  const manifest = { jobs: [{ input: 'a.iso', mediaCheck: 'add' as const }, { input: 'b.iso' }] };
  const { signal } = aborted();
  await t.rejects(eventsOf({ manifest, base, signal }), { code: 'ISO_INTERRUPTED' }, 'given before');

  const stop = new AbortController();
  const events: BatchEvent[] = [];
  const run = async (): Promise<void> => {
    for await (const event of runBatch({ manifest, base, concurrency: 1, signal: stop.signal })) {
      events.push(event);
      if (event.kind === 'progress') {
        stop.abort();
      }
    }
  };
  await t.rejects(run(), { code: 'ISO_INTERRUPTED' });
  t.match(events.at(-1), { summary: { interrupted: true, counts: { cancelled: 1, notStarted: 1 } } });
  t.strictSame(await snapshot(base), before, 'nothing is left');
});

t.test('a drain lets the jobs under way end', async (t) => {
  const base = await shelf(t, ['a.iso', 'b.iso']);
  const drain = new AbortController();
  const words: string[] = [];
  const manifest = { jobs: [{ input: 'a.iso' }, { input: 'b.iso' }] };
  for await (const event of runBatch({ manifest, base, concurrency: 1, drain: drain.signal })) {
    words.push(wordFor(event));
    if (event.kind === 'start') {
      drain.abort();
    } else if (event.kind === 'summary') {
      t.match(event.summary, { interrupted: true, counts: { done: 1, notStarted: 1 } });
    }
  }
  t.strictSame(
    words.filter((word) => !word.startsWith('progress')),
    ['jobs', 'start 1', 'end 1', 'summary'],
  );
});

function aborted(): AbortController {
  const controller = new AbortController();
  controller.abort();
  return controller;
}
