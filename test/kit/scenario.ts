/** Every command that writes, in place and as a copy: where it starts, what it does, and what may be left of it. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from '../../src/job/inject.js';
import { editMediaCheck } from '../../src/job/media-check-edit.js';
import { removeBoot } from '../../src/job/remove-boot.js';
import type { EditOptions } from '../../src/job/edit-options.js';
import { undo } from '../../src/job/undo.js';

/** The files of a folder: name -> bytes. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Names in a scenario's folder. */
export const IMAGE = 'image.iso';
export const UNDO_FILE = `${IMAGE}.isoboot-undo`;
export const OUTPUT = 'output.iso';

/** One command on one image. */
export interface Scenario {
  readonly command: string;
  readonly sink: 'in-place' | 'copy';
  /** The files before it, made from an image in the folder given. */
  readonly begin: (folder: string, bytes: Uint8Array) => Promise<Files>;
  /** Does it to the files in a folder. */
  readonly run: (folder: string, more?: RunOptions) => Promise<unknown>;
}

/** What the tests may want to have a say in. */
export type RunOptions = Pick<EditOptions, 'signal' | 'checkpoint' | 'onProgress'>;

/** What a scenario starts from and comes to. */
export interface Expectation {
  readonly begin: Files;
  readonly end: Files;
  /** What the image may be after at most one undo. */
  readonly images: readonly Uint8Array[];
  /** What the output may be, if it is there; nothing for an edit in place. */
  readonly output: Uint8Array | undefined;
}

interface Edit {
  readonly command: string;
  /** What was done to the image before, as a copy. */
  readonly after?: Run | undefined;
  readonly run: Run;
}

type Run = (options: EditOptions) => Promise<unknown>;

const implanted: Run = (options) => inject({ ...options, mediaCheck: 'add' });

/** The edits; each is tried in place and as a copy, and each in place is taken back too. */
const EDITS: readonly Edit[] = [
  { command: 'inject', run: inject },
  { command: 'inject, media check', run: implanted },
  { command: 'remove-boot', after: inject, run: removeBoot },
  {
    command: 'remove-boot, media check',
    after: implanted,
    run: (options) => removeBoot({ ...options, mediaCheck: 'strip' }),
  },
  { command: 'media-check --implant', run: (options) => editMediaCheck({ ...options, action: 'implant' }) },
  {
    command: 'media-check --strip',
    after: implanted,
    run: (options) => editMediaCheck({ ...options, action: 'strip' }),
  },
];

/** All scenarios. */
export const SCENARIOS: readonly Scenario[] = EDITS.flatMap((edit) => [
  inPlace(edit),
  asCopy(edit),
  takenBack(edit),
]);

function inPlace({ command, after, run }: Edit): Scenario {
  return {
    command,
    sink: 'in-place',
    begin: (folder, bytes) => startedFrom(after, folder, bytes),
    run: (folder, more) => run({ ...more, input: join(folder, IMAGE), target: { kind: 'in-place' } }),
  };
}

function asCopy({ command, after, run }: Edit): Scenario {
  return {
    command,
    sink: 'copy',
    begin: (folder, bytes) => startedFrom(after, folder, bytes),
    run: (folder, more) =>
      run({
        ...more,
        input: join(folder, IMAGE),
        target: { kind: 'copy', path: join(folder, OUTPUT), force: false },
      }),
  };
}

function takenBack(edit: Edit): Scenario {
  const done = inPlace(edit);
  return {
    command: `undo of ${edit.command}`,
    sink: 'in-place',
    begin: async (folder, bytes) => {
      await lay(folder, await done.begin(folder, bytes));
      await done.run(folder);
      return filesOf(folder);
    },
    run: (folder, more) => undo({ input: join(folder, IMAGE), signal: more?.signal }),
  };
}

async function startedFrom(after: Run | undefined, folder: string, bytes: Uint8Array): Promise<Files> {
  if (after === undefined) {
    return new Map([[IMAGE, bytes]]);
  }
  await lay(folder, new Map([[IMAGE, bytes]]));
  const path = join(folder, OUTPUT);
  await after({ input: join(folder, IMAGE), target: { kind: 'copy', path, force: false } });
  return new Map([[IMAGE, await readFile(path)]]);
}

/** Does a scenario once without trouble, in a folder of its own, and gives what it starts from and what it may leave. */
export async function rehearse(scenario: Scenario, folder: string, bytes: Uint8Array): Promise<Expectation> {
  const begin = await scenario.begin(folder, bytes);
  await lay(folder, begin);
  await scenario.run(folder);
  return expectationOf(scenario, folder, begin);
}

/** What a scenario may leave, from what it started from and a folder in which it was done. */
export async function expectationOf(scenario: Scenario, folder: string, begin: Files): Promise<Expectation> {
  const end = await filesOf(folder);
  const before = begin.get(IMAGE);
  const after = end.get(IMAGE);
  if (before === undefined || after === undefined) {
    throw new Error('a scenario without an image');
  }
  // Where an edit was done before, its undo file leads back behind that one as well.
  const images = begin.has(UNDO_FILE) ? [await firstOriginal(folder, begin)] : [before, after];
  return { begin, end, images: scenario.sink === 'copy' ? [before] : images, output: end.get(OUTPUT) };
}

async function firstOriginal(folder: string, begin: Files): Promise<Uint8Array> {
  await lay(folder, begin);
  await undo({ input: join(folder, IMAGE) });
  return readFile(join(folder, IMAGE));
}

/** Makes a folder hold these files and nothing else. */
export async function lay(folder: string, files: Files): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of files) {
    await writeFile(join(folder, name), bytes);
  }
}

/** The files of a folder. */
export async function filesOf(folder: string): Promise<Files> {
  const files = new Map<string, Uint8Array>();
  for (const name of await readdir(folder)) {
    files.set(name, await readFile(join(folder, name)));
  }
  return files;
}

/** Runs `undo` once if there is an undo file; gives what is wrong with what is left then, or nothing. */
export async function judge(folder: string, { images, output }: Expectation): Promise<string | undefined> {
  const image = join(folder, IMAGE);
  const names = await readdir(folder);
  if (names.includes(UNDO_FILE)) {
    const failure = await undo({ input: image }).then(() => undefined, String);
    if (failure !== undefined) {
      return `undo fails: ${failure}`;
    }
  }
  const found = await readFile(image);
  if (!images.some((each) => Buffer.compare(found, each) === 0)) {
    return 'the image is neither the original nor the result';
  }
  const isWhole = output !== undefined && names.includes(OUTPUT) && (await holds(folder, OUTPUT, output));
  return names.includes(OUTPUT) && !isWhole ? 'the output is not the whole result' : undefined;
}

async function holds(folder: string, name: string, bytes: Uint8Array): Promise<boolean> {
  return Buffer.compare(await readFile(join(folder, name)), bytes) === 0;
}
