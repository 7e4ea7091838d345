import type { ArgumentsCamelCase } from 'yargs';
import { removeBoot } from '../job/remove-boot.js';
import { editOptionsOf, OUTPUT_GROUP, OUTPUT_OPTIONS, SAFETY_GROUP, SAFETY_OPTIONS } from './edit.js';
import { OWN_GROUP, type OptionTable } from './declaration.js';
import type { Host } from './host.js';
import { makeLogger } from './logging.js';
import { speechOf, type CommonArgv } from './options.js';
import { printReport } from './output.js';
import { startProgress } from './progress.js';
import { removeBootText } from './remove-boot-text.js';

const OPTIONS = {
  ...OUTPUT_OPTIONS,
  'media-check': {
    choices: ['keep', 'strip'] as const,
    default: 'keep' as const,
    describe: 'What becomes of an implanted MD5',
  },
  ...SAFETY_OPTIONS,
} as const satisfies OptionTable;

/** Declares the arguments of `remove-boot`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', {
      type: 'string',
      takes: 'file',
      describe: 'A bootable ISO 9660 image, a device, or - for standard input',
    })
    .nargs('image', 1)
    .options(OPTIONS)
    .group(['media-check'], OWN_GROUP)
    .group(Object.keys(OUTPUT_OPTIONS), OUTPUT_GROUP)
    .group(Object.keys(SAFETY_OPTIONS), SAFETY_GROUP)
    .example('isoboot remove-boot disc.iso', 'writes disc-noboot.iso')
    .example(
      'isoboot remove-boot disc.iso --in-place',
      'edits the image; isoboot undo disc.iso takes it back',
    )
    .example('isoboot remove-boot disc.iso --dry-run', 'shows every change');
}

type RemoveBootArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `remove-boot`. */
export async function run(args: RemoveBootArguments, host: Host): Promise<void> {
  const options = await editOptionsOf(args, host, 'noboot');
  const logger = await makeLogger(host, args, 'remove-boot');
  const progress = startProgress(host, args.progress && !args.quiet);
  try {
    const { onProgress } = progress;
    const { mediaCheck } = args;
    const report = await removeBoot({ ...options, mediaCheck, logger, onProgress, signal: host.signal });
    progress.stop();
    const stdoutTaken = options.target.kind === 'stream' && !args.dryRun;
    await printReport(host, speechOf(args, stdoutTaken), report, () => removeBootText(report));
  } finally {
    progress.stop();
  }
}
