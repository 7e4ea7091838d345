/** Runs the built command line as a user would. */
import { fileURLToPath } from 'node:url';
import { run, type RunOptions, type RunResult } from './tools.js';

/** The command line's entry. */
export const BIN = fileURLToPath(new URL('../../bin/isoboot.js', import.meta.url));

/** A JSON object from the command line. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a run of isoboot left behind. */
export interface IsobootResult extends RunResult {
  /** The JSON report: standard output, or the last line of standard error where the image took the former. */
  json(): JsonObject;
}

/**
 * Node, without what the test runner loads into every Node that is started from it, which takes twice as long as most
 * commands do, and again in each thread.
 */
export const NODE: readonly string[] =
  process.platform === 'win32' ? [process.execPath] : ['env', '-u', 'NODE_OPTIONS', process.execPath];

/** Runs `node bin/isoboot.js` with these arguments. */
export async function isoboot(args: readonly string[], options: RunOptions = {}): Promise<IsobootResult> {
  const [program = '', ...first] = NODE;
  const result = await run(program, [...first, BIN, ...args], { timeout: 120_000, ...options });
  return withReport(result);
}

/** Gives a run its report, however it was started. */
export function withReport(result: RunResult): IsobootResult {
  return { ...result, json: () => parseReport(result) };
}

/** Runs isoboot where the test cannot go on without its success. */
export async function isobootOk(args: readonly string[], options: RunOptions = {}): Promise<IsobootResult> {
  const result = await isoboot(args, options);
  if (result.code !== 0) {
    const said = result.stderr || result.stdout.subarray(0, 4096).toString();
    throw new Error(`isoboot ${args.join(' ')}: exit ${result.code}\n${said}`);
  }
  return result;
}

function parseReport(result: RunResult): JsonObject {
  const text = result.stdout[0] === 0x7b ? result.stdout.toString() : lastLine(result.stderr);
  const report: unknown = JSON.parse(text);
  if (!isObject(report)) {
    throw new Error('the report is not a JSON object');
  }
  return report;
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of a report that is itself an object, or an empty one. */
export function objectAt(report: JsonObject, key: string): JsonObject {
  const value = report[key];
  return isObject(value) ? value : {};
}

/** The objects of a list in a report. */
export function objectsAt(report: JsonObject, key: string): readonly JsonObject[] {
  const value: unknown = report[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The code of the error that a run with `--json` ended with; nothing where it printed no error report. */
export function errorCodeOf(result: IsobootResult): unknown {
  try {
    const report = result.json();
    return report['schema'] === 'isoboot.error/1' ? objectAt(report, 'error')['code'] : undefined;
  } catch {
    return undefined;
  }
}
