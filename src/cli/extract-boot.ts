import { basename, extname } from 'node:path';
import type { ArgumentsCamelCase } from 'yargs';
import { extractBoot, type ExtractBootOptions, type ExtractBootReport } from '../job/extract-boot.js';
import type { ExtractedReport } from '../job/report.js';
import { isRawVolume } from '../source/device-failure.js';
import { OWN_GROUP, type OptionTable } from './declaration.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import {
  IMAGE_ARGUMENT,
  imageArgument,
  imageInput,
  outputRequired,
  pathOption,
  refuseTerminal,
  refuseTogether,
  speechOf,
  STANDARD_STREAM,
  wholeNumber,
  type CommonArgv,
} from './options.js';
import { printReport } from './output.js';
import { printable } from '../job/printable.js';
import { grouped, labelled, loaderText, warningLines } from './text.js';

const OPTIONS = {
  output: {
    alias: 'o',
    type: 'string',
    takes: 'file',
    requiresArg: true,
    describe: 'Where the boot file goes; - for standard output',
  },
  entry: {
    type: 'string',
    requiresArg: true,
    describe: 'Number of the catalog entry, from 1 on [default: 1]',
  },
  all: { type: 'string', takes: 'folder', requiresArg: true, describe: 'Save every entry into this folder' },
  catalog: { type: 'boolean', default: false, describe: 'Save the boot catalog itself' },
  force: { type: 'boolean', default: false, describe: 'Overwrite an existing output' },
} as const satisfies OptionTable;

/** Declares the arguments of `extract-boot`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', IMAGE_ARGUMENT)
    .nargs('image', 1)
    .options(OPTIONS)
    .group(Object.keys(OPTIONS), OWN_GROUP)
    .example('isoboot extract-boot working.iso -o boot.bif', 'saves the boot file')
    .example('isoboot extract-boot /dev/sr0 -o boot.bif', 'the same from a disc')
    .example('isoboot extract-boot working.iso --all loaders', 'every boot entry, into a folder');
}

type ExtractBootArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `extract-boot`. */
export async function run(args: ExtractBootArguments, host: Host): Promise<void> {
  const input = imageInput(host, args.image);
  refuseTogether({ '--entry': args.entry, '--all': args.all, '--catalog': args.catalog });
  refuseTogether({ '--output': args.output, '--all': args.all });
  const report = await extractBoot({
    input,
    what: whatOf(args, imageArgument(args.image), host),
    force: args.force,
    signal: host.signal,
    logger: await makeLogger(host, args, 'extract-boot'),
  });
  await printReport(host, speechOf(args, args.output === '-'), report, () => extractBootText(report));
}

function whatOf(args: ExtractBootArguments, image: string, host: Host): ExtractBootOptions['what'] {
  if (args.all !== undefined) {
    return { kind: 'all', folder: pathOption('--all', args.all) ?? '.' };
  }
  if (args.output === '-') {
    refuseTerminal(host, 'a boot file');
  }
  const outputOr = (ending: string) =>
    args.output === STANDARD_STREAM
      ? host.stdout
      : (pathOption('--output', args.output) ?? nameBy(image, ending));
  if (args.catalog) {
    return { kind: 'catalog', output: outputOr('-catalog.bin') };
  }
  const index = args.entry === undefined ? 1 : wholeNumber('--entry', args.entry, 1, 0xffff);
  return { kind: 'entry', index, output: outputOr(index === 1 ? '.bif' : `-${index}.bif`) };
}

/** What a result is named by; of a drive such as `\\.\D:` its letter, since a file's name has no colon. */
function nameBy(image: string, ending: string): string {
  if (image === STANDARD_STREAM) {
    throw outputRequired();
  }
  const stem = isRawVolume(image) ? image.replace(/^.*\\|:/g, '') : basename(image, extname(image));
  return `${stem}${ending}`;
}

function extractBootText({ input, all, warnings }: ExtractBootReport): string {
  return labelled([['Input', printable(input)], ...all.flatMap(extractedLines), ...warningLines(warnings)]);
}

function extractedLines(extracted: ExtractedReport): [string, string][] {
  const { entry, lba, size, sizeFrom, sizeCertain, loader, output, sha256 } = extracted;
  const what =
    sizeFrom === null
      ? 'the boot catalog'
      : entry === null
        ? 'the loader in the tree'
        : `boot entry ${entry}`;
  const certainty = sizeCertain ? '' : ', which is only an upper limit';
  const source = sizeFrom === null ? '' : ` (size from the ${sizeFrom.replaceAll('-', ' ')}${certainty})`;
  return [
    ['Found', `${what}${sizeFrom === null ? '' : `, ${loaderText(loader)}`}, at block ${lba}`],
    ['Saved', `${grouped(size)} bytes${source} to ${printable(output)}`],
    ['sha256', sha256],
  ];
}
