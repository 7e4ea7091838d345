import { realpath, stat } from 'node:fs/promises';
import { IsoError } from '../errors.js';

/** Whatever links lead to it, one file cannot be input and output. Errors: `ISO_USAGE_SAME_FILE`. */
export async function refuseSameFile(input: string, output: string): Promise<void> {
  const [from, to] = await Promise.all([
    stat(input, { bigint: true }),
    stat(output, { bigint: true }).catch(() => undefined),
  ]);
  // Windows gives no inode for some file systems; the resolved path decides there.
  const isSame =
    to !== undefined &&
    (from.ino === 0n
      ? (await realpath(input)) === (await realpath(output))
      : from.dev === to.dev && from.ino === to.ino);
  if (isSame) {
    throw new IsoError(
      'ISO_USAGE_SAME_FILE',
      `${output} is the input itself; use --in-place to edit it where it is`,
      {
        found: output,
        wanted: 'another file',
      },
    );
  }
}
