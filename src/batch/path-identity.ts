import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Tells paths that lead to one file from others; each is looked up once. */
export class PathIdentity {
  readonly #known = new Map<string, Promise<string>>();
  readonly #folders = new Map<string, Promise<string>>();
  readonly #foldsCase: boolean;

  /** `foldsCase`: names that differ in nothing but case, or in how an accent is composed, are one. */
  constructor(foldsCase: boolean) {
    this.#foldsCase = foldsCase;
  }

  /** The same text for the same file, whether it is there or yet to be made. */
  of(path: string): Promise<string> {
    const known = this.#known.get(path) ?? this.#lookUp(path);
    this.#known.set(path, known);
    return known;
  }

  async #lookUp(path: string): Promise<string> {
    const real = await realpath(path).catch(() => undefined);
    const key = real ?? join(await this.#folder(dirname(path)), basename(path));
    return this.#foldsCase ? key.normalize('NFC').toLowerCase() : key;
  }

  /** A folder with its links resolved, as far as it is there. */
  #folder(path: string): Promise<string> {
    const known = this.#folders.get(path);
    if (known !== undefined) {
      return known;
    }
    const parent = dirname(path);
    const found = realpath(path).catch(async () =>
      parent === path ? path : join(await this.#folder(parent), basename(path)),
    );
    this.#folders.set(path, found);
    return found;
  }
}
