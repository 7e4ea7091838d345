/** Asserts that outside programs find in an edited image what they found before, and its boot record. */
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Test } from 'tap';
import { sha256 } from './digest.js';
import { parseDumpet } from './boot-reports.js';
import { parsePycdlib, pycdlibCommand, READER_TOOLS, sevenZipFiles } from './readers.js';
import { run, runSeries, type ToolName } from './tools.js';

/** The tools behind `observe` and `checkBootRecord`. */
export const OBSERVER_TOOLS: readonly ToolName[] = [...READER_TOOLS, 'dumpet'];

/** Broken images make some of these programs run on for ever. */
const LIMIT_SECONDS = 10;

/** What to leave out: of contents, where a boot info table is or the whole of a file; and questions. */
export interface Masks {
  /** A path, in any reader's spelling, whose bytes 8..63 may change. */
  readonly bootInfoTable?: RegExp;
  /** A path whose content some readers do not find, since they do not know how it is recorded. */
  readonly misread?: RegExp;
  /** Questions whose program does not come to an end on this image. */
  readonly endless?: readonly string[];
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
  const isAsked = (question: string): boolean =>
    masks.endless?.includes(question) !== true &&
    (before === undefined || before.get(question) !== undefined);
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
  const asked = nameQuestions(image).filter(({ question }) => isAsked(question));
  const answers = await attempts(asked.map(({ command }) => command));
  return asked.map(({ question, parse }, i) => [question, read(answers[i], parse)]);
}

function verdictLines(output: string): Observed {
  return output.trimEnd().endsWith('No errors found') ? [] : undefined;
}

/** A question about contents: where the program extracts to, if it does, and what is read from that and its answer. */
interface ContentQuestion {
  readonly question: string;
  readonly command: readonly string[];
  readonly observations: (output: Buffer | undefined) => Promise<[string, Observed][]>;
}

function contentQuestions(image: string, masks: Masks, folder: string): ContentQuestion[] {
  const [bsdtar, xorriso] = [join(folder, 'bsdtar'), join(folder, 'xorriso')];
  const digests = async (output: Buffer | undefined, extracted: string): Promise<Observed> =>
    output === undefined ? undefined : folderDigests(extracted, masks);
  return [
    {
      question: 'bsdtar contents',
      command: ['bsdtar', '-x', '-f', image, '-C', bsdtar],
      observations: async (output) => [['bsdtar contents', await digests(output, bsdtar)]],
    },
    {
      question: 'xorriso',
      command: xorrisoExtraction(image, xorriso),
      observations: async (output) => [
        ['xorriso contents', await digests(output, xorriso)],
        ['xorriso', read(output, xorrisoLines)],
        ['xorriso -check_media', read(output, mediaLines)],
      ],
    },
    {
      question: 'pycdlib iso',
      command: pycdlibCommand(image),
      observations: async (output) => pycdlibObservations(output, masks),
    },
  ];
}

async function observeContents(image: string, masks: Masks, isAsked: IsAsked): Promise<[string, Observed][]> {
  const folder = await mkdtemp(join(tmpdir(), 'isoboot-same-'));
  try {
    await Promise.all(['bsdtar', 'xorriso'].map((name) => mkdir(join(folder, name))));
    const asked = contentQuestions(image, masks, folder).filter(({ question }) => isAsked(question));
    const answers = await attempts(asked.map(({ command }) => command));
    if (process.getuid?.() !== 0) {
      // Images carry read-only folders, which only the superuser can empty again.
      await run('chmod', ['-R', 'u+rwX', folder]);
    }
    return (await Promise.all(asked.map((each, i) => each.observations(answers[i])))).flat();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function xorrisoLines(output: string): Observed {
  return lines(output).filter((line) => /^[-dlbcps][-r]/.test(line));
}

function read(output: Buffer | undefined, parse: (text: string) => Observed): Observed {
  return output === undefined ? undefined : parse(output.toString());
}

/** What each program printed; nothing where it failed. */
async function attempts(commands: readonly (readonly string[])[]): Promise<(Buffer | undefined)[]> {
  const results = await runSeries(commands, LIMIT_SECONDS);
  return results.map(({ code, stdout }) => (code === 0 ? stdout : undefined));
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

function xorrisoExtraction(image: string, folder: string): string[] {
  return [
    'xorriso',
    ...['-osirrox', 'on', '-indev', image, '-find', '/', '-exec', 'lsdl', '--'],
    ...['-check_media', 'use=indev', '--', '-extract', '/', join(folder, 'root')],
  ];
}

/** A digest of each file below a folder. */
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

function pycdlibObservations(output: Buffer | undefined, masks: Masks): [string, Observed][] {
  if (output === undefined) {
    return [['pycdlib iso', undefined]];
  }
  return Object.entries(parsePycdlib(output).trees).map(([tree, files]) => [
    `pycdlib ${tree}`,
    Object.entries(files)
      .map(([path, [whole = '', outsideTable = '']]) => {
        const digest = masks.bootInfoTable?.test(path) === true ? outsideTable : whole;
        return `${path} ${masks.misread?.test(path) === true ? 'not comparable' : digest}`;
      })
      .sort(),
  ]);
}

/** Asserts that whoever could read the image before reads the same now; gives how many could not. */
export function checkSame(t: Test, before: Observations, after: Observations): number {
  const answered = [...before].filter(([, was]) => was !== undefined);
  const changed = answered.filter(([question, was]) => !isDeepStrictEqual(after.get(question), was));
  t.ok(answered.length > 0, 'some program can read the image');
  t.strictSame(
    Object.fromEntries(changed.map(([question]) => [question, after.get(question)])),
    Object.fromEntries(changed),
    `${answered.length} answers are the same as before`,
  );
  return before.size - answered.length;
}

/** Asserts that three programs find the boot record at block 17, with the same catalog and entries. */
export async function checkBootRecord(t: Test, image: string, masks: Masks = {}): Promise<void> {
  const [dumpet, isoinfo, xorriso] = await runSeries(
    [
      ['dumpet', '-i', image],
      ['isoinfo', '-d', '-i', image],
      ...(masks.endless?.includes('xorriso') === true
        ? []
        : [['xorriso', '-indev', image, '-report_el_torito', 'plain']]),
    ],
    LIMIT_SECONDS,
  );
  const entries = parseDumpet(dumpet?.stdout.toString() ?? '');
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
