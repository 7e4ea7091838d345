/** How programs are started here: isoboot as a user starts it, and others. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** The command line's entry. */
export const BIN = here('../bin/isoboot.js');
/** The same, telling its peak of memory. */
export const PEAK = here('peak.js');
/** A program of this folder. */
export const MD5_PASS = here('md5-pass.js');
export const PYCDLIB_INJECT = here('pycdlib-inject.py');
export const PYCDLIB_LIST = here('pycdlib-list.py');

/** Room for the names of very many files. */
const MOST_OUTPUT = 256 * 1024 * 1024;

/** The command line of isoboot with some arguments. */
export function isoboot(...args) {
  return [process.execPath, BIN, ...args];
}

/** A line of shell; the words behind it are its `$1`, `$2` and so on. */
export function shell(line, ...words) {
  return ['sh', '-c', line, 'sh', ...words];
}

/** The same for everybody: names outside ASCII need a UTF-8 locale, and a test runner puts itself into every Node. */
export function steadyEnvironment(more = {}) {
  const environment = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...more };
  delete environment.NODE_OPTIONS;
  return environment;
}

/** Runs a program and gives what it printed; it has to end with this exit code. */
export function output(argv, exitCode = 0) {
  const [program, ...args] = argv;
  const options = { env: steadyEnvironment(), maxBuffer: MOST_OUTPUT, stdio: ['ignore', 'pipe', 'pipe'] };
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (status !== exitCode) {
    throw failure(argv, status, stderr, error);
  }
  return stdout.toString('latin1');
}

/** An error that tells which program ended how. */
export function failure(argv, status, stderr, cause) {
  const said = (stderr ?? '').toString().slice(-2000);
  return new Error(`${argv.join(' ')}: exit ${status}\n${said}`, { cause });
}
