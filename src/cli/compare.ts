import type { ArgumentsCamelCase } from 'yargs';
import { EXIT, IsoError, type ExitCode } from '../errors.js';
import { compare, type CompareReport } from '../job/compare.js';
import type { ImageInput } from '../job/input.js';
import type { Owner } from '../job/block-owner.js';
import { OWN_GROUP, type OptionTable } from './declaration.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import { imageInput, pathOption, speechOf, type CommonArgv } from './options.js';
import { printReport } from './output.js';
import { startProgress } from './progress.js';
import { printable } from '../job/printable.js';
import { countText, grouped, labelled, placeText, sizeText, warningLines } from './text.js';

const OPTIONS = {
  against: {
    type: 'string',
    takes: 'file',
    requiresArg: true,
    describe: 'The image that the disc should hold',
  },
} as const satisfies OptionTable;

/** Declares the arguments of `compare`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', {
      type: 'string',
      takes: 'file',
      describe: 'A device with a disc in it, or an image',
    })
    .nargs('image', 1)
    .options(OPTIONS)
    .group(Object.keys(OPTIONS), OWN_GROUP)
    .example('isoboot compare /dev/sr0 --against disc.iso', 'was the disc burned well?');
}

type CompareArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `compare`. */
export async function run(args: CompareArguments, host: Host): Promise<ExitCode> {
  const input = imageInput(host, args.image);
  const against = againstInput(host, args.against);
  if (input === against && typeof input !== 'string') {
    throw new IsoError('ISO_USAGE_CONFLICT', 'standard input cannot be both images', {
      wanted: 'one of them by name',
    });
  }
  const logger = await makeLogger(host, args, 'compare');
  const progress = startProgress(host, args.progress && !args.quiet);
  try {
    const { onProgress } = progress;
    const report = await compare({ input, against, logger, onProgress, signal: host.signal });
    progress.stop();
    await printReport(host, speechOf(args), report, () => compareText(report));
    return report.result === 'equal' ? EXIT.done : EXIT.negative;
  } finally {
    progress.stop();
  }
}

function againstInput(host: Host, against: string | undefined): ImageInput {
  if (against === undefined) {
    throw new IsoError('ISO_USAGE_ARGUMENT', 'there is nothing to compare with', {
      wanted: '--against and the image that the disc should hold',
    });
  }
  return imageInput(host, pathOption('--against', against));
}

/** The outcome of `compare` for people. */
function compareText(report: CompareReport): string {
  const { input, against, size, againstSize, comparedBytes, volumeSize, warnings } = report;
  const all =
    comparedBytes === volumeSize ? ', all of the volume' : ` of ${grouped(volumeSize)} in the volume`;
  return labelled([
    ['Disc', `${printable(input)}, ${sizeText(size)}`],
    ['Image', `${printable(against)}, ${sizeText(againstSize)}`],
    ['Result', report.result === 'equal' ? 'EQUAL' : 'DIFFERENT'],
    ['Compared', `${grouped(comparedBytes)} bytes${all}`],
    ...differenceLines(report),
    ...lossLines(report),
    ...trailingLines(report),
    ...warningLines(warnings),
  ]);
}

type Lines = [label: string, text: string][];

function differenceLines(report: CompareReport): Lines {
  const { firstDifference, differentBlocks, differentFiles, differentStructures } = report;
  if (firstDifference === null) {
    return [];
  }
  const { offset, owners } = firstDifference;
  const unnamed = differentFiles.count - differentFiles.paths.length;
  return [
    ['First', `${placeText(offset)}, ${ownerText(owners)}`],
    ['Different', countText(differentBlocks, 'block', 'blocks')],
    ...differentFiles.paths.map((path): [string, string] => ['File', printable(path)]),
    ...when(unnamed > 0, 'Files', `and ${countText(unnamed, 'more', 'more')}`),
    ...when(differentStructures.length > 0, 'Besides', differentStructures.join(', ')),
  ];
}

function ownerText(owners: readonly Owner[]): string {
  return owners.length === 0
    ? 'to which nothing refers'
    : `in ${owners.map(({ kind, path }) => printable(path ?? `the ${kind}`)).join(', ')}`;
}

function lossLines({ unreadable: { blocks, runs }, missingBytes }: CompareReport): Lines {
  const listed = runs.map(({ lba, blocks }) =>
    blocks === 1 ? grouped(lba) : `${grouped(lba)} to ${grouped(lba + blocks - 1)}`,
  );
  const unlisted = blocks - runs.reduce((sum, run) => sum + run.blocks, 0);
  const more = unlisted > 0 ? `, and ${grouped(unlisted)} more` : '';
  return [
    ...when(blocks > 0, 'Unreadable', `${countText(blocks, 'block', 'blocks')}: ${listed.join(', ')}${more}`),
    ...when(missingBytes > 0, 'Missing', `${grouped(missingBytes)} bytes at the end of the volume`),
  ];
}

function trailingLines({ trailingBytes: { input } }: CompareReport): Lines {
  return when(input > 0, 'Behind', `${grouped(input)} bytes that the burner added, which do not count`);
}

function when(isSo: boolean, label: string, text: string): Lines {
  return isSo ? [[label, text]] : [];
}
