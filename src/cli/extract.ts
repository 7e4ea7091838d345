import type { ArgumentsCamelCase } from 'yargs';
import { IsoError } from '../errors.js';
import { extractHeld, extractUntold } from '../job/extract.js';
import type { ExtractSummary } from '../job/extract-report.js';
import { OWN_GROUP, type OptionTable } from './declaration.js';
import { keepNewSpaceSmall } from './heap.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import { IMAGE_ARGUMENT, imageInput, pathOption, speechOf, type CommonArgv } from './options.js';
import { printKnownReport, printReport } from './output.js';
import { startProgress } from './progress.js';
import { printable } from '../job/printable.js';
import { countText, labelled, sizeText, warningLines } from './text.js';

const OPTIONS = {
  output: {
    alias: 'o',
    type: 'string',
    takes: 'folder',
    requiresArg: true,
    describe: 'The folder that they go into',
  },
  names: {
    choices: ['rock-ridge', 'joliet', 'iso'] as const,
    requiresArg: true,
    describe: 'By which names; the best there are without it',
  },
  force: { type: 'boolean', default: false, describe: 'Replace files that are there' },
} as const satisfies OptionTable;

/** Declares the arguments of `extract`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', IMAGE_ARGUMENT)
    .positional('path', {
      type: 'string',
      array: true,
      describe: 'Files and directories in it; / is all of it',
    })
    .nargs('image', 1)
    .options(OPTIONS)
    .group(Object.keys(OPTIONS), OWN_GROUP)
    .example('isoboot extract disc.iso /packages -o .', 'makes a folder packages')
    .example('isoboot extract disc.iso / -o files', 'all that is in the image');
}

type ExtractArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `extract`. */
export async function run(args: ExtractArguments, host: Host): Promise<void> {
  keepNewSpaceSmall();
  const input = imageInput(host, args.image);
  const paths = pathsOf(args.path);
  const folder = folderOf(args.output);
  const { names, force } = args;
  const { platform, signal } = host;
  const logger = await makeLogger(host, args, 'extract');
  const progress = startProgress(host, args.progress && !args.quiet);
  const { onProgress } = progress;
  let report: ExtractSummary;
  try {
    // Only JSON tells what became of each file.
    const options = { input, paths, folder, names, force, platform, signal, onProgress, logger };
    report = await (args.json ? extractHeld(options) : extractUntold(options));
  } finally {
    progress.stop();
  }
  if (args.json) {
    printKnownReport(host, report);
  } else {
    await printReport(host, speechOf(args), report, () => extractText(report));
  }
}

function pathsOf(paths: readonly string[] | undefined): readonly string[] {
  if (paths === undefined || paths.length === 0 || paths.includes('')) {
    throw new IsoError('ISO_USAGE_ARGUMENT', 'no path in the image was named', {
      wanted: 'files or directories; / is all of it',
    });
  }
  return paths;
}

function folderOf(output: string | undefined): string {
  const folder = pathOption('--output', output);
  if (folder === undefined || folder === '-') {
    throw new IsoError('ISO_USAGE_ARGUMENT', 'extract needs a folder to put files into', {
      ...(folder === undefined ? {} : { found: folder }),
      wanted: '-o and a folder',
    });
  }
  return folder;
}

function extractText({
  input,
  output,
  files,
  directories,
  symlinks,
  bytes,
  warnings,
}: ExtractSummary): string {
  const counts = [
    countText(files, 'file', 'files'),
    countText(directories, 'directory', 'directories'),
    ...(symlinks === 0 ? [] : [countText(symlinks, 'symbolic link', 'symbolic links')]),
  ];
  return labelled([
    ['Input', printable(input)],
    ['Saved', `${counts.join(', ')}, ${sizeText(bytes)}`],
    ['Output', printable(output)],
    ...warningLines(warnings),
  ]);
}
