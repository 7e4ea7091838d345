/** What outside programs say about an image's boot record and boot catalog. */
import { pycdlibWalk } from './readers.js';
import { run, runOk, type ToolName } from './tools.js';

/** The tools behind the reports. */
export const REPORT_TOOLS: readonly ToolName[] = ['dumpet', 'xorriso', '7z', 'pycdlib'];

/** One entry of a boot catalog. */
export interface BootEntry {
  /** 0 for a BIOS, 0xEF for UEFI. */
  readonly platform: number;
  readonly bootable: boolean;
  /** 0 for none. */
  readonly emulation: number;
  readonly loadSegment: number;
  /** In 512-byte sectors. */
  readonly loadSize: number;
  readonly lba: number;
}

/** The catalog as dumpet reads it; no entries where it finds no boot record at block 17. */
export async function dumpetEntries(image: string): Promise<BootEntry[]> {
  return parseDumpet((await run('dumpet', ['-i', image])).stdout.toString());
}

/** The catalog in what dumpet printed. */
export function parseDumpet(output: string): BootEntry[] {
  const entries: BootEntry[] = [];
  let platform = 0;
  for (const section of output.split(/^(?=\S)/m)) {
    platform = hexIn(section, /PlatformId: 0x([0-9a-f]+)/i) ?? platform;
    if (/Entry is (not )?bootable/.test(section)) {
      entries.push(dumpetEntry(section, platform));
    }
  }
  return entries;
}

const DUMPET_EMULATIONS: readonly string[] = ['no emulation', '1.2', '1.44', '2.88', 'hard'];

function dumpetEntry(section: string, platform: number): BootEntry {
  const emulation = /emulation type: (.*)/.exec(section)?.[1] ?? '';
  return {
    platform,
    bootable: section.includes('Entry is bootable'),
    emulation: DUMPET_EMULATIONS.findIndex((name) => emulation.includes(name)),
    loadSegment: hexIn(section, /load (?:segment|address):.*?0x([0-9a-f]+)/i) ?? -1,
    loadSize: hexIn(section, /Load Sectors:.*\(0x([0-9a-f]+)\)/) ?? -1,
    lba: hexIn(section, /Load LBA:.*\(0x([0-9a-f]+)\)/) ?? -1,
  };
}

function hexIn(text: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

/** The catalog as pycdlib reads it, which takes the image apart more strictly than the others. */
export async function pycdlibEntries(image: string): Promise<BootEntry[]> {
  return ((await pycdlibWalk(image)).boot ?? []) as BootEntry[];
}

/** How many boot images 7-Zip makes up from the catalog. */
export async function sevenZipBootImages(image: string): Promise<number> {
  const listing = await runOk('7z', ['l', '-slt', '-tiso', image]);
  return listing.toString().match(/^Path = \[BOOT\]/gm)?.length ?? 0;
}

/** xorriso's account of El Torito. */
export interface XorrisoReport {
  readonly catalogLba: number | undefined;
  readonly entries: readonly {
    readonly platform: string;
    readonly loadSize: number;
    readonly lba: number;
    /** The file in the tree that the entry points at. */
    readonly path: string | undefined;
    /** Holds `boot-info-table` only where the table is right in every field. */
    readonly options: readonly string[];
  }[];
}

/** Asks xorriso about the boot catalog. */
export async function xorrisoReport(image: string): Promise<XorrisoReport> {
  const output = await runOk('xorriso', ['-indev', image, '-report_el_torito', 'plain']);
  const lines = output.toString().split('\n');
  const catalog = fieldsOf(lines, 'catalog  ')[0]?.[0];
  const paths = byNumber(fieldsOf(lines, 'img path '));
  const options = byNumber(fieldsOf(lines, 'img opts '));
  const entries = fieldsOf(lines, 'boot img ').map((fields) => {
    const [number = '', platform = ''] = fields;
    return {
      platform,
      loadSize: Number(fields[6]),
      lba: Number(fields[7]),
      path: paths.get(number)?.join(' '),
      options: options.get(number) ?? [],
    };
  });
  return { catalogLba: catalog === undefined ? undefined : Number(catalog), entries };
}

/** The blank-separated fields of the lines with this label. */
function fieldsOf(lines: readonly string[], label: string): string[][] {
  const start = `El Torito ${label}: `;
  return lines
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length).trim().split(/\s+/));
}

function byNumber(rows: readonly string[][]): Map<string, string[]> {
  return new Map(rows.map(([number = '', ...rest]) => [number, rest]));
}

/** What `checkisomd5` says of the MD5 implanted in an image. */
export type MediaCheck = 'pass' | 'fail' | 'none';

/** Runs `checkisomd5`, whose exit code is the same for a wrong sum and for none: its words tell them apart. */
export async function checkMedia(image: string): Promise<MediaCheck> {
  const { code, stdout, stderr } = await run('checkisomd5', [image]);
  const result = /result is: (NA|PASS|FAIL)/.exec(stdout.toString() + stderr)?.[1];
  if (result === undefined) {
    throw new Error(`checkisomd5 ${image}: exit ${code} without a result`);
  }
  return ({ NA: 'none', PASS: 'pass', FAIL: 'fail' } as const)[result as 'NA' | 'PASS' | 'FAIL'];
}
