import { SILENT, type Logger } from '../job/logger.js';
import type { Host } from './host.js';
import { printable, printableJson } from './text.js';

/**
 * The logger that the options ask for: pino's lines with `--log-json`, plain ones with `-v`, and otherwise none, so
 * that pino is loaded only where it is used.
 */
export async function makeLogger(
  host: Host,
  options: { verbose: boolean; logJson: boolean },
): Promise<Logger> {
  if (!options.verbose && !options.logJson) {
    return SILENT;
  }
  const { pino } = await import('pino');
  const level = options.verbose ? 'debug' : 'info';
  const print = options.logJson ? printableJson : plainLine;
  const destination = { write: (line: string) => void host.stderr.write(`${print(line.trimEnd())}\n`) };
  const log = pino({ level, base: null }, destination);
  return {
    info: (fields, message) => log.info(fields, message),
    debug: (fields, message) => log.debug(fields, message),
  };
}

/** One of pino's lines for people: the message, then its fields. */
function plainLine(line: string): string {
  const { msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  delete fields['level'];
  delete fields['time'];
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return printable(`isoboot: ${String(msg)}${rest.join('')}`);
}
