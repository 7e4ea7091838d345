/** Replays what a loss of power leaves: is the original or the result there after at most one undo? */
import { createHash } from 'node:crypto';
import {
  existsSync,
  readFileSync,
  rmSync,
  writeFileSync,
  mkdirSync,
  openSync,
  writeSync,
  ftruncateSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { BLOCK_SIZE } from '../../src/units.js';
import { undo } from '../../src/job/undo.js';
import { isSameListing, listingOf } from './contents.js';
import { cutStates, type CutState, type Effort } from './power-cut.js';
import { filesAfter, type Log } from './recorder.js';
import { IMAGE, NEXT_FILE, OUTPUT, UNDO_FILE, type Expectation, type Files } from './scenario.js';

/** What came of a replay. */
export interface Tally {
  /** Different states that were tried. */
  states: number;
  /** Those of them without a torn block whose files were listed before any undo. */
  listed: number;
  /** States that are neither the original nor the result after an undo. */
  readonly losses: string[];
  /** States without a torn block that list other files. */
  readonly listings: string[];
  /** States in which what was said to be done is not. */
  readonly forgotten: string[];
}

/** What is to be replayed. */
export interface Replay {
  /** A folder to work in. */
  readonly folder: string;
  readonly log: Log;
  readonly expectation: Expectation;
  readonly effort: Effort;
  /** The fixture's name; nothing where no files are to be listed, as of a copy that nobody sees before it is whole. */
  readonly listedAs?: string | undefined;
  /** Stops at the first thing that is wrong. */
  readonly brief?: boolean | undefined;
}

/** What `undo` looks at. */
const UNDO_FILES = [UNDO_FILE, NEXT_FILE];

/** The files that are there as soon as the job says that it is done; what else stands beside an undo file may stay. */
const PROMISED = [IMAGE, UNDO_FILE, OUTPUT];

/** All files that make a difference. */
const KNOWN = [...PROMISED, NEXT_FILE];

/** All names of the loader's bytes, which get a boot info table. */
const LOADER = /\/(isolinux|loader)\.bin$/i;

/** Tries every state; the caller sees to it that syncs cost nothing. */
export async function replay(request: Replay): Promise<Tally> {
  const player = new Player(request);
  await player.prepare();
  for (const state of cutStates(request.log, request.effort)) {
    await player.play(state);
    if (request.brief === true && isWrong(player.tally)) {
      break;
    }
  }
  return player.tally;
}

/** Whether anything is lost, for a time or for good. */
export function isWrong({ losses, listings, forgotten }: Tally): boolean {
  return losses.length + listings.length + forgotten.length > 0;
}

class Player {
  readonly tally: Tally = { states: 0, listed: 0, losses: [], listings: [], forgotten: [] };
  readonly #request: Replay;
  readonly #image: Sheet;
  readonly #seen = new Set<string>();
  readonly #judged = new Map<string, string | undefined>();
  readonly #listed = new Map<string, boolean>();
  readonly #end: Files;
  #before: readonly string[] = [];

  constructor(request: Replay) {
    this.#request = request;
    rmSync(request.folder, { recursive: true, force: true });
    mkdirSync(request.folder, { recursive: true });
    this.#image = new Sheet(join(request.folder, IMAGE));
    this.#end = filesAfter(request.log);
  }

  async prepare(): Promise<void> {
    const { listedAs, expectation } = this.#request;
    if (listedAs !== undefined) {
      this.#before = await listingOf(expectation.begin.get(IMAGE) ?? new Uint8Array(0), LOADER);
    }
  }

  async play(state: CutState): Promise<void> {
    const files = filesIn(state);
    const whole = keyOf(files);
    if (state.finished && !isSame(only(files, PROMISED), only(this.#end, PROMISED))) {
      this.tally.forgotten.push(state.name);
    }
    if (!this.#seen.has(whole)) {
      this.#seen.add(whole);
      this.tally.states += 1;
      const wrong = await this.#judge(only(files, KNOWN));
      if (wrong !== undefined) {
        this.tally.losses.push(`${state.name}: ${wrong}`);
      }
    }
    if (!state.torn && this.#request.listedAs !== undefined) {
      await this.#list(state.name, files.get(IMAGE) ?? new Uint8Array(0));
    }
  }

  /** What a temporary file holds makes no difference. */
  async #judge(files: Files): Promise<string | undefined> {
    const key = keyOf(files);
    if (!this.#judged.has(key)) {
      this.#judged.set(key, await this.#tryOut(files));
    }
    return this.#judged.get(key);
  }

  async #tryOut(files: Files): Promise<string | undefined> {
    const { folder, expectation } = this.#request;
    const image = files.get(IMAGE);
    if (image === undefined) {
      return 'the image is gone';
    }
    const output = files.get(OUTPUT);
    if (output !== undefined && !isEqual(output, expectation.output)) {
      return 'the output is not the whole result';
    }
    this.#image.lay(image);
    if (this.#layUndoFiles(files)) {
      const failure = await undo({ input: join(folder, IMAGE) }).then(() => undefined, String);
      if (failure !== undefined) {
        return `undo fails: ${failure}`;
      }
      if (UNDO_FILES.some((name) => existsSync(join(folder, name)))) {
        return 'undo leaves an undo file';
      }
    }
    const left = this.#image.read();
    return expectation.images.some((each) => isEqual(left, each)) ? undefined : 'the image is lost';
  }

  /** Whether there are any. What both are joined in means nothing before it has the name of one of them. */
  #layUndoFiles(files: Files): boolean {
    for (const name of UNDO_FILES) {
      const path = join(this.#request.folder, name);
      const bytes = files.get(name);
      if (bytes === undefined) {
        rmSync(path, { force: true });
      } else {
        writeFileSync(path, bytes);
      }
    }
    return UNDO_FILES.some((name) => files.has(name));
  }

  async #list(name: string, image: Uint8Array): Promise<void> {
    const key = hashOf(image);
    if (this.#listed.has(key)) {
      return;
    }
    const listed = await listingOf(image, LOADER).catch((error: unknown) => [String(error)]);
    const isGood = isSameListing(this.#request.listedAs ?? '', this.#before, listed);
    this.#listed.set(key, isGood);
    this.tally.listed += 1;
    if (!isGood) {
      this.tally.listings.push(name);
    }
  }
}

/** A file of which only the blocks that differ are written again. */
class Sheet {
  readonly #path: string;
  #current: Uint8Array | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  lay(bytes: Uint8Array): void {
    const current = this.#current;
    if (current === undefined) {
      writeFileSync(this.#path, bytes);
      return;
    }
    const fd = openSync(this.#path, 'r+');
    for (let at = 0; at < bytes.length; at += BLOCK_SIZE) {
      const block = bytes.subarray(at, at + BLOCK_SIZE);
      if (!isEqual(block, current.subarray(at, at + BLOCK_SIZE))) {
        writeSync(fd, block, 0, block.length, at);
      }
    }
    if (current.length > bytes.length) {
      ftruncateSync(fd, bytes.length);
    }
    closeSync(fd);
  }

  read(): Uint8Array {
    this.#current = readFileSync(this.#path);
    return this.#current;
  }
}

function filesIn({ names, contents }: CutState): Files {
  return new Map([...names].map(([name, file]) => [name, contents.get(file) ?? new Uint8Array(0)]));
}

function only(files: Files, names: readonly string[]): Files {
  return new Map([...files].filter(([name]) => names.includes(name)));
}

const hashes = new WeakMap<Uint8Array, string>();

function hashOf(bytes: Uint8Array): string {
  const hash = hashes.get(bytes) ?? createHash('sha1').update(bytes).digest('base64');
  hashes.set(bytes, hash);
  return hash;
}

function keyOf(files: Files): string {
  return [...files]
    .map(([name, bytes]) => `${name} ${hashOf(bytes)}`)
    .sort()
    .join('\n');
}

function isSame(one: Files, other: Files): boolean {
  return one.size === other.size && [...one].every(([name, bytes]) => isEqual(bytes, other.get(name)));
}

function isEqual(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(one, other) === 0;
}
