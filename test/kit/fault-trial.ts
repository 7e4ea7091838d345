/** Every command with every call to the system failing in turn: what is left each time, and what is wrong with that. */
import { lutimes, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IsoError, messageOf } from '../../src/errors.js';
import { currentProcess } from '../../src/sink/process.js';
import { parseTemporaryName } from '../../src/sink/temporary-name.js';
import { treeOf, type ExtractionScenario } from './extraction-scenario.js';
import { CHANGING, withFault, type Fault, type Method, type Outcome } from './fault.js';
import {
  IMAGE,
  isUndoFile,
  judge,
  lay,
  NEXT_FILE,
  OUTPUT,
  UNDO_FILE,
  type Expectation,
  type Files,
  type Scenario,
} from './scenario.js';

/** A command whose results are files. */
export type FileScenario = Scenario | ExtractionScenario;

/** A way in which calls fail. */
export interface FaultKind {
  readonly name: string;
  readonly fault: Omit<Fault, 'at'>;
}

const READING: readonly Method[] = ['read', 'open'];

/** What file systems like FAT do not know: links, and copies that share blocks or keep the mode. */
const FAT = ['link', 'copyFile'] as const satisfies readonly Method[];
const CHANGING_FAT = CHANGING.filter((method) => !FAT.some((denied) => denied === method));

/** The ways in which one call fails, and the process that ends there. */
export const FAULT_KINDS: readonly FaultKind[] = [
  { name: 'EIO', fault: { methods: CHANGING, lasts: 'once', code: 'EIO', torn: true } },
  { name: 'ENOSPC', fault: { methods: CHANGING, lasts: 'once', code: 'ENOSPC', torn: true } },
  { name: 'EIO of a read', fault: { methods: READING, lasts: 'once', code: 'EIO' } },
  { name: 'short write', fault: { methods: ['write'], lasts: 'once', short: true } },
  { name: 'short read', fault: { methods: ['read'], lasts: 'once', short: true } },
  { name: 'kill', fault: { methods: CHANGING, lasts: 'forever', torn: true } },
  { name: 'ENOSPC on FAT', fault: { methods: CHANGING_FAT, lasts: 'once', code: 'ENOSPC', denied: FAT } },
  { name: 'kill on FAT', fault: { methods: CHANGING_FAT, lasts: 'forever', torn: true, denied: FAT } },
];

/** What an error of the system may be called in the end. */
const FAILURES: readonly string[] = ['ISO_OUTPUT_IO', 'ISO_SOURCE_IO'];

/** How many calls were tried, and what was wrong. */
export interface TrialResult {
  readonly calls: number;
  readonly losses: readonly string[];
}

/** Fails a scenario's calls one after the other until it no longer meets the fault. */
export async function tryFaults(
  scenario: FileScenario,
  expectation: Expectation,
  kind: FaultKind,
  folder: string,
): Promise<TrialResult> {
  const losses: string[] = [];
  for (let at = 0; ; at += 1) {
    await lay(folder, expectation.begin);
    const handles = await openHandles();
    const outcome = await withFault(join(folder, IMAGE), { ...kind.fault, at }, () => scenario.run(folder));
    const left = (await openHandles()) - handles;
    const wrong =
      left > 0
        ? `${left} handles left open`
        : await wrongWith(scenario, expectation, kind.fault, outcome, folder);
    if (wrong !== undefined) {
      losses.push(
        `${scenario.command}, ${scenario.sink}, ${kind.name} at ${at} (${outcome.struck ?? 'none'}): ${wrong}`,
      );
    }
    if (outcome.struck === undefined) {
      return { calls: at, losses };
    }
  }
}

/** How many files this process has open, where the system tells. */
export async function openHandles(): Promise<number> {
  return readdir('/proc/self/fd').then(
    ({ length }) => length,
    () => 0,
  );
}

