/** What a job tells of its doings; pino's loggers have this shape. Without one, jobs are silent. */
export interface Logger {
  /** What a user should know before it starts: that it takes long, or much room. */
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

const nothing = (): void => undefined;

/** Says nothing. */
export const SILENT: Logger = { warn: nothing, info: nothing, debug: nothing };

/** Tells of a temporary file that was removed, left by a run that was killed. */
export function noteLeftover(logger: Logger = SILENT): (path: string) => void {
  return (path) => logger.debug({ path }, 'left by a run that was killed, and removed');
}
