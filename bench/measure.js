/** One run of a command: how long it takes, and how much memory. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { BIN, failure, PEAK, steadyEnvironment } from './program.js';

const LOOK_EVERY_MS = 2;

/** Seconds that the programs of a command take, one after another, from the start of the first to the end of the last. */
export function secondsOf({ argvs }) {
  const options = { env: steadyEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] };
  const started = process.hrtime.bigint();
  for (const [program, ...args] of argvs) {
    const { status, stderr, error } = spawnSync(program, args, options);
    if (status !== 0) {
      throw failure([program, ...args], status, stderr, error);
    }
  }
  return Number(process.hrtime.bigint() - started) / 1e9;
}

/**
 * Runs a command once and gives the most memory that one of its programs took, in bytes.
 *
 * isoboot tells it itself as it ends; of others, the mark that the kernel keeps is looked at every two milliseconds, and
 * of programs that a shell starts nothing is known.
 */
export async function peakOf({ argvs }, folder) {
  const notes = join(folder, 'peak');
  rmSync(notes, { force: true });
  let peak = 0;
  for (const argv of argvs) {
    const told = argv.map((word) => (word === BIN ? PEAK : word));
    const seen = await run(told, steadyEnvironment({ ISOBOOT_BENCH_PEAK: notes }));
    peak = Math.max(peak, argv[0] === 'sh' ? 0 : seen);
  }
  const noted = readNotes(notes);
  return noted ?? (peak === 0 ? null : peak);
}

function readNotes(path) {
  try {
    return Math.max(...readFileSync(path, 'utf8').trim().split('\n').map(Number));
  } catch {
    // No program of this command was isoboot.
    return undefined;
  }
}

function run([program, ...args], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let peak = 0;
    let said = '';
    const timer = setInterval(() => {
      peak = Math.max(peak, markOf(child.pid));
    }, LOOK_EVERY_MS);
    child.stderr.on('data', (chunk) => (said += chunk));
    child.on('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
    child.on('close', (status) => {
      clearInterval(timer);
      if (status === 0) {
        resolve(peak);
      } else {
        reject(failure([program, ...args], status, said));
      }
    });
  });
}

function markOf(pid) {
  try {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [0, 0];
    return Number(kib) * 1024;
  } catch {
    // Ended already, or not on Linux.
    return 0;
  }
}
