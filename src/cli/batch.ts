import { extname } from 'node:path';
import type { ArgumentsCamelCase } from 'yargs';
import { BatchRefusal } from '../batch/mistake.js';
import type { BatchEvent } from '../batch/event.js';
import type { BatchManifest, BatchOptions } from '../batch/batch-run.js';
import { DEEDS, FIELDS_OF, type Defaults } from '../batch/settings.js';
import type { BatchReport } from '../batch/summary.js';
import { EXIT, IsoError, type ExitCode } from '../errors.js';
import { SILENT, type Logger } from '../job/logger.js';
import { startBatchProgress } from './batch-progress.js';
import { batchText, printRefusal } from './batch-text.js';
import { OWN_GROUP, type OptionTable } from './declaration.js';
import { collectEarly, keepNewSpaceSmall } from './heap.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import { pathOption, refuseTogether, speechOf, wholeNumber, type CommonArgv } from './options.js';
import { printReport } from './output.js';

/** Options that say what is done with plain images; a manifest says it by itself. */
const IMAGE_OPTIONS = {
  do: { choices: DEEDS, requiresArg: true, describe: 'What to do with each image; inject without it' },
  'out-dir': { type: 'string', takes: 'folder', requiresArg: true, describe: 'Folder for the results' },
  name: { type: 'string', requiresArg: true, describe: "Name of a result, such as '{stem}-bootable.iso'" },
  'in-place': { type: 'boolean', describe: 'Edit the images themselves' },
  undo: { type: 'boolean', describe: 'Keep undo files with --in-place; --no-undo does not' },
  'boot-path': { type: 'string', requiresArg: true, describe: 'Where in each image the loader is' },
  'boot-file': { type: 'string', takes: 'file', requiresArg: true, describe: 'A local loader to bring in' },
  donor: {
    type: 'string',
    takes: 'file',
    requiresArg: true,
    describe: 'A bootable image to take the loaders from',
  },
  efi: { type: 'boolean', describe: 'Add EFI images at known places; --no-efi leaves them out' },
  'media-check': {
    choices: ['keep', 'add', 'strip'] as const,
    requiresArg: true,
    describe: 'What becomes of implanted MD5s',
  },
  replace: { type: 'boolean', describe: 'New entries for those of bootable or broken images' },
  ensure: { type: 'boolean', describe: 'Let an image fail that boots in another way already' },
  implant: { type: 'boolean', describe: 'With --do media-check: implant a media check' },
  strip: { type: 'boolean', describe: 'With --do media-check: take the media check out' },
  force: { type: 'boolean', describe: 'Overwrite existing outputs' },
} as const satisfies OptionTable;

const OPTIONS = {
  ...IMAGE_OPTIONS,
  jobs: {
    type: 'string',
    requiresArg: true,
    describe: 'Jobs at once; by cores and disk without it',
  },
  report: {
    type: 'string',
    takes: 'file',
    requiresArg: true,
    describe: 'A file that gets a line of JSON as each job ends',
  },
  resume: {
    type: 'string',
    takes: 'file',
    requiresArg: true,
    describe: 'Go on with the batch that this report is of, and with the report',
  },
  digest: {
    type: 'boolean',
    default: true,
    describe: 'Take the sha256 of inputs and outputs for the report; --no-digest does not',
  },
} as const satisfies OptionTable;

/** Declares the arguments of `batch`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('images', {
      type: 'string',
      array: true,
      takes: 'file',
      describe: 'A manifest (.yaml, .yml, .json), or images, folders and globs',
    })
    .options(OPTIONS)
    .group(['jobs', 'report', 'resume', 'digest'], OWN_GROUP)
    .group(Object.keys(IMAGE_OPTIONS), 'Without a manifest:')
    .example('isoboot batch jobs.yaml --report done.jsonl', 'does what a manifest says')
    .example("isoboot batch 'shelf/*.iso' --out-dir converted", 'makes every image bootable')
    .example('isoboot batch jobs.yaml --resume done.jsonl', 'goes on after a kill');
}

type BatchArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `batch`. */
export async function run(args: BatchArguments, host: Host): Promise<ExitCode> {
  keepNewSpaceSmall();
  collectEarly();
  try {
    return await runChecked(args, host);
  } catch (error) {
    if (error instanceof BatchRefusal) {
      // Where there is no manifest, its fields tell nobody anything.
      const isWritten = args.images?.some(isManifest) === true;
      const mistakes = error.mistakes.map((each) => (isWritten ? each : { ...each, field: null }));
      await printRefusal(host, speechOf(args), new BatchRefusal(mistakes));
      return error.exitCode;
    }
    throw error;
  }
}

