import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { currentProcess } from './process.js';

/** Characters of the output's name in the temporary one: even of three bytes each they leave room for the rest. */
const NAME_LENGTH = 60;

/** `.OUTPUT.isoboot-HOST-PID-START-RANDOM.tmp`. */
const TEMPORARY = /^\.(.+)\.isoboot-([0-9a-f]{8})-(\d{1,10})-(\d{1,20})-[0-9a-f]{12}\.tmp$/s;

/** What the name of a temporary file says. */
export interface TemporaryName {
  /** Name of the output that it was to become; nothing where only the start of that is known. */
  readonly output: string | undefined;
  /** The process that made it, as `currentProcess` gives it. */
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** A path beside `output` that nobody else uses, hidden where a leading dot does that; of up to 240 bytes. */
export function temporaryName(output: string): string {
  const { host, pid, startedAt } = currentProcess();
  const name = basename(output).slice(0, NAME_LENGTH);
  const random = randomBytes(6).toString('hex');
  return join(dirname(output), `.${name}.isoboot-${host}-${pid}-${startedAt}-${random}.tmp`);
}

/** Takes the name of a file apart; nothing where it is none that `temporaryName` gives. */
export function parseTemporaryName(name: string): TemporaryName | undefined {
  const match = TEMPORARY.exec(name);
  if (match === null) {
    return undefined;
  }
  const [, output = '', host = '', pid = '', startedAt = ''] = match;
  return { output: output.length < NAME_LENGTH ? output : undefined, host, pid: Number(pid), startedAt };
}
