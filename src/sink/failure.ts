import { basename, dirname } from 'node:path';
import { IsoError, messageOf, systemCode } from '../errors.js';
import { parseTemporaryName } from './temporary-name.js';

const READ_ONLY = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Whether the operating system refused to write at all, rather than failing at it. */
export function isReadOnly(error: unknown): boolean {
  return READ_ONLY.has(systemCode(error) ?? '');
}

/** Whether an `ISO_OUTPUT_IO` is for want of room, on the disk or in its owner's share. */
export function isDiskFull(error: unknown): boolean {
  const code = error instanceof IsoError ? systemCode(error.cause) : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Turns what writing threw into `ISO_OUTPUT_IO`; an error that has a code of ours already stays as it is. */
export function outputFailure(path: string, error: unknown, offset?: number): IsoError {
  if (error instanceof IsoError) {
    return error;
  }
  const isRefusal = isReadOnly(error) || systemCode(error) === 'ENOENT';
  if (isRefusal && parseTemporaryName(basename(path)) !== undefined) {
    // Nobody gave the file that name, and it is the folder that is at fault.
    const fault = isReadOnly(error) ? 'is read-only' : 'does not exist';
    return new IsoError('ISO_OUTPUT_IO', `the folder ${dirname(path)} ${fault}; -o names another`, {
      cause: error,
    });
  }
  const text = isReadOnly(error)
    ? `is read-only (${messageOf(error)})`
    : `cannot be written: ${messageOf(error)}`;
  const details = offset === undefined ? { cause: error } : { cause: error, offset };
  return new IsoError('ISO_OUTPUT_IO', `${path} ${text}`, details);
}