async function runChecked(args: BatchArguments, host: Host): Promise<ExitCode> {
  refuseTogether({ '--report': args.report, '--resume': args.resume });
  const concurrency = args.jobs === undefined ? undefined : wholeNumber('--jobs', args.jobs, 1, 256);
  const logger: Logger = args.verbose || args.logJson ? await makeLogger(host, args, 'batch') : SILENT;
  const report = await runJobs(args, host, {
    manifest: manifestOf(args),
    concurrency,
    report: pathOption('--report', args.report),
    resume: pathOption('--resume', args.resume),
    force: args.force,
    digests: args.digest,
    platform: host.platform,
    logger,
  });
  await printReport(host, speechOf(args), report, (paint) => batchText(report, paint));
  const { done, skipped } = report.counts;
  return done + skipped === report.jobs.length + report.counts.notStarted ? EXIT.done : EXIT.negative;
}

async function runJobs(args: BatchArguments, host: Host, options: BatchOptions): Promise<BatchReport> {
  const { logger = SILENT } = options;
  const { runBatch } = await import('../batch/batch-run.js');
  const progress = startBatchProgress(host, args.progress && !args.quiet);
  const onStop = (): void => progress.say('jobs under way are finished; once more cancels them');
  host.signal.addEventListener('abort', onStop);
  try {
    for await (const event of runBatch({ ...options, drain: host.signal, signal: host.stopNow })) {
      if (event.kind === 'summary') {
        return event.summary;
      }
      progress.show(event);
      logEvent(event, logger);
    }
    throw new IsoError('ISO_INTERNAL', 'a batch came to nothing');
  } finally {
    host.signal.removeEventListener('abort', onStop);
    progress.stop();
  }
}

/** Tells of a job's start and end; what is told in between has its number as well. */
function logEvent(event: BatchEvent, logger: Logger): void {
  if (event.kind === 'start') {
    const { index: job, input, settings } = event.job;
    logger.info({ job, do: settings.do, input }, 'the job starts');
  } else if (event.kind === 'end') {
    const { index: job, status, reason, seconds, error } = event.report;
    logger.info({ job, status, reason, code: error?.code ?? null, seconds }, 'the job ended');
  }
}

/** What the arguments ask for: the path of a manifest, or images with what the options say. */
function manifestOf(args: BatchArguments): string | BatchManifest {
  const [first, ...others] = args.images ?? [];
  if (first === undefined) {
    throw new IsoError('ISO_USAGE_ARGUMENT', 'no manifest and no image was named', {
      wanted: 'a manifest, or images, folders and globs',
    });
  }
  if (![first, ...others].some(isManifest)) {
    return manifestFromOptions(args, [first, ...others]);
  }
  const given = optionsGiven(args);
  if (others.length > 0 || given[0] !== undefined) {
    throw new IsoError('ISO_USAGE_CONFLICT', 'a manifest stands alone; it says itself what is done', {
      found: others.length > 0 ? `${others.length + 1} arguments` : `--${given[0] ?? ''}`,
      wanted: 'the manifest',
    });
  }
  return first;
}

function isManifest(name: string): boolean {
  return /^\.(ya?ml|json)$/i.test(extname(name));
}

/** Of the options for plain images, those that were given. */
function optionsGiven(args: BatchArguments): (keyof typeof IMAGE_OPTIONS)[] {
  const names = Object.keys(IMAGE_OPTIONS) as (keyof typeof IMAGE_OPTIONS)[];
  // `--force` is for the report as well.
  return names.filter((name) => name !== 'force' && args[name] !== undefined);
}

function manifestFromOptions(args: BatchArguments, images: readonly string[]): BatchManifest {
  refuseTogether({ '--implant': args.implant, '--strip': args.strip });
  refuseTogether({ '--boot-path': args.bootPath, '--boot-file': args.bootFile, '--donor': args.donor });
  refuseTogether({ '--in-place': args.inPlace, '--out-dir': args.outDir });
  refuseTogether({ '--in-place': args.inPlace, '--name': args.name });
  const deed = args.do ?? 'inject';
  const action = args.implant === true ? 'implant' : args.strip === true ? 'strip' : undefined;
  const told = {
    '--out-dir': { outDir: pathOption('--out-dir', args.outDir) },
    '--name': { name: pathOption('--name', args.name) },
    '--in-place': { inPlace: args.inPlace },
    '--no-undo': { undo: args.undo },
    '--boot-path': { bootPath: pathOption('--boot-path', args.bootPath) },
    '--boot-file': { bootFile: pathOption('--boot-file', args.bootFile) },
    '--donor': { donor: pathOption('--donor', args.donor) },
    '--efi': { efi: args.efi },
    '--media-check': { mediaCheck: args.mediaCheck },
    '--replace': { replace: args.replace },
    '--ensure': { ensure: args.ensure },
    '--implant and --strip': { action },
    '--force': { force: args.force },
  };
  const fields: Record<string, unknown> = {};
  for (const [option, setting] of Object.entries(told)) {
    for (const [field, value] of Object.entries(setting).filter(([, value]) => value !== undefined)) {
      if (!FIELDS_OF[deed].some((name) => name === field)) {
        throw new IsoError('ISO_USAGE_CONFLICT', `${option} does not go with --do ${deed}`, {
          found: option,
        });
      }
      fields[field] = value;
    }
  }
  return { defaults: { ...(fields as Defaults), do: deed }, jobs: images.map((input) => ({ input })) };
}
