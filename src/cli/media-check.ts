import type { ArgumentsCamelCase, Options } from 'yargs';
import { IsoError } from '../errors.js';
import { editMediaCheck } from '../job/media-check-edit.js';
import { editOptionsOf, OUTPUT_OPTIONS, SAFETY_OPTIONS } from './edit.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import { mediaCheckEditText } from './media-check-text.js';
import { refuseTogether, speechOf, type CommonArgv } from './options.js';
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
} as const satisfies Record<string, Options>;

/** Declares the arguments of `media-check`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', { type: 'string', describe: 'An ISO 9660 image or a device' })
    .nargs('image', 1)
    .options(OPTIONS)
    .example('isoboot media-check disc.iso', 'does the image have the MD5 that it carries?')
    .example('isoboot media-check disc.iso --implant', 'writes disc-checked.iso')
    .example('isoboot media-check disc.iso --strip --in-place', 'blanks the field of the image itself');
}

type MediaCheckArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `media-check`. */
export async function run(args: MediaCheckArguments, host: Host): Promise<void> {
  refuseTogether({ '--implant': args.implant, '--strip': args.strip });
  if (args.implant || args.strip) {
    return runEdit(args, host);
  }
  throw new IsoError('ISO_USAGE_NOT_YET', 'judging is not in this version yet');
}

async function runEdit(args: MediaCheckArguments, host: Host): Promise<void> {
  const options = await editOptionsOf(args, host, 'checked');
  const logger = await makeLogger(host, args);
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
