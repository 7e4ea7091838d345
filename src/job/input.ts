import { Readable } from 'node:stream';
import { IsoError } from '../errors.js';
import { interrupted, stopIfAborted } from '../source/stop.js';
import { FileSource } from '../source/file-source.js';
import { HeldStream } from '../source/held-stream.js';
import { noteLeftover, SILENT, type Logger } from './logger.js';

/** The path of an image or device, or a stream of an image's bytes, such as standard input. */
export type ImageInput = string | Readable;

/** Whether an image is given by a path or a stream, and not as something that can be read anywhere. */
export function isInput(input: unknown): input is ImageInput {
  return typeof input === 'string' || input instanceof Readable;
}

/** What reports call an image that comes as a stream. */
export const STREAM_NAME = '-';

/** What reports call an image: its path, where it has one. */
export function inputName(input: ImageInput): string {
  return typeof input === 'string' ? input : STREAM_NAME;
}

/** What watches over the opening of a stream, which may take long. */
export interface InputWatch {
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of what is done; without one, nothing is said. */
  readonly logger?: Logger | undefined;
}

/**
 * Opens an image that is to be read here and there: a file or device as it is, a stream as a temporary file.
 *
 * Errors: those of `FileSource.open`, `spool`.
 */
export async function openInput(input: ImageInput, watch: InputWatch = {}): Promise<FileSource> {
  if (typeof input === 'string') {
    return FileSource.open(input);
  }
  return withStream(input, watch.signal, (stream) => spoolSaying(stream, 'it is read here and there', watch));
}

/** Errors: `ISO_SOURCE_EMPTY` where a stream ended before it gave anything. */
export function requireBytes({ hasEnded, takenLength, name }: HeldStream): void {
  if (hasEnded && takenLength === 0) {
    throw new IsoError('ISO_SOURCE_EMPTY', `nothing came from ${name}`, { found: 0, wanted: 'an image' });
  }
}

/** Has a stream for as long as `work` takes, and no longer: whoever feeds it is not to wait for nobody. */
export async function withStream<T>(
  input: Readable,
  signal: AbortSignal | undefined,
  work: (stream: HeldStream) => Promise<T>,
): Promise<T> {
  stopIfAborted(signal);
  const stream = new HeldStream(input);
  const onAbort = (): void => stream.close(interrupted());
  signal?.addEventListener('abort', onAbort);
  try {
    return await work(stream);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stream.close();
  }
}

/** Writes a stream to a temporary file, and says so and why before it starts. Errors: those of `spool`. */
export async function spoolSaying(
  input: HeldStream,
  why: string,
  { signal, logger = SILENT }: InputWatch,
  folder?: string,
): Promise<FileSource> {
  await input.hold(1);
  requireBytes(input);
  const { spool } = await import('../sink/spool.js');
  return spool({
    input,
    folder,
    onStart: (path) =>
      logger.warn(
        { path },
        `the image from ${input.name} goes through the temporary file ${path}, since ${why}`,
      ),
    onLeftover: noteLeftover(logger),
    signal,
  });
}
