import type { ArgumentsCamelCase } from 'yargs';
import { inspect } from '../job/inspect.js';
import { mediaFor } from '../job/medium.js';
import type { EntryReport, InspectReport } from '../job/report.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import { IMAGE_ARGUMENT, imageInput, speechOf, type CommonArgv } from './options.js';
import { printReport } from './output.js';
import { printable } from '../job/printable.js';
import { grouped, labelled, loaderText, factsLine, sizeText } from './text.js';

/** Declares the arguments of `inspect`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', IMAGE_ARGUMENT)
    .nargs('image', 1)
    .example('isoboot inspect disc.iso', 'whether it boots, and from which files');
}

type InspectArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `inspect`. */
export async function run(args: InspectArguments, host: Host): Promise<void> {
  const logger = await makeLogger(host, args, 'inspect');
  const report = await inspect(imageInput(host, args.image), { logger, signal: host.signal });
  await printReport(host, speechOf(args), report, () => inspectText(report));
}

function inspectText(report: InspectReport): string {
  const { volume, boot } = report;
  return labelled([
    [
      'Image',
      `${printable(report.input)}, ${sizeText(report.size)}; fits on ${mediaFor(report.size).join(', ') || 'no disc'}`,
    ],
    ['Volume', `"${printable(volume.id)}", ${grouped(volume.blocks)} blocks of ${volume.blockSize} bytes`],
    ...(volume.application === '' ? [] : [['Made by', printable(volume.application)] as const]),
    ...(volume.created === null ? [] : [['Created', volume.created] as const]),
    ['Descriptors', report.descriptors.map(({ lba, type }) => `${lba} ${type}`).join(', ')],
    ['Names', namesLine(report)],
    ['Files', `${grouped(report.files)} in ${grouped(report.directories)} directories`],
    ['Bootable', bootLine(boot)],
    ...(boot?.entries ?? []).map((entry): [string, string] => [`Entry ${entry.index}`, entryLine(entry)]),
    ['Hybrid', hybridLine(report)],
    ['Media check', mediaCheckText(report)],
    ...report.manifests.map(({ path, file, algorithm }): [string, string] => [
      'Checksums',
      printable(`${path} lists the ${algorithm} sum of ${file}`),
    ]),
    ...undoLines(report),
    ...report.findings.map((finding): [string, string] => [finding.severity, factsLine(finding)]),
  ]);
}

function undoLines({ input, undo }: InspectReport): [string, string][] {
  if (undo === null) {
    return [];
  }
  const command = `isoboot undo "${printable(input)}"`;
  const where = printable(undo.path);
  if (undo.inProgress) {
    return [['Edit', `another isoboot is at work on this image now (${where})`]];
  }
  switch (undo.state) {
    case 'done':
      return [['Undo', `${command} takes back what was edited in place (from ${where})`]];
    case 'incomplete':
      return [['Undo', `an edit was interrupted before it touched the image; ${where} is left over`]];
    default:
      return [['INTERRUPTED', `an edit did not come to its end, and the image is half-written: ${command}`]];
  }
}

function namesLine({ extensions }: InspectReport): string {
  const names = [
    'ISO 9660',
    extensions.rockRidge ? 'Rock Ridge' : '',
    extensions.joliet ? 'Joliet' : '',
    extensions.udf ? 'UDF' : '',
    extensions.hfs ? 'HFS' : '',
  ];
  return names.filter((name) => name !== '').join(', ');
}

function bootLine(boot: InspectReport['boot']): string {
  if (boot === null) {
    return 'no, there is no El Torito boot record';
  }
  if (!boot.sound) {
    return `no, the boot record at block ${boot.recordLba} points at block ${boot.catalogLba}, which is no boot catalog`;
  }
  return `yes, boot record at block ${boot.recordLba}, catalog at block ${boot.catalogLba}`;
}

function entryLine(entry: EntryReport): string {
  const {
    platform,
    bootable,
    emulation,
    lba,
    path,
    size,
    sizeFrom,
    sizeCertain,
    loadSize,
    loader,
    bootInfoTable,
  } = entry;
  const certainty = sizeCertain ? '' : ', an upper limit';
  return [
    `${platform}${bootable ? '' : ' (marked not bootable)'}`,
    emulation === 'none' ? 'no emulation' : `${emulation} emulation`,
    path === null ? 'hidden' : printable(path),
    loaderText(loader),
    `${grouped(size)} bytes (${sizeFrom.replaceAll('-', ' ')}${certainty}) at block ${lba}`,
    `loads ${loadSize} x 512 bytes`,
    `boot info table ${bootInfoTable}`,
  ].join(', ');
}

function hybridLine({ hybrid }: InspectReport): string {
  const tables = [
    hybrid.mbr ? 'MBR' : '',
    hybrid.gpt ? 'GPT' : '',
    hybrid.apple ? 'Apple partition map' : '',
  ];
  const found = tables.filter((name) => name !== '').join(', ');
  return found === '' ? 'no partition table, so no USB stick boots from it' : found;
}

function mediaCheckText({ mediaCheck, suseDigest }: InspectReport): string {
  if (mediaCheck !== null) {
    return `implanted MD5 ${mediaCheck.md5}`;
  }
  return suseDigest === null
    ? 'no implanted MD5'
    : `${suseDigest.algorithm} digest of SUSE's checkmedia ${suseDigest.digest}`;
}
