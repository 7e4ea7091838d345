import {
  closeSync,
  fchmodSync,
  futimesSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { PERMISSIONS, type DiskAttributes } from './extract-place.js';
import { takeName } from './name.js';
import { temporaryName } from './temporary-name.js';

/** A new file that is written at once, under a temporary name until it is complete. Errors: those of the system as they are. */
export class SmallFile {
  readonly #path: string;
  readonly #temporary: string;
  #descriptor: number | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#temporary = temporaryName(path);
  }

  create(mode: number): void {
    this.#descriptor = openSync(this.#temporary, 'wx', mode);
  }

  write(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;) {
      const count = writeSync(this.#open, bytes, written, bytes.length - written, null);
      if (count === 0) {
        throw new Error('the system took no bytes');
      }
      written += count;
    }
  }

  /** Sets mode and time; says whether the file system took them. */
  keepAttributes({ mode, modifiedAt }: DiskAttributes): boolean {
    try {
      if (modifiedAt !== undefined) {
        futimesSync(this.#open, modifiedAt / 1000, modifiedAt / 1000);
      }
      if (mode !== undefined) {
        fchmodSync(this.#open, mode & PERMISSIONS);
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Gives it its name. Errors: `ISO_OUTPUT_EXISTS`, `ISO_OUTPUT_IO`; those of closing. */
  async takeName(force: boolean): Promise<void> {
    this.#close();
    const isNamed = force
      ? succeeds(() => renameSync(this.#temporary, this.#path))
      : succeeds(() => linkSync(this.#temporary, this.#path));
    if (!isNamed) {
      // It goes about it in the same way first, and knows what to do, or to say, where that fails.
      await takeName(this.#temporary, this.#path, force);
    } else if (!force) {
      unlinkSync(this.#temporary);
    }
  }

  /** Removes it, unless it has its name already. Never fails. */
  remove(): void {
    try {
      this.#close();
    } catch {
      // It goes in any case.
    }
    try {
      rmSync(this.#temporary, { force: true });
    } catch {
      // The next run removes what stays.
    }
  }

  get #open(): number {
    // No descriptor is -1, so that the system says what is wrong.
    return this.#descriptor ?? -1;
  }

  #close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}

function succeeds(call: () => void): boolean {
  try {
    call();
    return true;
  } catch {
    return false;
  }
}
