import type { Mistake } from '../batch/mistake.js';
import { messageOf, reportError, type ErrorReport, type IsoError } from '../errors.js';
import { paintedReport, paintFor, type Paint } from './colour.js';
import type { Host } from './host.js';
import { printable, printableJson } from '../job/printable.js';
import { jsonParts } from './parts.js';
import { factsLine, printableLines } from './text.js';

/** How a command was asked to speak. */
export interface Speech {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Standard output carries the image, so that reports go to standard error. */
  readonly stdoutTaken: boolean;
}

/** Why a command failed; documented in docs/json.md. */
export interface FailureReport {
  readonly schema: 'isoboot.error/1';
  readonly error: ErrorReport & {
    /** Of a batch that is refused, everything that is wrong with it. */
    readonly mistakes?: readonly Mistake[];
  };
}

/** Prints a command's outcome: one JSON object, or text for people. */
export async function printReport(
  host: Host,
  speech: Speech,
  report: object,
  text: (paint: Paint) => string | Promise<string>,
): Promise<void> {
  const stream = speech.stdoutTaken ? host.stderr : host.stdout;
  if (speech.json) {
    stream.write(`${printableJson(JSON.stringify(report))}\n`);
  } else if (!speech.quiet) {
    const paint = await paintFor(host, stream);
    stream.write(`${paintedReport(await text(paint), paint)}\n`);
  }
}

/** Prints an outcome that may be long, in parts: the same JSON of a report, or whole lines. Nothing is printed before all is known. */
export async function printLongReport(
  host: Host,
  { json, quiet }: Speech,
  report: object,
  text: () => Iterable<string>,
): Promise<void> {
  if (json) {
    printParts(host, [...jsonParts(report)]);
  } else if (!quiet) {
    const paint = await paintFor(host, host.stdout);
    // As bytes, which they become in any case: as text they would be copied to and fro meanwhile.
    const parts = Array.from(text(), (part) => Buffer.from(`${paintedReport(part, paint)}\n`));
    parts.forEach((part) => host.stdout.write(part));
  }
}

/** Prints a report as JSON, part by part as they are made: nothing in it can raise an error any more. */
export function printKnownReport(host: Host, report: object): void {
  printParts(host, jsonParts(report));
}

function printParts({ stdout }: Host, parts: Iterable<string>): void {
  for (const part of parts) {
    stdout.write(part);
  }
  stdout.write('\n');
}

/** Prints warnings where the report for people has no place for them: its lines go into scripts. */
export async function printWarnings(
  host: Host,
  { json, quiet }: Speech,
  warnings: readonly string[],
): Promise<void> {
  if (!json && !quiet && warnings.length > 0) {
    const { doubtful } = await paintFor(host, host.stderr);
    warnings.forEach((warning) => host.stderr.write(`${doubtful('isoboot:')} ${printable(warning)}\n`));
  }
}

/**
 * Prints an error: one line, or one JSON object. Only `-v` shows where in the code it comes from.
 *
 * A pipe whose reader went away is no news to whoever took it away.
 */
export async function printError(host: Host, speech: Speech, error: IsoError): Promise<void> {
  if (speech.json) {
    printFailure(host, speech, { schema: 'isoboot.error/1', error: reportError(error) });
    return;
  }
  if (error.code === 'ISO_OUTPUT_CLOSED' && !speech.verbose) {
    return;
  }
  const { bad } = await paintFor(host, host.stderr);
  host.stderr.write(`${bad('isoboot:')} ${factsLine(error)}\n`);
  if (speech.verbose) {
    host.stderr.write(`${printableLines(error.stack ?? '')}\n`);
    if (error.cause !== undefined) {
      const cause = error.cause instanceof Error ? error.cause.stack : undefined;
      host.stderr.write(`caused by: ${printableLines(cause ?? messageOf(error.cause))}\n`);
    }
  }
}

/** Prints why a command failed, as one JSON object. */
export function printFailure(host: Host, speech: Speech, report: FailureReport): void {
  const stream = speech.stdoutTaken ? host.stderr : host.stdout;
  stream.write(`${printableJson(JSON.stringify(report))}\n`);
}
