import type { ArgumentsCamelCase } from 'yargs';
import { list, listPaths, type ListReport } from '../job/list.js';
import { OWN_GROUP, type OptionTable } from './declaration.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import { IMAGE_ARGUMENT, imageInput, speechOf, type CommonArgv } from './options.js';
import { printReport, printWarnings } from './output.js';
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

const LINES_A_PART = 1000;

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
    const report = await list(options);
    await printWarnings(host, speechOf(args), report.warnings);
    if (report.entries.length > 0 || args.json) {
      await printReport(host, speechOf(args), report, () => longText(report));
    }
    return;
  }
  const { paths, warnings } = await listPaths(options);
  await printWarnings(host, speechOf(args), warnings);
  const text = textOf(paths);
  if (text !== '') {
    await printReport(host, speechOf(args), {}, () => text);
  }
}

/** Lines put together by the thousand: a hundred thousand strings would take ten times what they say. */
function textOf(paths: Iterable<string>): string {
  const parts: string[] = [];
  let lines: string[] = [];
  for (const path of paths) {
    if (lines.push(path) >= LINES_A_PART) {
      parts.push(printablePart(lines));
      lines = [];
    }
  }
  return [...parts, ...(lines.length > 0 ? [printablePart(lines)] : [])].join('\n');
}

/** Lines made harmless. Where nothing has to be replaced in all of them at once, none of them need be looked at. */
function printablePart(lines: readonly string[]): string {
  const text = lines.join('\n');
  const isHarmless = printable(text.replaceAll('\n', ' ')).length === text.length;
  // A line break in a name would make one line more.
  return isHarmless && text.split('\n').length === lines.length ? text : lines.map(printable).join('\n');
}

async function longText({ entries }: ListReport): Promise<string> {
  const { tableText } = await import('./table.js');
  const rows = entries.map(({ path, type, size, lba, modified }) => [
    type,
    String(size),
    String(lba),
    modified ?? '-',
    printable(path),
  ]);
  return tableText(['TYPE', 'BYTES', 'BLOCK', 'MODIFIED', 'PATH'], rows);
}
