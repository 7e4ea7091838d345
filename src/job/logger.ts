/** What a job tells of its doings; pino's loggers have this shape. Without one, jobs are silent. */
export interface Logger {
  /** What a user should know before it starts: that it takes long, or much room. */
  warn(fields: object, message: string): void;
  /** What was done. */
  info(fields: object, message: string): void;
  /** What helps to find out why something went wrong. */
  debug(fields: object, message: string): void;
}

const nothing = (): void => undefined;

/** Says nothing. */
export const SILENT: Logger = { warn: nothing, info: nothing, debug: nothing };

/** A logger whose every line has these fields as well. */
export function withFields(logger: Logger, more: object): Logger {
  return {
    warn: (fields, message) => logger.warn({ ...more, ...fields }, message),
    info: (fields, message) => logger.info({ ...more, ...fields }, message),
    debug: (fields, message) => logger.debug({ ...more, ...fields }, message),
  };
}

/** A read that may take a minute or more from a disc. */
const SILENT_READ_BYTES = 64 * 1024 * 1024;

/** Says before it starts that an image is read once for its media check; aloud where that may take a while. */
export function tellOfReading(bytes: number, logger: Logger = SILENT): void {
  const level = bytes > SILENT_READ_BYTES ? 'warn' : 'info';
  logger[level]({ bytes }, 'reading the image once for its media check');
}

/** Tells of a temporary file that was removed, left by a run that was killed. */
export function noteLeftover(logger: Logger = SILENT): (path: string) => void {
  return (path) => logger.debug({ path }, 'left by a run that was killed, and removed');
}
