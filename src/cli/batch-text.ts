import { relative } from 'node:path';
import type { JobSummary } from '../batch/job-report.js';
import type { BatchRefusal } from '../batch/mistake.js';
import type { Status } from '../batch/outcome.js';
import type { BatchReport } from '../batch/summary.js';
import { paintFor, type Paint } from './colour.js';
import type { Host } from './host.js';
import { printFailure, type Speech } from './output.js';
import { printable } from '../job/printable.js';
import { countText, factsLine, labelled } from './text.js';

const COUNTS: Readonly<Record<keyof BatchReport['counts'], string>> = {
  done: 'done',
  skipped: 'skipped',
  negative: 'answered with no',
  failed: 'failed',
  cancelled: 'cancelled',
  notStarted: 'not started',
};

const STATUS_PAINT: Readonly<Record<Status, keyof Paint>> = {
  done: 'good',
  skipped: 'good',
  negative: 'bad',
  failed: 'bad',
  cancelled: 'doubtful',
};

/** The outcome of a batch for people: a line a job, and what they come to. */
export async function batchText(report: BatchReport, paint: Paint): Promise<string> {
  const { tableText } = await import('./table.js');
  const rows = report.jobs.map((job) => [
    String(job.index),
    job.do,
    shortPath(job.input),
    paint[STATUS_PAINT[job.status]](job.status),
    whatText(job),
  ]);
  const counts = Object.entries(report.counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${COUNTS[name as keyof typeof COUNTS]}`);
  const total = Object.values(report.counts).reduce((sum, count) => sum + count, 0);
  const lines = labelled([
    ['Jobs', `${countText(total, 'job', 'jobs')}: ${counts.join(', ')}`],
    ...(report.report === null ? [] : [['Report', printable(report.report)] as const]),
  ]);
  const table = tableText(['JOB', 'DO', 'IMAGE', 'STATUS', 'RESULT'], rows);
  return rows.length === 0 ? lines : `${table}\n\n${lines}`;
}

function whatText({ output, reason, code, message }: JobSummary): string {
  if (code !== null) {
    return factsLine({ code, message: message ?? '' });
  }
  const why = reason?.replaceAll('-', ' ');
  const where = output === null ? undefined : shortPath(output);
  return [where, why].filter((part) => part !== undefined).join(', ');
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return printable(short.startsWith('..') || short === '' ? path : short);
}

/** Prints all that is wrong with a batch: a line for each mistake, or one JSON object. */
export async function printRefusal(host: Host, speech: Speech, refusal: BatchRefusal): Promise<void> {
  const { code, message, exitCode, mistakes } = refusal;
  if (speech.json) {
    printFailure(host, speech, {
      schema: 'isoboot.error/1',
      error: { code, message, exitCode, mistakes },
    });
    return;
  }
  const { bad } = await paintFor(host, host.stderr);
  for (const { line, column, field, ...mistake } of mistakes) {
    const place = line === null ? '' : `line ${line}, column ${column ?? 1}: `;
    const subject = field === null ? '' : `${field}: `;
    const facts = factsLine({ code: mistake.code, message: `${place}${subject}${mistake.message}` });
    host.stderr.write(`${bad('isoboot:')} ${facts}\n`);
  }
}
