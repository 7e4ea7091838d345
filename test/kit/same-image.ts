/** Asserts that outside programs find in an edited image what they found before, and its boot record. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Test } from 'tap';
import { sha256 } from './digest.js';
import { dumpetEntries } from './boot-reports.js';
import { pycdlibWalk, sevenZipFiles } from './readers.js';
import { run, type RunResult, type ToolName } from './tools.js';

/** The tools behind `observe` and `checkBootRecord`. */
export const OBSERVER_TOOLS: readonly ToolName[] = [
  'isoinfo',
  'isovfy',
  'bsdtar',
  '7z',
  'xorriso',
  'pycdlib',
  'dumpet',
];

/** Broken images make some of these programs run on for ever. */
const LIMIT_MS = 10_000;

/** What to leave out of contents: where a boot info table is, or the whole of a file. */
export interface Masks {
  /** A path, in any reader's spelling, whose bytes 8..63 may change. */
  readonly bootInfoTable?: RegExp;
  /** A path whose content some readers do not find, since they do not know how it is recorded. */
  readonly misread?: RegExp;
}

/** One line a fact, sorted; nothing where the program failed, crashed or did not end. */
type Observed = readonly string[] | undefined;

/** Program and question -> answer. */
export type Observations = ReadonlyMap<string, Observed>;

/** Asks every program, two at a time; `before` leaves out what none could answer of the image before. */
export async function observe(
  image: string,
  masks: Masks = {},
  before?: Observations,
): Promise<Observations> {
  const isAsked = (question: string): boolean => before === undefined || before.get(question) !== undefined;
  const [first, second] = await Promise.all([
    observeNames(image, isAsked),
    observeContents(image, masks, isAsked),
  ]);
  return new Map([...first, ...second]);
}

type IsAsked = (question: string) => boolean;

/** A question about names, the program that answers it, and how its answer is read. */
interface NameQuestion {
  readonly question: string;
  readonly command: readonly string[];
  readonly parse: (output: string) => Observed;
}

function nameQuestions(image: string): NameQuestion[] {
  const isoinfo = [[], ['-R'], ['-J']].map((flags) => ({
    question: ['isoinfo', ...flags].join(' '),
    command: ['isoinfo', '-f', ...flags, '-i', image],
    parse: lines,
  }));
  const sevenZip = ['iso', 'udf'].map((type) => ({
    question: `7z ${type}`,
    command: ['7z', 'l', '-slt', `-t${type}`, image],
    parse: sevenZipFiles,
  }));
  return [
    ...isoinfo,
    { question: 'isovfy', command: ['isovfy', image], parse: verdictLines },
    { question: 'bsdtar', command: ['bsdtar', '-t', '-v', '-f', image], parse: bsdtarLines },
    ...sevenZip,
    { question: '7z t', command: ['7z', 't', image], parse: () => [] },
  ];
}

async function observeNames(image: string, isAsked: IsAsked): Promise<[string, Observed][]> {
  const observations: [string, Observed][] = [];
  for (const { question, command, parse } of nameQuestions(image)) {
    if (isAsked(question)) {
      const [program = '', ...args] = command;
      observations.push([question, read(await answer(program, args), parse)]);
    }
  }
  return observations;
}

function verdictLines(output: string): Observed {
  return output.trimEnd().endsWith('No errors found') ? [] : undefined;
}

async function observeContents(image: string, masks: Masks, isAsked: IsAsked): Promise<[string, Observed][]> {
  const observations: [string, Observed][] = [];
  if (isAsked('bsdtar contents')) {
    observations.push(['bsdtar contents', (await extracted(masks, bsdtarExtraction(image)))?.contents]);
  }
  if (isAsked('xorriso')) {
    const xorriso = await extracted(masks, xorrisoExtraction(image));
    observations.push(['xorriso contents', xorriso?.contents]);
    observations.push(['xorriso', read(xorriso?.stdout, xorrisoLines)]);
    observations.push(['xorriso -check_media', read(xorriso?.stdout, mediaLines)]);
  }
  if (isAsked('pycdlib iso')) {
    observations.push(...(await pycdlibObservations(image, masks)));
  }
  return observations;
}

function xorrisoLines(output: string): Observed {
  return lines(output).filter((line) => /^[-dlbcps][-r]/.test(line));
}

function read(output: string | undefined, parse: (text: string) => Observed): Observed {
  return output === undefined ? undefined : parse(output);
}

/** What a program printed; nothing where it failed. */
async function answer(program: string, args: readonly string[]): Promise<string | undefined> {
  const result = await attempt(program, args);
  return result?.code === 0 ? result.stdout.toString() : undefined;
}

