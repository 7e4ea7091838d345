import type { InjectReport } from '../job/report.js';
import { burningAdvice } from './burning.js';
import { changeTable, resultLines } from './edit.js';
import { printable } from '../job/printable.js';
import { countText, grouped, labelled, loaderText, warningLines } from './text.js';

/** The outcome of `inject` for people: short lines that can be read to a colleague on the phone. */
export async function injectText(report: InjectReport, platform: NodeJS.Platform): Promise<string> {
  if (report.alreadyDone) {
    return labelled([
      ['Nothing to do', `${printable(report.input)} boots ${printable(report.bootFile.path)} already`],
      ...bootLines(report),
    ]);
  }
  const text = labelled([
    ['Input', printable(report.input)],
    ['Loader', loaderLine(report)],
    ...otherEntries(report),
    [report.dryRun ? 'Would change' : 'Changed', changeLine(report)],
    ['', `boot record at block 17, boot catalog at block ${report.catalog.lba}, ${tableLine(report)}`],
    ...movedLines(report),
    ...bootLines(report),
    ...mediaCheckLines(report),
    ...warningLines(report.warnings),
    ...closingLines(report, platform),
  ]);
  return report.dryRun ? `${text}\n\n${await changeTable(report.changes)}` : text;
}

function loaderLine({ bootFile }: InjectReport): string {
  const { path, lba, size, loader } = bootFile;
  return `${printable(path)}, ${loaderText(loader)}, ${grouped(size)} bytes at block ${lba}`;
}

function otherEntries(report: InjectReport): [string, string][] {
  return report.entries
    .filter(({ lba }) => lba !== report.bootFile.lba)
    .map(({ platform, path, size, lba }) => [
      platform === 'efi' ? 'UEFI image' : `Loader (${platform})`,
      `${printable(path)}, ${grouped(size)} bytes at block ${lba}`,
    ]);
}

function changeLine({ changes, bytesChanged, grownBy, moved }: InjectReport): string {
  const growth = grownBy === 0 ? 'the size stays' : `longer by ${grouped(grownBy)} bytes`;
  const places = moved.length === 0 ? '; every file keeps its place' : '';
  return `${grouped(bytesChanged)} bytes in ${countText(changes.length, 'place', 'places')}; ${growth}${places}`;
}

/** Moves that are told one by one; where much makes room, the table of changes has the rest. */
const MOVES_TOLD = 4;

function movedLines({ moved, dryRun }: InjectReport): [string, string][] {
  const label = dryRun ? 'Would move' : 'Moved';
  const told = moved.slice(0, moved.length > MOVES_TOLD ? MOVES_TOLD - 1 : MOVES_TOLD);
  const lines = told.map(({ what, from, to, blocks }): [string, string] => [
    label,
    `${printable(what)}, ${countText(blocks, 'block', 'blocks')}, from block ${from} to ${to}, to make room`,
  ]);
  const untold = moved.length - told.length;
  return untold === 0 ? lines : [...lines, [label, `${untold} more; --json lists them all`]];
}

function tableLine({ bootFile: { bootInfoTable } }: InjectReport): string {
  return bootInfoTable.written
    ? `boot info table written (${bootInfoTable.reason})`
    : `no boot info table (${bootInfoTable.reason})`;
}

function bootLines({ boots, media }: InjectReport): [string, string][] {
  const answer = (yes: boolean): string => (yes ? 'yes' : 'no');
  return [
    ['BIOS', `${answer(boots.bios)}, because ${printable(boots.because.bios)}`],
    ['UEFI', `${answer(boots.uefi)}, because ${printable(boots.because.uefi)}`],
    ['Boots from', `disc, virtual CD; USB stick: ${boots.usb ? 'perhaps' : 'no'} (${boots.because.usb})`],
    ['Fits on', media.length === 0 ? 'no disc' : media.join(', ')],
  ];
}

function mediaCheckLines({ mediaCheck: { before, after } }: InjectReport): [string, string][] {
  if (before === null && after === null) {
    return [];
  }
  if (after === null) {
    return [['Media check', 'taken out, as it was wanted; installers cannot check this disc']];
  }
  return [['Media check', before === null ? `implanted (${after})` : `kept true (new MD5 ${after})`]];
}

function closingLines(report: InjectReport, platform: NodeJS.Platform): [string, string][] {
  const { output, media, dryRun } = report;
  const [result = ['', ''], ...undo] = resultLines(report);
  if (dryRun) {
    return [result];
  }
  const mind =
    "this is no longer the vendor's signed file: use it to boot and install, not to check a signature";
  const next: [string, string][] =
    output === null || output === '-' ? [] : [['Next', burningAdvice(platform, output, media)]];
  return [result, ['Mind', mind], ...undo, ...next];
}
