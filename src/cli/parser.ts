import yargs from 'yargs';
import { IsoError } from '../errors.js';
import { buildExtractBoot, runExtractBoot } from './extract-boot.js';
import type { Host } from './host.js';
import { buildInject, runInject } from './inject.js';
import { buildInspect, runInspect } from './inspect.js';
import { buildLs, runLs } from './ls.js';
import { COMMON_OPTIONS } from './options.js';
import { buildUndo, runUndo } from './undo.js';
import { ownVersion } from './version.js';

/** Parses the arguments and runs the command that they name. Errors: `ISO_USAGE_ARGUMENT`; those of the command. */
export async function parseAndRun(argv: readonly string[], host: Host): Promise<void> {
  const on =
    <A>(command: (args: A, host: Host) => Promise<void>) =>
    (args: A): Promise<void> =>
      command(args, host);
  await yargs([...argv])
    .scriptName('isoboot')
    .usage('$0 <command>\n\nMakes ISO 9660 images bootable, and proves it.')
    .options(COMMON_OPTIONS)
    .command('inject <image>', 'Make an image bootable', buildInject, on(runInject))
    .command(
      'extract-boot <image>',
      'Save the boot file of an image or disc',
      buildExtractBoot,
      on(runExtractBoot),
    )
    .command('inspect <image>', 'Say what is in an image and whether it boots', buildInspect, on(runInspect))
    .command('ls <image> [path]', 'List files of an image', buildLs, on(runLs))
    .command('undo <image>', 'Take back edits in place, byte for byte', buildUndo, on(runUndo))
    .demandCommand(1, 'no command was given; isoboot --help lists them')
    .strict()
    .recommendCommands()
    .parserConfiguration({ 'duplicate-arguments-array': false, 'parse-positional-numbers': false })
    .version(ownVersion())
    .help()
    .alias('help', 'h')
    .wrap(Math.min(110, host.stdout.columns ?? 110))
    .epilogue(
      'Exit codes: 0 done, 1 a negative answer, 2 usage, 3 no readable image, 4 cannot be done, 5 input or output failed',
    )
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | undefined, error: Error | undefined) => {
      throw (
        error ??
        new IsoError('ISO_USAGE_ARGUMENT', (message ?? 'the arguments are wrong').replace(/\n+/g, '; '))
      );
    })
    .parseAsync();
}
