/** Isoboot killed in earnest in the middle of an edit in place: does `undo` give the original back? */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileDigest } from './digest.js';
import { runHeld, type Ending, type Moment } from './held-process.js';
import { Random } from './random.js';
import { IMAGE, isUndoFile, NEXT_FILE, UNDO_FILE } from './scenario.js';
import { run, type RunResult } from './tools.js';

/** A command that is killed; arguments without the image, which comes behind the first. */
export interface KillScenario {
  readonly command: string;
  /** What makes the image that counts as the original. */
  readonly made?: readonly string[];
  /** What was done to it in place before. */
  readonly earlier?: readonly string[];
  readonly killed: readonly string[];
}

const INJECT = ['inject', '--in-place'];
const REMOVE = ['remove-boot', '--in-place'];

/** What is killed. */
export const KILL_SCENARIOS: readonly KillScenario[] = [
  { command: 'inject', killed: INJECT },
  { command: 'remove-boot', made: [...INJECT, '--no-undo'], killed: REMOVE },
  { command: 'remove-boot after inject', earlier: INJECT, killed: REMOVE },
  { command: 'undo of inject', earlier: INJECT, killed: ['undo'] },
];

/** Where things are. */
export interface KillPlace {
  /** The checkout with isoboot in it, built. */
  readonly root: string;
  /** A folder of the trial's own, for the image. */
  readonly folder: string;
  readonly writeImage: (path: string) => Promise<void>;
}

/** One kill. */
export interface Kill {
  /** The point at which it struck, or the last one before. */
  readonly point: string;
  /** Whether it struck at any time behind that point. */
  readonly isLater: boolean;
  /** Whether the image was then neither as before the command nor as behind it. */
  readonly halfWritten: boolean;
  readonly wrong: string | undefined;
}

/** One command on one image, to be killed again and again. */
export class KillTrial {
  readonly #scenario: KillScenario;
  readonly #place: KillPlace;
  #points: readonly string[] = [];
  #original = '';
  /** Digests of the image before the command, and behind it. */
  #whole: readonly string[] = [];
  #isRestored = true;

  private constructor(scenario: KillScenario, place: KillPlace) {
    this.#scenario = scenario;
    this.#place = place;
  }

  /** Makes the image, and does all of it once without a kill. */
  static async prepare(scenario: KillScenario, place: KillPlace): Promise<KillTrial> {
    const trial = new KillTrial(scenario, place);
    await trial.#renew();
    trial.#original = await trial.#digest();
    await trial.#isobootOk(scenario.earlier);
    const begin = await trial.#digest();
    const { points, code, stderr } = await trial.#runHeld();
    if (code !== 0) {
      throw new Error(`${scenario.command} fails: ${stderr}`);
    }
    trial.#points = points;
    trial.#whole = [begin, await trial.#digest()];
    const wrong = await trial.#judge(false);
    if (wrong !== undefined) {
      throw new Error(`${scenario.command} without a kill: ${wrong}`);
    }
    return trial;
  }

  /** Every point that the command comes to. */
  get points(): readonly string[] {
    return this.#points;
  }

  /** Kills the command, and looks at what is left, and at what `undo` makes of that. */
  async kill(moment: Moment): Promise<Kill> {
    if (!this.#isRestored) {
      await this.#renew();
    }
    await this.#isobootOk(this.#scenario.earlier);
    const { points, wasKilled } = await this.#runHeld(moment);
    const point = points.at(-1) ?? 'the start';
    const halfWritten = !this.#whole.includes(await this.#digest());
    const wrong = wasKilled ? await this.#judge(halfWritten) : 'it was not killed';
    this.#isRestored = wrong === undefined;
    return { point, isLater: moment.later !== undefined, halfWritten, wrong };
  }

  async #judge(halfWritten: boolean): Promise<string | undefined> {
    const { folder } = this.#place;
    if (halfWritten && !(await this.#isTold())) {
      return 'the image is half-written, and nothing tells of it';
    }
    const names = await readdir(folder);
    if (names.includes(UNDO_FILE) || names.includes(NEXT_FILE)) {
      const { code, stderr } = await this.#isoboot(['undo']);
      if (code !== 0) {
        return `undo fails: ${stderr}`;
      }
    }
    const left = (await readdir(folder)).filter(isUndoFile);
    if (left.length > 0) {
      return `${left.join(', ')} is left`;
    }
    return (await this.#digest()) === this.#original ? undefined : 'the image is lost';
  }

  /** Whether commands that read say that the edit was interrupted. */
  async #isTold(): Promise<boolean> {
    const [inspected, listed] = [await this.#isoboot(['inspect', '--json']), await this.#isoboot(['ls'])];
    const report = inspected.stdout.toString();
    const isInspected = /"state":"(editing|undoing)","inProgress":false/.test(report);
    return isInspected && listed.stderr.includes('ISO_UNDO_INTERRUPTED');
  }

  async #renew(): Promise<void> {
    const { folder, writeImage } = this.#place;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeImage(join(folder, IMAGE));
    await this.#isobootOk(this.#scenario.made);
  }

  async #isobootOk(args: readonly string[] | undefined): Promise<void> {
    const result = args === undefined ? undefined : await this.#isoboot(args);
    if (result !== undefined && result.code !== 0) {
      throw new Error(`${String(args?.[0])} fails: ${result.stderr}`);
    }
  }

  #isoboot(args: readonly string[]): Promise<RunResult> {
    const bin = join(this.#place.root, 'bin/isoboot.js');
    return run(process.execPath, [bin, ...args, this.#image]);
  }

  #runHeld(moment?: Moment): Promise<Ending> {
    const held = join(this.#place.root, 'test/kit/held.js');
    return runHeld(held, [...this.#scenario.killed, '--quiet', this.#image], moment);
  }

  get #image(): string {
    return join(this.#place.folder, IMAGE);
  }

  #digest(): Promise<string> {
    return fileDigest(this.#image);
  }
}

/** How the names of points start, as held.js gives them. */
export const SYNC = 'behind sync';
export const WRITE = 'in write';

/** Milliseconds within which a kill at no point in particular strikes. */
const LATEST = 40;

/** Moments for so many kills: behind every sync; then half of what is left in writes, and half at any time. */
export function momentsFor(points: readonly string[], kills: number): Moment[] {
  const syncs = chosenFrom(points, SYNC, kills);
  const writes = chosenFrom(points, WRITE, Math.ceil((kills - syncs.length) / 2));
  const random = new Random(kills);
  const atAnyTime = Array.from({ length: kills - syncs.length - writes.length }, (): Moment => {
    // Not so late that it may be over.
    return { point: random.between(0, points.length - 5), later: random.between(0, LATEST) };
  });
  return [...syncs, ...writes, ...atAnyTime];
}

/** Points that are called so, at most so many; the first and the last among them. */
function chosenFrom(points: readonly string[], start: string, most: number): Moment[] {
  const all = points.flatMap((name, point): Moment[] => (name.startsWith(start) ? [{ point }] : []));
  const count = Math.min(most, all.length);
  const last = all.length - 1;
  return Array.from({ length: count }, (_, i) => Math.round((i * last) / Math.max(1, count - 1))).flatMap(
    (place) => all.slice(place, place + 1),
  );
}
