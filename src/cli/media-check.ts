import type { ArgumentsCamelCase } from 'yargs';
import { EXIT, IsoError, type ExitCode } from '../errors.js';
import { mediaCheck } from '../job/media-check.js';
import { editMediaCheck } from '../job/media-check-edit.js';
import { editOptionsOf, OUTPUT_GROUP, OUTPUT_OPTIONS, SAFETY_GROUP, SAFETY_OPTIONS } from './edit.js';
import { OWN_GROUP, type OptionTable } from './declaration.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import { mediaCheckEditText, mediaCheckText } from './media-check-text.js';
import { IMAGE_ARGUMENT, imageInput, refuseTogether, speechOf, type CommonArgv } from './options.js';
import { printReport } from './output.js';
import { startProgress } from './progress.js';

const OPTIONS = {
  implant: { type: 'boolean', default: false, describe: 'Implant a media check, as implantisomd5 does' },
  strip: { type: 'boolean', default: false, describe: 'Take the media check out' },
  ...OUTPUT_OPTIONS,
  ...SAFETY_OPTIONS,
  force: {
    type: 'boolean',
    default: false,
    describe: 'Overwrite an existing output, and what is in the field',
  },
} as const satisfies OptionTable;

/** Declares the arguments of `media-check`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', IMAGE_ARGUMENT)
    .nargs('image', 1)
    .options(OPTIONS)
    .group(['implant', 'strip'], OWN_GROUP)
    .group(Object.keys(OUTPUT_OPTIONS), OUTPUT_GROUP)
    .group(Object.keys(SAFETY_OPTIONS), SAFETY_GROUP)
    .example('isoboot media-check disc.iso', 'does the image have the MD5 that it carries?')
    .example('isoboot media-check disc.iso --implant', 'writes disc-checked.iso')
    .example('isoboot media-check disc.iso --strip --in-place', 'blanks the field of the image itself');
}

type MediaCheckArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `media-check`. */
export async function run(args: MediaCheckArguments, host: Host): Promise<ExitCode> {
  refuseTogether({ '--implant': args.implant, '--strip': args.strip });
  if (args.implant || args.strip) {
    await runEdit(args, host);
    return EXIT.done;
  }
  return runJudge(args, host);
}

async function runJudge(args: MediaCheckArguments, host: Host): Promise<ExitCode> {
  const input = imageInput(host, args.image);
  refuseEditOptions(args);
  const logger = await makeLogger(host, args, 'media-check');
  const progress = startProgress(host, args.progress && !args.quiet);
  try {
    const { onProgress } = progress;
    const report = await mediaCheck({ input, logger, onProgress, signal: host.signal });
    progress.stop();
    await printReport(host, speechOf(args), report, () => mediaCheckText(report));
    return report.result === 'pass' ? EXIT.done : EXIT.negative;
  } finally {
    progress.stop();
  }
}

/** An option that says where a result goes is a mistake where there is none. Errors: `ISO_USAGE_CONFLICT`. */
function refuseEditOptions(args: MediaCheckArguments): void {
  const given = Object.entries({
    '--output': args.output !== undefined,
    '--in-place': args.inPlace,
    '--expect': args.expect !== undefined,
    '--dry-run': args.dryRun,
    '--undo-file': args.undoFile !== undefined,
    '--no-undo': !args.undo,
    '--force': args.force,
  }).find(([, isGiven]) => isGiven);
  if (given !== undefined) {
    throw new IsoError('ISO_USAGE_CONFLICT', `${given[0]} goes with --implant or --strip`, {
      found: given[0],
      wanted: '--implant or --strip',
    });
  }
}

async function runEdit(args: MediaCheckArguments, host: Host): Promise<void> {
  const options = await editOptionsOf(args, host, 'checked');
  const logger = await makeLogger(host, args, 'media-check');
  const progress = startProgress(host, args.progress && !args.quiet);
  try {
    const { onProgress } = progress;
    const action = args.implant ? 'implant' : 'strip';
    const report = await editMediaCheck({ ...options, action, logger, onProgress, signal: host.signal });
    progress.stop();
    const stdoutTaken = options.target.kind === 'stream' && !args.dryRun;
    await printReport(host, speechOf(args, stdoutTaken), report, () => mediaCheckEditText(report));
  } finally {
    progress.stop();
  }
}
