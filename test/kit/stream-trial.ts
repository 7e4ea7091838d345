/** Commands that write to a stream which fails, or from an image which does: never a success on a short stream. */
import { Writable } from 'node:stream';
import { IsoError, messageOf } from '../../src/errors.js';
import { join } from 'node:path';
import type { StreamScenario } from './extraction-scenario.js';
import { withFault, type Fault } from './fault.js';
import { openHandles, type TrialResult } from './fault-trial.js';
import { IMAGE, lay, type Files } from './scenario.js';

/** What happens to a stream at one of its writes. */
export interface StreamFault {
  readonly name: string;
  /** The code that the write calls back with; the reader just goes away without one. */
  readonly code: string | undefined;
  readonly wanted: string;
}

/** The ways in which streams end before their time. */
export const STREAM_FAULTS: readonly StreamFault[] = [
  { name: 'closed pipe', code: 'EPIPE', wanted: 'ISO_OUTPUT_CLOSED' },
  { name: 'closed stream', code: undefined, wanted: 'ISO_OUTPUT_CLOSED' },
  { name: 'EIO', code: 'EIO', wanted: 'ISO_OUTPUT_IO' },
  { name: 'ENOSPC', code: 'ENOSPC', wanted: 'ISO_OUTPUT_IO' },
];

/** Failing and short reads of what goes to the stream. */
export const STREAM_READS: readonly { name: string; fault: Omit<Fault, 'at'> }[] = [
  { name: 'EIO of a read', fault: { methods: ['read', 'open'], lasts: 'once', code: 'EIO' } },
  { name: 'short read', fault: { methods: ['read'], lasts: 'once', short: true } },
];

/** Keeps what it gets, until the write at which it fails. */
class FailingStream extends Writable {
  readonly #chunks: Buffer[] = [];
  #writes = 0;

  constructor(
    private readonly at: number,
    private readonly fault: StreamFault | undefined,
  ) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const failing = this.#writes === this.at ? this.fault : undefined;
    this.#writes += 1;
    if (failing === undefined) {
      this.#chunks.push(Buffer.from(chunk));
      done();
    } else if (failing.code === undefined) {
      this.destroy();
    } else {
      done(Object.assign(new Error('made to fail'), { code: failing.code }));
    }
  }

  get failed(): boolean {
    return this.fault !== undefined && this.#writes > this.at;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** A stream command with the folder for its image, what lies in it, and what has to come out. */
export interface StreamTrial {
  readonly scenario: StreamScenario;
  readonly folder: string;
  readonly begin: Files;
  readonly wanted: Buffer;
}

/** Runs a stream command once without trouble. */
export async function rehearseStream(
  scenario: StreamScenario,
  folder: string,
  image: Uint8Array,
): Promise<StreamTrial> {
  const begin = await scenario.begin(folder, image);
  await lay(folder, begin);
  const stream = new FailingStream(0, undefined);
  await scenario.run(folder, stream);
  return { scenario, folder, begin, wanted: stream.bytes };
}

/** Has the stream fail at each of its writes. */
export async function tryStreamFaults(trial: StreamTrial, fault: StreamFault): Promise<TrialResult> {
  const losses: string[] = [];
  for (let at = 0; ; at += 1) {
    const stream = new FailingStream(at, fault);
    const { error, left } = await attempt(trial, stream);
    const wrong = left > 0 ? `${left} handles left open` : wrongWith(trial, stream, error, fault.wanted);
    losses.push(
      ...(wrong === undefined ? [] : [`${trial.scenario.command}, ${fault.name} at ${at}: ${wrong}`]),
    );
    if (!stream.failed) {
      return { calls: at, losses };
    }
  }
}

/** Has each read of the image fail, or come short. */
export async function tryStreamReads(
  trial: StreamTrial,
  { name, fault }: (typeof STREAM_READS)[number],
): Promise<TrialResult> {
  const losses: string[] = [];
  for (let at = 0; ; at += 1) {
    const stream = new FailingStream(0, undefined);
    const { error, struck } = await withFault(join(trial.folder, IMAGE), { ...fault, at }, async () => {
      const { error } = await attempt(trial, stream);
      if (error !== undefined) {
        throw error;
      }
    });
    const mayFail = struck !== undefined && fault.short !== true;
    const wrong = wrongWith(trial, stream, error, mayFail ? 'ISO_SOURCE_IO' : undefined);
    losses.push(...(wrong === undefined ? [] : [`${trial.scenario.command}, ${name} at ${at}: ${wrong}`]));
    if (struck === undefined) {
      return { calls: at, losses };
    }
  }
}

async function attempt(
  { scenario, folder }: StreamTrial,
  stream: Writable,
): Promise<{ error: Error | undefined; left: number }> {
  const handles = await openHandles();
  const error = await scenario.run(folder, stream).then(
    () => undefined,
    (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(messageOf(thrown))),
  );
  return { error, left: (await openHandles()) - handles };
}

/** `code`: the error that may be thrown. */
function wrongWith(
  { wanted }: StreamTrial,
  stream: FailingStream,
  error: unknown,
  code: string | undefined,
): string | undefined {
  if (error === undefined) {
    return stream.bytes.equals(wanted) ? undefined : 'it says that all is well';
  }
  if (!(error instanceof IsoError) || error.code !== code) {
    return `it throws ${error instanceof IsoError ? error.code : messageOf(error)}`;
  }
  return stream.bytes.equals(wanted.subarray(0, stream.bytes.length)) ? undefined : 'other bytes came out';
}
