import type { ArgumentsCamelCase } from 'yargs';
import { listEntries, listPaths, type ListedReport } from '../job/list.js';
import { OWN_GROUP, type OptionTable } from './declaration.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import { IMAGE_ARGUMENT, imageInput, speechOf, type CommonArgv } from './options.js';
import { printLongReport, printWarnings } from './output.js';
import { pathParts, textParts } from './parts.js';
import { printable } from '../job/printable.js';

const OPTIONS = {
  recursive: { alias: 'R', type: 'boolean', default: false, describe: 'List what directories hold as well' },
  long: { alias: 'l', type: 'boolean', default: false, describe: 'With size, block and date' },
  names: {
    choices: ['rock-ridge', 'joliet', 'iso', 'udf'] as const,
    requiresArg: true,
    describe: 'By which names; the best there are without it',
  },
} as const satisfies OptionTable;

/** Declares the arguments of `ls`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', IMAGE_ARGUMENT)
    .positional('path', { type: 'string', describe: 'A file or directory in it' })
    .nargs({ image: 1, path: 1 })
    .options(OPTIONS)
    .group(Object.keys(OPTIONS), OWN_GROUP)
    .example('isoboot ls disc.iso /isolinux', 'what is in that directory')
    .example('isoboot ls disc.iso -Rl', 'everything, with sizes and blocks');
}

type LsArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `ls`. */
export async function run(args: LsArguments, host: Host): Promise<void> {
  const { path, recursive, names } = args;
  const input = imageInput(host, args.image);
  const logger = await makeLogger(host, args, 'ls');
  const options = { input, path, recursive, names, logger, signal: host.signal };
  if (args.json || args.long) {
    const listing = await listEntries(options);
    await printWarnings(host, speechOf(args), listing.warnings);
    await printLongReport(host, speechOf(args), listing, () => textParts(longLines(listing.entries)));
    return;
  }
  const { runs, warnings } = await listPaths(options);
  await printWarnings(host, speechOf(args), warnings);
  await printLongReport(host, speechOf(args), {}, () => pathParts(runs));
}

/** The columns of a long listing in front of the path. */
const COLUMNS = {
  TYPE: ({ type }: ListedReport) => type,
  BYTES: ({ size }: ListedReport) => String(size),
  BLOCK: ({ lba }: ListedReport) => String(lba),
  MODIFIED: ({ modified }: ListedReport) => modified ?? '-',
};

/**
 * A table by hand, as that of a library takes a minute for as many files as a disc may have. What stands in its columns is
 * ASCII but for the path, which is the last one and needs no filling up. The entries are walked twice, and never held.
 */
function* longLines(entries: Iterable<ListedReport>): Generator<string> {
  const columns = Object.entries(COLUMNS).map(([title, cellOf]) => ({ title, cellOf, width: title.length }));
  let isEmpty = true;
  for (const entry of entries) {
    isEmpty = false;
    for (const column of columns) {
      column.width = Math.max(column.width, column.cellOf(entry).length);
    }
  }
  if (!isEmpty) {
    yield `${columns.map(({ title, width }) => `${title.padEnd(width)}  `).join('')}PATH`;
  }
  for (const entry of entries) {
    let line = '';
    for (const { cellOf, width } of columns) {
      line += `${cellOf(entry).padEnd(width)}  `;
    }
    yield (line + printable(entry.path)).trimEnd();
  }
}
