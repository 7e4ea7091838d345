import { SILENT, type Logger } from '../job/logger.js';
import { paintFor } from './colour.js';
import type { Host } from './host.js';
import { printable, printableJson } from '../job/printable.js';

/**
 * The logger that the options ask for: pino's lines with `--log-json`, each with the command, plain ones with `-v`, and
 * otherwise only what is to be known before it starts, so that pino is loaded only where it is used.
 */
export async function makeLogger(
  host: Host,
  options: { verbose: boolean; logJson: boolean; quiet: boolean },
  command: string,
): Promise<Logger> {
  if (!options.verbose && !options.logJson) {
    if (options.quiet) {
      return SILENT;
    }
    const { doubtful } = await paintFor(host, host.stderr);
    const warn = (_: object, message: string): void => {
      host.stderr.write(`${doubtful('isoboot:')} ${printable(message)}\n`);
    };
    return { ...SILENT, warn };
  }
  const { pino } = await import('pino');
  const level = options.verbose ? 'debug' : 'info';
  const print = options.logJson ? printableJson : plainLine;
  const destination = { write: (line: string) => void host.stderr.write(`${print(line.trimEnd())}\n`) };
  const log = pino({ level, base: { command } }, destination);
  return {
    warn: (fields, message) => log.warn(fields, message),
    info: (fields, message) => log.info(fields, message),
    debug: (fields, message) => log.debug(fields, message),
  };
}

/** One of pino's lines for people: the message, then its fields. */
function plainLine(line: string): string {
  const { msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  delete fields['level'];
  delete fields['time'];
  delete fields['command'];
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return printable(`isoboot: ${String(msg)}${rest.join('')}`);
}