async function wrongWith(
  scenario: FileScenario,
  expectation: Expectation,
  fault: Omit<Fault, 'at'>,
  { error, struck }: Outcome,
  folder: string,
): Promise<string | undefined> {
  if (error === undefined) {
    return wrongThoughDone(expectation, folder);
  }
  if (struck === undefined || fault.short === true) {
    return `it fails: ${messageOf(error)}`;
  }
  if (!(error instanceof IsoError) || !FAILURES.includes(error.code)) {
    return `it throws ${error instanceof IsoError ? error.code : messageOf(error)}`;
  }
  const killed = fault.lasts === 'forever';
  const left = await temporaries(folder);
  if (left.length > 0 && !killed && struck !== 'rm') {
    return `it leaves ${left.join(', ')}`;
  }
  return (
    partOf(await treeOf(folder), expectation, fault) ??
    (scenario.sink === 'copy' ? await nextRun(scenario, expectation, folder) : undefined) ??
    judge(folder, expectation)
  );
}

/** The undo file of a further edit may stay behind, where it can do no harm. */
async function wrongThoughDone(expectation: Expectation, folder: string): Promise<string | undefined> {
  const found = new Map(await treeOf(folder));
  const isLeft = found.delete(NEXT_FILE);
  const done = difference(found, expectation.end);
  if (done !== undefined) {
    return `it says that all is well: ${done}`;
  }
  return isLeft ? judge(folder, expectation) : undefined;
}

/** What is not as it should be; an undo file tells the time, too. */
function difference(found: Files, wanted: Files): string | undefined {
  const names = new Set([...found.keys(), ...wanted.keys()]);
  return [...names]
    .map((name) => {
      const [is, should] = [found.get(name), wanted.get(name)];
      if (is === undefined || should === undefined) {
        return `${name} is ${is === undefined ? 'missing' : 'left'}`;
      }
      return name === UNDO_FILE || Buffer.compare(is, should) === 0 ? undefined : `${name} is wrong`;
    })
    .find((each) => each !== undefined);
}

/**
 * Outputs are whole or not there; where there are no links, they may be empty until the next run. The image and its
 * undo files are judged apart.
 */
function partOf(
  found: Files,
  { end }: Expectation,
  { denied, lasts }: Omit<Fault, 'at'>,
): string | undefined {
  const mayReserve = lasts === 'forever' && denied?.includes('link') === true;
  for (const [path, bytes] of found) {
    const isOutput = path !== IMAGE && !isUndoFile(path) && parseTemporaryName(nameIn(path)) === undefined;
    if (mayReserve && bytes.length === 0) {
      continue;
    }
    if (isOutput && (!end.has(path) || Buffer.compare(bytes, end.get(path) ?? bytes) !== 0)) {
      return `${path} is not whole`;
    }
  }
  return undefined;
}

function nameIn(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

async function temporaries(folder: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true });
  return paths.filter((path) => parseTemporaryName(nameIn(path)) !== undefined);
}

/** Above what any system gives out. */
const NO_PID = 4_999_999;

/** Makes temporary files of this process those of one that is gone. */
async function abandon(folder: string): Promise<void> {
  const { pid } = currentProcess();
  for (const path of await temporaries(folder)) {
    const name = nameIn(path);
    const dead = name.replace(`-${pid}-`, `-${NO_PID}-`);
    await rename(join(folder, path), join(folder, `${path.slice(0, -name.length)}${dead}`));
  }
  const reserved = join(folder, OUTPUT);
  if ((await stat(reserved).catch(() => undefined))?.size === 0) {
    // Renaming made the temporary file the later one of the two.
    await lutimes(reserved, new Date(), new Date());
  }
}

/** The next run takes away what was left, and does the whole work where it was not done. */
async function nextRun(
  scenario: FileScenario,
  { end }: Expectation,
  folder: string,
): Promise<string | undefined> {
  await abandon(folder);
  const again = 'again' in scenario ? scenario.again : scenario.run;
  const error: unknown = await again(folder).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error !== undefined && !(error instanceof IsoError && error.code === 'ISO_OUTPUT_EXISTS')) {
    return `the next run fails: ${messageOf(error)}`;
  }
  const wrong = difference(await treeOf(folder), end);
  return wrong === undefined ? undefined : `after the next run ${wrong}`;
}
