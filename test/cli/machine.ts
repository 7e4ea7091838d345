/** A machine for the command line that is all the test's own: streams that collect, a platform, a signal. */
import { copyFile, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { runOn } from '../../src/cli/main.js';
import { digestHere } from '../kit/digest-here.js';
import type { JsonObject } from '../kit/isoboot.js';

digestHere();

/** The sample image as it is committed. */
export const SAMPLE = fileURLToPath(new URL('../../samples/recovery.iso', import.meta.url));

const BLOCK = 2048;

/** What the machine is like; a Linux machine without terminals unless told. */
export interface MachineOptions {
  readonly platform?: NodeJS.Platform;
  readonly signal?: AbortSignal;
  /** Whether standard output and standard error are terminals; or only one of them. */
  readonly terminal?: boolean | 'stdout' | 'stderr';
  readonly environment?: Readonly<Record<string, string>>;
  /** What standard input gives; nothing without it. */
  readonly stdin?: Readable;
  /** Whether standard output is thrown away as it comes, and takes no memory. */
  readonly discards?: boolean;
}

/** What a run left behind. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stdoutBytes: Buffer;
  readonly stderr: string;
}

/** Collects what is written to it, unless it is not to keep it. */
class Collector extends Writable {
  readonly chunks: Buffer[] = [];

  constructor(
    readonly isTTY: boolean,
    readonly discards = false,
  ) {
    super();
  }

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    if (!this.discards) {
      this.chunks.push(Buffer.from(chunk));
    }
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** Runs the command line in this process. */
export async function cli(argv: readonly string[], options: MachineOptions = {}): Promise<Run> {
  const {
    platform = 'linux',
    signal = new AbortController().signal,
    terminal = false,
    environment = {},
    stdin = Readable.from([]),
    discards = false,
  } = options;
  const stdout = new Collector(terminal === true || terminal === 'stdout', discards);
  const stderr = new Collector(terminal === true || terminal === 'stderr');
  const code = await runOn({ platform, environment, stdin, stdout, stderr, signal }, argv);
  return {
    code,
    stdout: stdout.bytes.toString(),
    stdoutBytes: stdout.bytes,
    stderr: stderr.bytes.toString(),
  };
}

/** A folder with a copy of the sample image, and what else is wanted in it. */
export interface Workplace {
  readonly folder: string;
  /** The copy, `recovery.iso`. */
  readonly image: string;
  /** The path of a file in the folder. */
  readonly at: (name: string) => string;
}

/** Makes a folder with a copy of the sample image, changed by `damage`. */
export async function workplace(
  t: Test,
  damage: (image: Buffer) => void = () => undefined,
): Promise<Workplace> {
  const folder = await realpath(t.testdir({}));
  const at = (name: string): string => join(folder, name);
  const bytes = await readFile(SAMPLE);
  damage(bytes);
  await writeFile(at('recovery.iso'), bytes);
  return { folder, image: at('recovery.iso'), at };
}

/** A workplace whose image boots, with the original beside it as `original.iso`. */
export async function bootableWorkplace(t: Test): Promise<Workplace> {
  const place = await workplace(t);
  await copyFile(SAMPLE, place.at('original.iso'));
  const { code } = await cli(['inject', place.image, '--in-place', '--no-undo', '-q']);
  t.equal(code, 0, 'the sample was made bootable');
  return place;
}

/** The byte offset of a block. */
export const block = (lba: number): number => lba * BLOCK;

/** The one line of JSON that a run printed to standard output. */
export function reportOf(t: Test, { stdout }: Pick<Run, 'stdout'>): JsonObject {
  t.match(stdout, /^\{[^\n]*\}\n$/, 'one line of JSON');
  t.equal(stdout.indexOf('\n'), stdout.length - 1, 'and nothing behind it');
  return JSON.parse(stdout) as JsonObject;
}

/** The code of the error that a run with `--json` printed. */
export function codeOf(t: Test, run: Pick<Run, 'stdout'>): unknown {
  const report = reportOf(t, run);
  t.equal(report['schema'], 'isoboot.error/1');
  return (report['error'] as JsonObject | undefined)?.['code'];
}

/** Asserts that arguments are refused with a code: as JSON, and as one line on standard error. */
export async function refuses(
  t: Test,
  argv: readonly string[],
  code: string,
  exit: number,
  options: MachineOptions = {},
): Promise<void> {
  const name = `${argv.join(' ')} -> ${code}`.replace(/\S*\//g, '');
  await t.test(name, async (t) => {
    const json = await cli([...argv, '--json'], options);
    t.equal(codeOf(t, json), code);
    t.equal(json.code, exit, 'exit code');
    t.equal(json.stderr, '', 'all is in the report');
    const plain = await cli(argv, options);
    t.equal(plain.code, exit, 'exit code without --json');
    t.equal(plain.stdout, '', 'standard output stays clean');
    t.match(plain.stderr, new RegExp(`^isoboot: [^\\n]+\\[${code}\\]\\n$`), 'one line with the code');
  });
}
