/** The one error that isoboot throws, and the table of its codes. */

import { ERROR_CODES, type IsoErrorCode } from './error-codes.js';
import type { FailureExitCode } from './exit.js';

export { ERROR_CODES, type IsoErrorCode } from './error-codes.js';
export { EXIT, type ExitCode } from './exit.js';

/** What an error knows beyond its code. */
export interface IsoErrorDetails {
  /** Byte offset in the image (or in the file named in the message) at which the trouble lies. */
  readonly offset?: number;
  /** What stands there. */
  readonly found?: string | number;
  /** What should stand there, or what would have been accepted. */
  readonly wanted?: string | number;
  /** The error of the operating system or library behind this one. */
  readonly cause?: unknown;
}

/** The only exception that isoboot throws: a stable code, and where, found and wanted as far as known. */
export class IsoError extends Error {
  /** Always `IsoError`. */
  override readonly name = 'IsoError';
  /** What is wrong; stable, and to be relied on in place of the message. */
  readonly code: IsoErrorCode;
  /** Byte offset in the image, or in the file that the message names, at which the trouble lies. */
  readonly offset: number | undefined;
  /** What stands there. */
  readonly found: string | number | undefined;
  /** What should stand there, or what would have been accepted. */
  readonly wanted: string | number | undefined;

  constructor(code: IsoErrorCode, message: string, details: IsoErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.offset = details.offset;
    this.found = details.found;
    this.wanted = details.wanted;
  }

  /** What a process that ends with this error exits with. */
  get exitCode(): FailureExitCode {
    return ERROR_CODES[this.code].exit;
  }
}

/** The code of an operating system error (`ENOENT`, `ENOSPC`, ...), or nothing where it has none. */
export function systemCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Anything that was thrown, as an error of ours; what is none is a defect (`ISO_INTERNAL`). */
export function asIsoError(error: unknown): IsoError {
  return error instanceof IsoError
    ? error
    : new IsoError('ISO_INTERNAL', `a defect in isoboot: ${messageOf(error)}`, { cause: error });
}

/** An error as reports have it; documented in docs/json.md. */
export interface ErrorReport {
  /** One of the codes that docs/error-codes.md lists. */
  readonly code: IsoErrorCode;
  /** What is wrong, for people. */
  readonly message: string;
  /** Where in the image, in bytes. */
  readonly offset?: number | undefined;
  /** What was there. */
  readonly found?: string | number | undefined;
  /** What should have been there. */
  readonly wanted?: string | number | undefined;
  /** What the command line exits with. */
  readonly exitCode: FailureExitCode;
}

/** The fields of an error that reports have. */
export function reportError({ code, message, offset, found, wanted, exitCode }: IsoError): ErrorReport {
  return { code, message, offset, found, wanted, exitCode };
}
