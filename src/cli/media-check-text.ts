import type { FieldContent, MediaCheckEditReport } from '../job/media-check-edit.js';
import { changeTable } from './edit.js';
import { grouped, labelled, outputText, printable } from './text.js';

/** The outcome of `media-check --implant` and `--strip` for people. */
export async function mediaCheckEditText(report: MediaCheckEditReport): Promise<string> {
  const text = labelled([
    ['Input', printable(report.input)],
    ['Media check', mediaCheckLine(report)],
    ...replacedLines(report),
    [
      report.dryRun ? 'Would change' : 'Changed',
      `${grouped(report.bytesChanged)} bytes of the primary volume descriptor; every file stays as it is`,
    ],
    ...report.warnings.map((warning): [string, string] => ['Warning', printable(warning)]),
    ...closingLines(report),
  ]);
  return report.dryRun ? `${text}\n\n${await changeTable(report.changes)}` : text;
}

function mediaCheckLine({ mediaCheck: { after }, coveredBytes }: MediaCheckEditReport): string {
  return after === null
    ? 'taken out; the field is blank'
    : `MD5 ${after} of the first ${grouped(coveredBytes ?? 0)} bytes; the last 15 blocks are not covered`;
}

const REPLACED: Readonly<Record<FieldContent, string>> = {
  isomd5sum: 'an implanted MD5',
  suse: "the digest of SUSE's checkmedia",
  other: 'bytes of some other program',
};

function replacedLines({ replaced, mediaCheck: { before } }: MediaCheckEditReport): [string, string][] {
  return replaced === null
    ? []
    : [['Was', `${REPLACED[replaced]}${before === null ? '' : `, ${before}`}; it is gone`]];
}

function closingLines(report: MediaCheckEditReport): [string, string][] {
  if (report.dryRun) {
    return [['Dry run', 'nothing was written']];
  }
  const lines: [string, string][] = [['Output', outputText(report.output ?? '', report.size)]];
  if (report.undo !== null) {
    lines.push(['Undo', `isoboot undo "${printable(report.input)}" (from ${printable(report.undo)})`]);
  }
  return lines;
}
