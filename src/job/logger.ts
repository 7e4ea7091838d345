/** What a job tells of its doings; pino's loggers have this shape. Without one, jobs are silent. */
export interface Logger {
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** Says nothing. */
export const SILENT: Logger = { info: () => undefined, debug: () => undefined };
