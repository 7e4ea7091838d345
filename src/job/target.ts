import { realpath } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { IsoError } from '../errors.js';
import type { PatchList } from '../plan/patch.js';
import { isDevice } from '../source/file-source.js';
import type { Source } from '../source/source.js';
import { exactStatsAt, statsAt } from '../source/stats.js';

/** Where the result goes. */
export type InjectTarget =
  | CopyTarget
  /** `undo` is the undo file's path; the one beside the image without it, none with `false`. */
  | {
      readonly kind: 'in-place';
      /** The undo file's path; the one beside the image without it, none with `false`. */
      readonly undo?: string | false | undefined;
    }
  | StreamTarget;

/** A file of its own. */
export interface CopyTarget {
  readonly kind: 'copy';
  /** Where the file goes. */
  readonly path: string;
  /** Whether a file that is there is overwritten. */
  readonly force: boolean;
}

/** A stream that is written and left open. */
export interface StreamTarget {
  readonly kind: 'stream';
  /** What the image is written to. */
  readonly stream: Writable;
  /** The stream keeps no bytes once it has called back, as standard output; that saves memory. */
  readonly recycle?: boolean | undefined;
  /** Computes the sha256 of what is written; slower than writing it. */
  readonly digest?: boolean | undefined;
}

/** Whether there is something at a path that is written straight, and no file that a new one may take the place of. */
export function isSpecialFile(path: string): boolean {
  const stats = statsAt(path);
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

/** Whatever links lead to it, one file cannot be input and output. Errors: `ISO_USAGE_SAME_FILE`. */
export async function refuseSameFile(input: string, output: string): Promise<void> {
  // Windows knows nothing of a whole drive.
  const from = exactStatsAt(input);
  const to = exactStatsAt(output);
  // Windows gives no inode for some file systems; the resolved path decides there.
  const isSame =
    from !== undefined &&
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

/** A device has its size, and no folder of its own for an undo file. */
export function refuseOnDevice(source: Source, list: PatchList, target: InjectTarget): void {
  const { name } = source;
  if (!isDevice(source) || target.kind !== 'in-place') {
    return;
  }
  if (target.undo === undefined) {
    throw new IsoError(
      'ISO_USAGE_ARGUMENT',
      `${name} is a device: say with --undo-file where its undo file goes`,
    );
  }
  if (list.newSize > list.oldSize) {
    throw new IsoError('ISO_PLAN_GROWTH', `${name} is a device, which cannot grow`, {
      found: list.oldSize,
      wanted: list.newSize,
    });
  }
}
