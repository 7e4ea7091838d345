/** Every command that writes, in place and as a copy: where it starts, what it does, and what may be left of it. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from '../../src/job/inject.js';
import { editMediaCheck } from '../../src/job/media-check-edit.js';
import { removeBoot } from '../../src/job/remove-boot.js';
import type { EditOptions } from '../../src/job/edit-options.js';
import { undo } from '../../src/job/undo.js';
import { nextPathOf } from '../../src/sink/undo-name.js';

/** The files of a folder: name -> bytes. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** Names in a scenario's folder. */
export const IMAGE = 'image.iso';
export const UNDO_FILE = `${IMAGE}.isoboot-undo`;
/** The undo file of a further edit, until it is done. */
export const NEXT_FILE = nextPathOf(UNDO_FILE);
export const OUTPUT = 'output.iso';

/** One command on one image. */
export interface Scenario {
  readonly command: string;
  readonly sink: 'in-place' | 'copy';
  /** What it starts from, made from an image in the folder given. */
  readonly begin: (folder: string, bytes: Uint8Array) => Promise<Beginning>;
  /** Does it to the files in a folder. */
  readonly run: (folder: string, more?: RunOptions) => Promise<unknown>;
}

/** What a scenario starts from. */
export interface Beginning {
  readonly files: Files;
  /** The image before all edits in place, where there were any: what `undo` gives, whatever else was done since. */
  readonly original?: Uint8Array | undefined;
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
  /** What was done to the image before, in place, so that there is an undo file to extend. */
  readonly extended?: Run | undefined;
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

/** An edit of an image that has an undo file. */
const FURTHER: Edit = { command: 'remove-boot after inject', extended: inject, run: removeBoot };

/** All scenarios. */
export const SCENARIOS: readonly Scenario[] = [
  ...EDITS.flatMap((edit) => [inPlace(edit), asCopy(edit), takenBack(edit)]),
  inPlace(FURTHER),
  takenBack(FURTHER),
  interruptedTakenBack(FURTHER),
];

function inPlace({ command, after, extended, run }: Edit): Scenario {
  return {
    command,
    sink: 'in-place',
    begin: async (folder, bytes) => extendedBy(extended, folder, await startedFrom(after, folder, bytes)),
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
      const { files, original } = await done.begin(folder, bytes);
      await lay(folder, files);
      await done.run(folder);
      return { files: await filesOf(folder), original: original ?? files.get(IMAGE) };
    },
    run: (folder, more) => undo({ input: join(folder, IMAGE), signal: more?.signal }),
  };
}

/** Two undo files at once: that of the earlier edit, and that of the further one, cut off behind its last phase. */
function interruptedTakenBack(edit: Edit): Scenario {
  const done = inPlace(edit);
  return {
    ...takenBack(edit),
    command: `undo of interrupted ${edit.command}`,
    begin: async (folder, bytes) => {
      const { files, original } = await done.begin(folder, bytes);
      await lay(folder, files);
      const moments: Files[] = [];
      await done.run(folder, { checkpoint: async () => void moments.push(await filesOf(folder)) });
      const interrupted = moments.filter((each) => each.has(NEXT_FILE)).at(-1);
      if (interrupted === undefined) {
        throw new Error('an edit that extends no undo file');
      }
      return { files: interrupted, original };
    },
  };
}

async function startedFrom(after: Run | undefined, folder: string, bytes: Uint8Array): Promise<Beginning> {
  if (after === undefined) {
    return { files: new Map([[IMAGE, bytes]]) };
  }
  await lay(folder, new Map([[IMAGE, bytes]]));
  const path = join(folder, OUTPUT);
  await after({ input: join(folder, IMAGE), target: { kind: 'copy', path, force: false } });
  return { files: new Map([[IMAGE, await readFile(path)]]) };
}

async function extendedBy(run: Run | undefined, folder: string, { files }: Beginning): Promise<Beginning> {
  if (run === undefined) {
    return { files };
  }
  await lay(folder, files);
  await run({ input: join(folder, IMAGE), target: { kind: 'in-place' } });
  return { files: await filesOf(folder), original: files.get(IMAGE) };
}

/** Does a scenario once without trouble, in a folder of its own, and gives what it starts from and what it may leave. */
export async function rehearse(scenario: Scenario, folder: string, bytes: Uint8Array): Promise<Expectation> {
  const begin = await scenario.begin(folder, bytes);
  await lay(folder, begin.files);
  await scenario.run(folder);
  return expectationOf(scenario, folder, begin);
}

/** What a scenario may leave, from what it started from and a folder in which it was done. */
export async function expectationOf(
  { sink }: Scenario,
  folder: string,
  { files, original }: Beginning,
): Promise<Expectation> {
  const end = await filesOf(folder);
  const before = files.get(IMAGE);
  const after = end.get(IMAGE);
  if (before === undefined || after === undefined) {
    throw new Error('a scenario without an image');
  }
  const images = sink === 'copy' ? [before] : original === undefined ? [before, after] : [original];
  return { begin: files, end, images, output: end.get(OUTPUT) };
}

/** Whether a name is that of an undo file, or of what stands beside one for a time. */
export function isUndoFile(name: string): boolean {
  return name.startsWith(UNDO_FILE);
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
  if (names.includes(UNDO_FILE) || names.includes(NEXT_FILE)) {
    const failure = await undo({ input: image }).then(() => undefined, String);
    if (failure !== undefined) {
      return `undo fails: ${failure}`;
    }
    const left = (await readdir(folder)).filter(isUndoFile);
    if (left.length > 0) {
      return `undo leaves ${left.join(', ')}`;
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
