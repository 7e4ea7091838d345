/** What outside programs see in an image: the names in every tree, and the contents of the files. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { sha256 } from './digest.js';
import { PYTHON, run, runOk, runSeries, type ToolName } from './tools.js';

/** A file's content as two digests. */
export interface Content {
  readonly whole: string;
  /** The same with bytes 8..63 as zeros: where a boot info table may stand. */
  readonly outsideTable: string;
}

/** What one reader sees in an image. */
export interface Reading {
  /** One line a file, sorted; some readers add size, mode and date. */
  readonly names: readonly string[];
  /** Path -> content, for the readers that were asked for it. */
  readonly contents: ReadonlyMap<string, Content>;
}

/** Reader -> what it sees; a tree that the image does not have is left out. */
export type Readings = ReadonlyMap<string, Reading>;

/** The tools behind `readImage`. */
export const READER_TOOLS: readonly ToolName[] = [
  'isoinfo',
  'isovfy',
  'bsdtar',
  '7z',
  'xorriso',
  'pycdlib',
  'timeout',
];

const LIMIT_SECONDS = 60;

const PYCDLIB_SCRIPT = fileURLToPath(new URL('./pycdlib-walk.py', import.meta.url));
const NO_CONTENTS: ReadonlyMap<string, Content> = new Map();

/** Reads an image with every reader, one after the other. */
export async function readImage(image: string): Promise<Readings> {
  const readings = new Map<string, Reading>();
  for (const flags of [[], ['-R'], ['-J']]) {
    const names = await isoinfoNames(image, flags);
    if (names !== undefined) {
      const contents = flags.length === 0 ? await isoinfoContents(image, names) : NO_CONTENTS;
      readings.set(['isoinfo', ...flags].join(' '), { names, contents });
    }
  }
  readings.set('bsdtar', await bsdtarReading(image));
  readings.set('xorriso', await xorrisoReading(image));
  for (const type of ['iso', 'udf'] as const) {
    const reading = await sevenZipReading(image, type);
    if (reading !== undefined) {
      readings.set(`7z ${type}`, reading);
    }
  }
  for (const [tree, reading] of await pycdlibReadings(image)) {
    readings.set(`pycdlib ${tree}`, reading);
  }
  return readings;
}

/** The names that isoinfo lists: ISO names, with `-R` Rock Ridge's, with `-J` Joliet's; nothing where it says no. */
export async function isoinfoNames(image: string, flags: readonly string[]): Promise<string[] | undefined> {
  const { code, stdout } = await run('isoinfo', ['-f', ...flags, '-i', image]);
  return code === 0 ? sortedLines(stdout) : undefined;
}

/** The names that bsdtar lists. */
export async function bsdtarNames(image: string): Promise<string[]> {
  return sortedLines(await runOk('bsdtar', ['-t', '-f', image]));
}

/** What four readers list; a reader that fails counts with its failure. */
export async function fourListings(image: string): Promise<unknown> {
  const results = await runSeries(
    [
      ...[[], ['-R'], ['-J']].map((flags) => ['isoinfo', '-f', ...flags, '-i', image]),
      ['bsdtar', '-t', '-f', image],
    ],
    LIMIT_SECONDS,
  );
  return results.map(({ code, stdout }) => (code === 0 ? sortedLines(stdout) : `exit code ${code}`));
}

/** Whether isovfy finds nothing to object to. */
export async function isovfyClean(image: string): Promise<boolean> {
  const { code, stdout } = await run('isovfy', [image]);
  return code === 0 && stdout.toString().trimEnd().endsWith('No errors found');
}

/** Files only: ISO names of files carry a version number behind a semicolon, those of folders do not. */
async function isoinfoContents(image: string, names: readonly string[]): Promise<Map<string, Content>> {
  const files = names.filter((path) => path.includes(';'));
  const results = await runSeries(
    files.map((path) => ['isoinfo', '-i', image, '-x', path]),
    LIMIT_SECONDS,
  );
  return new Map(
    results.map(({ code, stdout }, i) => {
      const path = files[i] ?? '';
      if (code !== 0) {
        throw new Error(`isoinfo -i ${image} -x ${path}: exit ${code}`);
      }
      return [path, contentOf(stdout)];
    }),
  );
}

async function bsdtarReading(image: string): Promise<Reading> {
  const names = sortedLines(await runOk('bsdtar', ['-t', '-v', '-f', image]));
  return { names, contents: await extracted((folder) => ['bsdtar', '-x', '-f', image, '-C', folder]) };
}

async function xorrisoReading(image: string): Promise<Reading> {
  const listing = await runOk('xorriso', ['-indev', image, '-find', '/', '-exec', 'lsdl', '--']);
  const contents = await extracted((folder) => {
    return ['xorriso', '-osirrox', 'on', '-indev', image, '-extract', '/', join(folder, 'root')];
  });
  return { names: sortedLines(listing), contents };
}

