import { open, type FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { IsoError, systemCode } from '../errors.js';
import { printableJson } from '../job/printable.js';
import { outputFailure } from '../sink/failure.js';
import { outputExists } from '../sink/name.js';
import { statsAt } from '../source/stats.js';
import { JOB_SCHEMA, type BatchJobReport } from './job-report.js';

/** What an earlier run told of a job. */
export type Earlier = Pick<BatchJobReport, 'status' | 'reason' | 'inputSha256' | 'outputSha256'>;

/** What an earlier run told of its jobs, by their keys. */
export type EarlierJobs = ReadonlyMap<string, Earlier>;

/** A report that grows by a line as each job ends. */
export class ReportFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  /**
   * Starts a report, or goes on with one: a line that a kill tore off is cut away.
   *
   * Errors: `ISO_OUTPUT_EXISTS` for a new one that is there, `ISO_OUTPUT_IO`.
   */
  static async open(path: string, how: 'new' | 'replace' | 'append'): Promise<ReportFile> {
    try {
      const handle = await open(path, how === 'new' ? 'wx' : how === 'replace' ? 'w' : 'a+');
      if (how === 'append') {
        await handle.truncate(await wholeLength(handle));
      }
      return new ReportFile(handle, path);
    } catch (error) {
      throw systemCode(error) === 'EEXIST' ? outputExists(path, false) : outputFailure(path, error);
    }
  }

  /** Writes the line of a job, whole and in its turn. Errors: `ISO_OUTPUT_IO`. */
  async append(report: BatchJobReport): Promise<void> {
    const line = printableJson(JSON.stringify(report));
    const turn = this.#last.then(() => this.#handle.appendFile(`${line}\n`));
    this.#last = turn.catch(() => undefined);
    await turn.catch((error: unknown) => {
      throw outputFailure(this.#path, error);
    });
  }

  /** Waits for what is being written, and until the medium has it. */
  async close(): Promise<void> {
    await this.#last;
    await this.#handle.sync().catch(() => undefined);
    await this.#handle.close();
  }
}

const CHUNK = 65_536;
const LINE_FEED = 10;

/** Bytes up to the end of the last whole line. */
async function wholeLength(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  for (let end = size; end > 0; end -= CHUNK) {
    const start = Math.max(0, end - CHUNK);
    const bytes = new Uint8Array(end - start);
    await handle.read(bytes, 0, bytes.length, start);
    const at = bytes.lastIndexOf(LINE_FEED);
    if (at >= 0) {
      return start + at + 1;
    }
  }
  return 0;
}

/**
 * What a report tells of its jobs; of several lines on one job, the last. A last line that is torn is passed over, and a
 * report that is not there yet tells nothing. Errors: `ISO_BATCH_REPORT`, `ISO_OUTPUT_IO`.
 */
export async function readReport(path: string): Promise<EarlierJobs> {
  const jobs = new Map<string, Earlier>();
  const found = statsAt(path);
  if (found === undefined) {
    return jobs;
  }
  try {
    for await (const { key, status, reason, inputSha256, outputSha256 } of linesOf(path)) {
      jobs.set(key, { status, reason, inputSha256, outputSha256 });
    }
    return jobs;
  } catch (error) {
    throw outputFailure(path, error);
  }
}

async function* linesOf(path: string): AsyncGenerator<BatchJobReport> {
  const handle = await open(path, 'r');
  try {
    await requireReport(handle, path);
    const end = await wholeLength(handle);
    if (end > 0) {
      let number = 0;
      const input = handle.createReadStream({ start: 0, end: end - 1, autoClose: false });
      for await (const line of createInterface({ input, crlfDelay: Infinity })) {
        number += 1;
        yield parseLine(path, line, number);
      }
    }
  } finally {
    await handle.close();
  }
}

/** How every report starts. */
const START = `{"schema":"${JOB_SCHEMA}"`;

/** Refuses a file that is none of ours, before a line of it is taken for a torn one and cut away. */
async function requireReport(handle: FileHandle, path: string): Promise<void> {
  const bytes = Buffer.alloc(START.length);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  const start = bytes.subarray(0, bytesRead).toString();
  if (!START.startsWith(start)) {
    throw new IsoError('ISO_BATCH_REPORT', `${path} is no batch report`, { wanted: JOB_SCHEMA });
  }
}

function parseLine(path: string, line: string, number: number): BatchJobReport {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  const { schema, key } = Object(value) as Partial<Record<'schema' | 'key', unknown>>;
  if (schema !== JOB_SCHEMA || typeof key !== 'string') {
    throw new IsoError('ISO_BATCH_REPORT', `line ${number} of ${path} is no line of a batch report`, {
      found: String(schema),
      wanted: JOB_SCHEMA,
    });
  }
  return value as BatchJobReport;
}
