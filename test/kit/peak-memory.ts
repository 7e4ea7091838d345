/** How much memory a command takes at its peak. */
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { run } from './tools.js';

/** What no command may take with up to 50,000 files, whatever the image's size, in KiB. */
export const PEAK_KIB = 100 * 1000;

/** Milliseconds: a disk may take its time for tens of thousands of files. */
const SLOWEST = 240_000;

/** Whether peaks can be measured here; says so where they cannot. */
export function canMeasurePeaks(t: Test): boolean {
  const can = process.platform === 'linux';
  if (!can) {
    t.comment('peak memory is read from /proc, which only Linux has');
  }
  return can;
}

/**
 * Peak memory of one command in KiB, as Linux counts it for the program alone: what getrusage gives starts with the
 * memory of the process that it was forked from.
 */
export async function peakOf(t: Test, args: readonly string[]): Promise<number> {
  // The test runner loads itself into every Node that is started from here; that is not what is to be measured.
  const start = 'unset NODE_OPTIONS; exec "$0" "$@" > /dev/null';
  const script = fileURLToPath(new URL('./peak.js', import.meta.url));
  const { code, stderr } = await run('sh', ['-c', start, process.execPath, script, ...args], {
    timeout: SLOWEST,
  });
  if (code !== 0) {
    throw new Error(`isoboot ${args.join(' ')}: exit ${String(code)} ${stderr}`);
  }
  const peak = Number(stderr.trimEnd().split('\n').at(-1));
  t.comment(`${peak} KiB: isoboot ${args.join(' ')}`);
  return peak;
}

/** Checks that commands, one after another, take no more memory than any may. */
export async function checkPeaks(t: Test, commands: readonly (readonly string[])[]): Promise<void> {
  for (const command of commands) {
    const peak = await peakOf(t, command);
    t.ok(peak > 0 && peak < PEAK_KIB, `${command[0]} takes ${peak} KiB`);
  }
}
