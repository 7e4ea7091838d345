import { IsoError, messageOf, systemCode } from '../errors.js';

/** Linux' number for a drive without a disc; Node has no name for it. */
const ENOMEDIUM = 123;

/** Whether the operating system says that there is no disc in the drive. */
export function isNoDisc(error: unknown): boolean {
  const errno = error instanceof Error && 'errno' in error ? error.errno : undefined;
  return systemCode(error) === 'ENOMEDIUM' || errno === -ENOMEDIUM;
}

/** Whether a failed read says nothing of the disc, since there is no disc or no drive any more. */
export function isGone(error: unknown): boolean {
  return isNoDisc(error) || ['ENODEV', 'ENXIO', 'EBADF'].includes(systemCode(error) ?? '');
}

/**
 * Whether a path names a whole drive as Windows does, such as `\\.\D:`. What the system says of its kind and size means
 * nothing there, and a path that is made absolute leads to the folder on it instead.
 */
export function isRawVolume(path: string): boolean {
  return /^\\\\[.?]\\[^\\/]+$/.test(path);
}

/** The error of a file or device that cannot be opened, in words that say what to do about it. */
export function openFailure(path: string, error: unknown, isDevice = false): IsoError {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new IsoError('ISO_SOURCE_NOT_FOUND', `${path} does not exist`, { cause: error });
  }
  if (code === 'ENXIO') {
    return new IsoError('ISO_SOURCE_NOT_A_FILE', `${path} is a socket, or a device that nothing drives`, {
      cause: error,
    });
  }
  if (code === 'EISDIR') {
    return new IsoError('ISO_SOURCE_NOT_A_FILE', `${path} is a folder, not an image`, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new IsoError('ISO_SOURCE_IO', `no permission to read ${path}${wayOut(path, isDevice)}`, {
      cause: error,
    });
  }
  return readFailure(path, 0, error);
}

function wayOut(path: string, isDevice: boolean): string {
  if (isRawVolume(path)) {
    return '; run isoboot as administrator';
  }
  return isDevice ? '; use sudo, or join the group that ls -l shows for it (often cdrom or disk)' : '';
}

/** The error of a read that failed. */
export function readFailure(path: string, offset: number, error: unknown): IsoError {
  return isNoDisc(error)
    ? new IsoError('ISO_SOURCE_IO', `there is no disc in ${path}`, { cause: error })
    : new IsoError('ISO_SOURCE_IO', `${path} cannot be read: ${messageOf(error)}`, { offset, cause: error });
}

/** The error of a device whose very first block cannot be read. */
export function unreadableDevice(path: string, error: unknown): IsoError {
  return isNoDisc(error)
    ? readFailure(path, 0, error)
    : new IsoError(
        'ISO_SOURCE_IO',
        `there is no disc in ${path}, or none that can be read: ${messageOf(error)}`,
        { offset: 0, cause: error },
      );
}

/** The error of a file or device that turned out shorter than it was. */
export function endedEarly(path: string, found: number, wanted: number): IsoError {
  return new IsoError('ISO_SOURCE_BOUNDS', `${path} ended while it was being read`, {
    offset: found,
    found,
    wanted,
  });
}
