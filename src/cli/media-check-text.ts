import type { FieldContent, MediaCheckEditReport } from '../job/media-check-edit.js';
import type { MediaCheckReport } from '../job/media-check.js';
import { lbaOfOffset } from '../units.js';
import { changeTable, resultLines } from './edit.js';
import { printable } from '../job/printable.js';
import { countText, grouped, labelled, sizeText, warningLines } from './text.js';

/** The outcome of `media-check` for people. */
export function mediaCheckText(report: MediaCheckReport): string {
  const { input, md5, size, missingBytes, volumeSize } = report;
  return labelled([
    ['Image', `${printable(input)}, ${sizeText(size)}`],
    ['Result', RESULTS[report.result]],
    ...(missingBytes === 0
      ? []
      : [
          [
            'Missing',
            `${grouped(missingBytes)} bytes of ${grouped(volumeSize)} that the volume says it has`,
          ] as const,
        ]),
    ['MD5', md5.recorded === md5.computed ? md5.computed : `${md5.computed}, recorded ${md5.recorded}`],
    ['Covered', coveredLine(report)],
    ...fragmentLines(report),
  ]);
}

const RESULTS: Readonly<Record<MediaCheckReport['result'], string>> = {
  pass: 'PASS',
  fail: 'FAIL: the image is not as it was when the media check was implanted',
  incomplete: 'INCOMPLETE: the image is shorter than its volume',
};

function coveredLine({ coveredBytes, skipSectors }: MediaCheckReport): string {
  return `the first ${grouped(coveredBytes)} bytes; the last ${countText(skipSectors, 'block is', 'blocks are')} not checked`;
}

function fragmentLines({ fragments }: MediaCheckReport): [string, string][] {
  if (fragments === null) {
    return [['Fragments', 'none in the field; judged by the MD5 alone']];
  }
  const { form, count, firstBad } = fragments;
  if (form === null) {
    return [['Fragments', 'of a form that is not known; judged by the MD5 alone']];
  }
  if (firstBad === null) {
    return [['Fragments', `${count}, all right`]];
  }
  const { index, offset, length } = firstBad;
  return [
    [
      'First bad',
      `fragment ${index}, bytes ${grouped(offset)} to ${grouped(offset + length - 1)} ` +
        `(blocks ${grouped(lbaOfOffset(offset))} to ${grouped(lbaOfOffset(offset + length - 1))})`,
    ],
  ];
}

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
    ...warningLines(report.warnings),
    ...resultLines(report),
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