/** 7-Zip reads a bridge disc as either; its `[BOOT]` lines are made up from the catalog and are no files. */
async function sevenZipReading(image: string, type: 'iso' | 'udf'): Promise<Reading | undefined> {
  const { code, stdout } = await run('7z', ['l', '-slt', `-t${type}`, image]);
  if (code !== 0) {
    return undefined;
  }
  const names = sevenZipFiles(stdout.toString());
  const contents = await extracted((folder) => {
    return ['7z', 'x', '-bd', '-y', `-t${type}`, '-x![BOOT]', `-o${folder}`, image];
  });
  return { names, contents };
}

/** 7-Zip's `[BOOT]` lines are made up from the catalog and are no files. */
export function sevenZipFiles(listing: string): string[] {
  const blocks = listing.slice(listing.indexOf('\n----------\n')).split('\n\n');
  return blocks
    .map((block) => ['Path', 'Folder', 'Size', 'Modified'].map((key) => valueIn(block, key)).join(' '))
    .filter((line) => line.trim() !== '' && !line.startsWith('[BOOT]'))
    .sort();
}

function valueIn(block: string, key: string): string {
  return new RegExp(`^${key} = (.*)$`, 'm').exec(block)?.[1] ?? '';
}

async function pycdlibReadings(image: string): Promise<Map<string, Reading>> {
  const { trees } = await pycdlibWalk(image);
  const readings = Object.entries(trees).map(([tree, files]): [string, Reading] => {
    const contents = Object.entries(files).map(
      ([path, [whole = '', outsideTable = '']]): [string, Content] => {
        return [path, { whole, outsideTable }];
      },
    );
    return [tree, { names: Object.keys(files).sort(), contents: new Map(contents) }];
  });
  return new Map(readings);
}

/** What pycdlib, which refuses what is out of order, says of an image. */
export interface PycdlibWalk {
  readonly trees: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly boot: readonly unknown[] | null;
}

/** Opens an image with pycdlib; fails where pycdlib does. */
export async function pycdlibWalk(image: string): Promise<PycdlibWalk> {
  const [program = '', ...args] = pycdlibCommand(image);
  return parsePycdlib(await runOk(program, args));
}

/** What has pycdlib walk through an image. */
export function pycdlibCommand(image: string): string[] {
  return [PYTHON, PYCDLIB_SCRIPT, image];
}

/** The walk that the command printed. */
export function parsePycdlib(output: Buffer): PycdlibWalk {
  return JSON.parse(output.toString()) as PycdlibWalk;
}

/** Extracts an image into a folder of its own and gives what is in the files. */
async function extracted(command: (folder: string) => string[]): Promise<ReadonlyMap<string, Content>> {
  const folder = await mkdtemp(join(tmpdir(), 'isoboot-read-'));
  try {
    const [program = '', ...args] = command(folder);
    await runOk(program, args);
    if (process.getuid?.() !== 0) {
      // Images carry read-only folders, which only the superuser can empty again.
      await runOk('chmod', ['-R', 'u+rwX', folder]);
    }
    return await folderContents(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function folderContents(folder: string): Promise<ReadonlyMap<string, Content>> {
  const contents = new Map<string, Content>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      contents.set(relative(folder, path), contentOf(await readFile(path)));
    }
  }
  return contents;
}

function contentOf(bytes: Buffer): Content {
  const masked = Buffer.from(bytes);
  masked.fill(0, Math.min(8, bytes.length), Math.min(64, bytes.length));
  return { whole: sha256(bytes), outsideTable: sha256(masked) };
}

function sortedLines(output: Buffer): string[] {
  return output
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .sort();
}

/** A path, in any reader's spelling, of the loader of the vendor-like trees. */
const BOOT_FILE = /isolinux\.bin(;1)?$/i;

/** Asserts that every reader sees the same files; the loader may differ where its boot info table stands. */
export function sameFilesAsBefore(t: Test, before: Readings, after: Readings): void {
  t.same([...after.keys()], [...before.keys()], 'the same trees are readable');
  for (const [reader, was] of before) {
    const is = after.get(reader);
    t.strictSame(is?.names, was.names, `${reader}: the same names`);
    t.strictSame(comparable(is?.contents), comparable(was.contents), `${reader}: the same contents`);
  }
}

function comparable(contents: ReadonlyMap<string, Content> | undefined): Record<string, string> {
  const entries = [...(contents ?? NO_CONTENTS)].map(([path, content]) => {
    return [path, BOOT_FILE.test(path) ? content.outsideTable : content.whole] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
