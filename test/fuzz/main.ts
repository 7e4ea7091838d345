/**
 * The fuzzer's command line: npm run fuzz -- [--minutes N] [--cases N] [--seed S] | --case IMAGE/NUMBER [--image PATH].
 *
 * Cases run in processes with little memory, one after the other; one that takes too long is ended with its process.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { caseNamed, imageOf, runCase } from './case.js';
import { Find, Tally } from './find.js';
import { allNames } from './specimen.js';
import { Summary } from './summary.js';
import { casesFrom, runWorker, type WorkerMessage } from './worker.js';

const CASES_PER_PROCESS = 500;
/** Of the clock, on a machine that may be busy; the limit on processor time is for each case to keep. */
const HANGS_AFTER = 60_000;
const MOST_BYTES = 256 * 1024 * 1024;
const HEAP = '--max-old-space-size=192';
const TELLS_EVERY = 30_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    cases: { type: 'string' },
    seed: { type: 'string' },
    case: { type: 'string' },
    image: { type: 'string' },
    worker: { type: 'string' },
    first: { type: 'string', default: '0' },
  },
});

const names = allNames();
if (values.worker !== undefined) {
  const cases =
    values.case === undefined
      ? casesFrom(Number(values.seed), Number(values.first), Number(values.worker), names)
      : [caseNamed(values.case)];
  await runWorker(cases);
} else if (values.case !== undefined) {
  process.exitCode = await reproduce(values.case, values.image);
} else {
  process.exitCode = await fuzz();
}

async function reproduce(name: string, path: string | undefined): Promise<number> {
  const id = caseNamed(name);
  if (path !== undefined) {
    writeFileSync(path, await imageOf(id));
  }
  const tally = new Tally();
  try {
    const { milliseconds } = await runCase(id, tally);
    console.log(`${name}: ${Math.round(milliseconds)} ms\n${[...tally.counts.keys()].join('\n')}`);
    return 0;
  } catch (error) {
    console.log([...tally.counts.keys(), error instanceof Find ? error.message : error].join('\n'));
    return 1;
  }
}

async function fuzz(): Promise<number> {
  const startedAt = Date.now();
  const seed = values.seed === undefined ? startedAt % 1_000_000 : Number(values.seed);
  const until = values.cases === undefined ? startedAt + Number(values.minutes) * 60_000 : Infinity;
  const most = values.cases === undefined ? Infinity : Number(values.cases);
  console.log(`seed ${seed}, ${names.length} images`);
  const summary = new Summary(seed, startedAt);
  let toldAt = startedAt;
  for (let first = 0; Date.now() < until && first < most;) {
    const count = Math.min(CASES_PER_PROCESS, most - first);
    first += await runProcess(
      summary,
      ['--seed', `${seed}`, '--first', `${first}`, '--worker', `${count}`],
      until,
    );
    if (Date.now() - toldAt > TELLS_EVERY) {
      toldAt = Date.now();
      console.log(summary.line(toldAt));
    }
  }
  console.log(summary.text(Date.now()));
  return summary.finds.length > 0 ? 1 : 0;
}

/** Runs cases in one process; gives how many were started. */
async function runProcess(summary: Summary, args: readonly string[], until: number): Promise<number> {
  const child = spawn(process.execPath, [HEAP, '--enable-source-maps', process.argv[1] ?? '', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const state: { current: string | undefined; started: number; hangs: boolean } = {
    current: undefined,
    started: 0,
    hangs: false,
  };
  let noise = '';
  child.stderr.on('data', (chunk: Buffer) => (noise = (noise + chunk.toString()).slice(-4000)));
  const hang = (): void => {
    state.hangs = true;
    child.kill('SIGKILL');
  };
  let watchdog = setTimeout(hang, HANGS_AFTER);
  let previous = 0;
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(watchdog);
    watchdog = setTimeout(hang, HANGS_AFTER);
    const message = JSON.parse(line) as WorkerMessage;
    if (message.kind === 'start') {
      state.current = message.name;
      state.started += 1;
      continue;
    }
    state.current = undefined;
    summary.note(message);
    if (message.find !== undefined) {
      console.log(`found: --case '${message.name}'\n${message.find}`);
    }
    if (message.peak > MOST_BYTES && previous <= MOST_BYTES) {
      await confirmMemory(summary, message.name, until);
    }
    previous = message.peak;
    if (Date.now() > until) {
      child.kill('SIGKILL');
    }
  }
  clearTimeout(watchdog);
  const code = await ended;
  const { current, hangs, started } = state;
  if (current !== undefined && Date.now() <= until) {
    summary.found(
      current,
      hangs ? 'hang: did not end' : `crash: the process ended with ${code ?? 'a signal'}\n${noise}`,
    );
    console.log(`found: --case '${current}' ${hangs ? 'hangs' : 'ends the process'}`);
  }
  return Math.max(1, started);
}

/** A process keeps what earlier cases left; what counts is what one takes alone. */
async function confirmMemory(summary: Summary, name: string, until: number): Promise<void> {
  const alone = new Summary(0, Date.now());
  await runProcess(alone, ['--worker', '1', '--case', name], until);
  const found = alone.peak > MOST_BYTES;
  if (found) {
    summary.found(name, `memory: ${Math.round(alone.peak / 1024 / 1024)} MiB`);
  }
}