async function attempt(program: string, args: readonly string[]): Promise<RunResult | undefined> {
  try {
    return await run(program, args, { timeout: LIMIT_MS });
  } catch {
    return undefined;
  }
}

function lines(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .sort();
}

/** Mode, time and name: which of two hard links is a link to the other depends on where their directories lie. */
function bsdtarLines(listing: string): string[] {
  return lines(listing.replace(/^(\S+)\s+\d+ \S+\s+\S+\s+\d+ (.*?)( link to .*)?$/gm, '$1 $2'));
}

/** The quality of what xorriso read, without how much that was. */
function mediaLines(output: string): string[] | undefined {
  const qualities = lines(output).filter((line) => line.startsWith('Media region'));
  return qualities.every((line) => line.includes('+ good')) ? [] : undefined;
}

type Command = (folder: string) => string[];

function bsdtarExtraction(image: string): Command {
  return (folder) => ['bsdtar', '-x', '-f', image, '-C', folder];
}

function xorrisoExtraction(image: string): Command {
  return (folder) => [
    'xorriso',
    ...['-osirrox', 'on', '-indev', image, '-find', '/', '-exec', 'lsdl', '--'],
    ...['-check_media', 'use=indev', '--', '-extract', '/', join(folder, 'root')],
  ];
}

/** Extracts an image into a folder of its own and gives a digest of each file. */
async function extracted(
  masks: Masks,
  command: Command,
): Promise<{ contents: string[]; stdout: string } | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'isoboot-same-'));
  try {
    const [program = '', ...args] = command(folder);
    const result = await attempt(program, args);
    if (process.getuid?.() !== 0) {
      // Images carry read-only folders, which only the superuser can empty again.
      await run('chmod', ['-R', 'u+rwX', folder]);
    }
    if (result?.code !== 0) {
      return undefined;
    }
    return { contents: await folderDigests(folder, masks), stdout: result.stdout.toString() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function folderDigests(folder: string, masks: Masks): Promise<string[]> {
  const digests: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      digests.push(`${relative(folder, path)} ${digestOf(path, await readFile(path), masks)}`);
    }
  }
  return digests.sort();
}

function digestOf(path: string, bytes: Buffer, { bootInfoTable, misread }: Masks): string {
  if (misread?.test(path) === true) {
    return 'not comparable';
  }
  if (bootInfoTable?.test(path) === true) {
    bytes.fill(0, Math.min(8, bytes.length), Math.min(64, bytes.length));
  }
  return sha256(bytes);
}

async function pycdlibObservations(image: string, masks: Masks): Promise<[string, Observed][]> {
  try {
    const { trees } = await pycdlibWalk(image);
    return Object.entries(trees).map(([tree, files]) => [
      `pycdlib ${tree}`,
      Object.entries(files)
        .map(([path, [whole = '', outsideTable = '']]) => {
          const digest = masks.bootInfoTable?.test(path) === true ? outsideTable : whole;
          return `${path} ${masks.misread?.test(path) === true ? 'not comparable' : digest}`;
        })
        .sort(),
    ]);
  } catch {
    return [['pycdlib iso', undefined]];
  }
}

/** Asserts that whoever could read the image before reads the same now; gives how many could not. */
export function checkSame(t: Test, before: Observations, after: Observations): number {
  let incomparable = 0;
  for (const [question, was] of before) {
    if (was === undefined) {
      incomparable += 1;
      continue;
    }
    t.strictSame(after.get(question), was, `${question}: the same as before`);
  }
  return incomparable;
}

/** Asserts that three programs find the boot record at block 17, with the same catalog and entries. */
export async function checkBootRecord(t: Test, image: string): Promise<void> {
  const [entries, xorriso, isoinfo] = await Promise.all([
    dumpetEntries(image),
    attempt('xorriso', ['-indev', image, '-report_el_torito', 'plain']),
    attempt('isoinfo', ['-d', '-i', image]),
  ]);
  t.ok(entries.length > 0, 'dumpet finds entries');
  const said = isoinfo?.stdout.toString() ?? '';
  t.match(said, /El Torito VD version 1 found, boot catalog is in sector \d+/, 'isoinfo finds the catalog');
  if (xorriso?.code === 0) {
    const listed = [...xorriso.stdout.toString().matchAll(/^El Torito boot img :.* (\d+)\s*$/gm)];
    t.same(
      listed.map(([, lba]) => Number(lba)),
      entries.map(({ lba }) => lba),
      'xorriso: the same boot images',
    );
  }
}
