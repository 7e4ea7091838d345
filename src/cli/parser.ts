import yargs from 'yargs';
import { EXIT, IsoError, type ExitCode } from '../errors.js';
import { COMMANDS, loadCommand, loadCommands, type LoadedCommand } from './commands.js';
import { COMMON_GROUP } from './declaration.js';
import type { Host } from './host.js';
import { COMMON_OPTIONS, type CommonArgv } from './options.js';
import { ownVersion } from './version.js';

const EXIT_CODES =
  'Exit codes: 0 done, 1 a negative answer, 2 usage, 3 no readable image, 4 cannot be done, 5 input or output failed';

/**
 * Parses the arguments and runs the command that they name; gives the exit code. Errors: `ISO_USAGE_ARGUMENT`; those of
 * the command.
 */
export async function parseAndRun(argv: readonly string[], host: Host): Promise<ExitCode> {
  const words = withoutDoubleDash(argv);
  if (words.includes('--version')) {
    host.stdout.write(`${ownVersion()}\n`);
    return EXIT.done;
  }
  const entry = COMMANDS.find(([usage]) => nameOf(usage) === words[0]);
  const commands = entry === undefined ? await loadCommands() : [await loadCommand(entry)];
  const [named] = entry === undefined ? [] : commands;
  const parser = named === undefined ? parserOfAll(words, commands) : parserOf(named, words.slice(1));
  let help = '';
  const keep = (_error: unknown, _args: unknown, output: string): void => void (help = output);
  const args = await withHouseRules(parser, host).parseAsync(
    named === undefined ? words : words.slice(1),
    {},
    keep,
  );
  if (args['help'] === true) {
    host.stdout.write(`${help}\n`);
    return EXIT.done;
  }
  const chosen = named ?? commands.find(([usage]) => nameOf(usage) === args._[0]);
  return (await chosen?.[2].run(args as never, host)) ?? EXIT.done;
}

function nameOf(usage: string): string {
  return usage.split(' ')[0] ?? '';
}

/** The parser of one command: yargs would take twice as long to find it among the others and prepare its help. */
function parserOf([usage, describe, command]: LoadedCommand, words: readonly string[]): CommonArgv {
  const name = nameOf(usage);
  const parser = yargs([...words])
    .scriptName(`isoboot ${name}`)
    .version(false)
    .options(COMMON_OPTIONS);
  return withCommand(parser, usage.replace(name, '$0'), describe, command);
}

/** The parser of the whole command line: for help, and for options in front of the command. */
function parserOfAll(words: readonly string[], commands: readonly LoadedCommand[]): CommonArgv {
  const parser = yargs([...words])
    .scriptName('isoboot')
    .usage('$0 <command>\n\nMakes ISO 9660 images bootable, and proves it.')
    .options(COMMON_OPTIONS)
    .version(ownVersion())
    .demandCommand(1, 'no command was given; isoboot --help lists them');
  return commands.reduce<CommonArgv>(
    (all, [usage, describe, command]) => withCommand(all, usage, describe, command),
    parser,
  );
}

/** Declares a command without a handler: it is run when parsing is over. */
function withCommand(
  parser: CommonArgv,
  usage: string,
  describe: string,
  command: LoadedCommand[2],
): CommonArgv {
  // Behind the command's own groups, as help lists groups in the order in which they came.
  const builder = (inner: CommonArgv): unknown => {
    command.build(inner);
    return inner.group([...Object.keys(COMMON_OPTIONS), 'help'], COMMON_GROUP);
  };
  return parser.command({ command: usage, describe, builder: builder as never, handler: undefined as never });
}

/** Options that may be given more than once; of any other, the last one counts. */
const REPEATABLE = new Set(['add', 'path', 'images', '_']);

function lastOfEach(args: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(args)) {
    if (Array.isArray(value) && !REPEATABLE.has(name)) {
      args[name] = value.at(-1);
    }
  }
}

function withHouseRules(parser: CommonArgv, host: Host): CommonArgv {
  return parser
    .strict()
    .recommendCommands()
    .parserConfiguration({ 'parse-positional-numbers': false, 'greedy-arrays': false })
    .middleware(lastOfEach, true)
    .detectLocale(false)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(100, host.stdout.columns ?? 100))
    .epilogue(EXIT_CODES)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message: string | undefined, error: Error | undefined) => {
      // yargs brings an error of its own for some of what is wrong with arguments.
      if (error !== undefined && error.name !== 'YError') {
        throw error;
      }
      throw new IsoError(
        'ISO_USAGE_ARGUMENT',
        usageText(message ?? error?.message ?? 'the arguments are wrong'),
      );
    });
}

/** What stands behind `--` is a name, whatever it starts with; yargs would not count it among the arguments. */
function withoutDoubleDash(argv: readonly string[]): string[] {
  const dash = argv.indexOf('--');
  if (dash < 0) {
    return [...argv];
  }
  const names = argv.slice(dash + 1).map((name) => (/^-./.test(name) ? `./${name}` : name));
  return [...argv.slice(0, dash), ...names];
}

/** yargs' words for what is wrong, where ours say more. */
function usageText(message: string): string {
  if (message.startsWith('Not enough non-option arguments')) {
    return 'no image was named; --help shows how';
  }
  if (message.startsWith('Did you mean')) {
    return `there is no such command; ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  }
  if (/^Unknown arguments?: [^-]/.test(message)) {
    return `${message.charAt(0).toLowerCase()}${message.slice(1)}; a name with spaces goes in quotes`;
  }
  return message.replace(/\n+/g, '; ');
}
