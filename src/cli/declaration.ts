import type { Options, PositionalOptions } from 'yargs';
import type { Command, LoadedCommand } from './commands.js';
import { COMMON_OPTIONS } from './options.js';

/** What a shell may offer for a value: names of files, or of folders alone. */
export type Takes = 'file' | 'folder';

/** Options as a command's file declares them to the parser, with what a shell may offer for each. */
export type OptionTable = Readonly<Record<string, Options & { readonly takes?: Takes }>>;

/** An option as it is typed. */
export interface DeclaredOption {
  /** Such as `-o` and `--output`; a switch that is on by itself has its `--no-` form alone. */
  readonly names: readonly string[];
  readonly describe: string;
  /** Whether a value follows. */
  readonly takesValue: boolean;
  /** The only values there are; none where any text goes. */
  readonly choices: readonly string[];
  readonly takes: Takes | undefined;
  readonly isRepeatable: boolean;
  readonly defaultValue: string | undefined;
  /** Whether it is a switch that is on by itself. */
  readonly isOn: boolean;
  readonly group: string;
}

/** An argument that stands by itself. */
export interface DeclaredPositional {
  readonly name: string;
  readonly describe: string;
  readonly isRequired: boolean;
  readonly isRepeatable: boolean;
  readonly choices: readonly string[];
  readonly takes: Takes | undefined;
}

/** All that a command declares. */
export interface Declaration {
  readonly name: string;
  /** Such as `inject <image>`. */
  readonly usage: string;
  readonly describe: string;
  readonly positionals: readonly DeclaredPositional[];
  readonly options: readonly DeclaredOption[];
  readonly examples: readonly (readonly [command: string, what: string])[];
}

/** The group of a command's own options, where they need no more than one. */
export const OWN_GROUP = 'Options:';

/** The group of the options that every command has. */
export const COMMON_GROUP = 'Everywhere:';

/** What a command declares, read off what its file tells the parser. */
export function declarationOf([usage, describe, command]: LoadedCommand): Declaration {
  const [name = '', ...words] = usage.split(' ');
  const { positionals, options, groups, examples } = recorded(command);
  const grouped = (key: string): string => [...groups].find(([, keys]) => keys.includes(key))?.[0] ?? '';
  return {
    name,
    usage,
    describe,
    positionals: words.map((word) => declaredPositional(word, positionals)),
    options: [
      ...declaredOptions(options, grouped),
      ...declaredOptions(COMMON_OPTIONS, () => COMMON_GROUP),
      ...declaredOptions(HELP_OPTION, () => COMMON_GROUP),
    ],
    examples,
  };
}

/** The parser brings this one itself. */
const HELP_OPTION: OptionTable = {
  help: { alias: 'h', type: 'boolean', default: false, describe: 'Show help' },
};

type Positionals = Readonly<Record<string, PositionalOptions & { readonly takes?: Takes }>>;

interface Recorded {
  readonly positionals: Positionals;
  readonly options: OptionTable;
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly examples: readonly (readonly [string, string])[];
}

/** Hands a command something that listens where the parser would. */
function recorded(command: Command<never>): Recorded {
  const positionals: Record<string, PositionalOptions> = {};
  const options: Record<string, Options> = {};
  const groups = new Map<string, readonly string[]>();
  const examples: [string, string][] = [];
  const recorder = {
    positional: (name: string, told: PositionalOptions) => ((positionals[name] = told), recorder),
    options: (table: OptionTable) => (Object.assign(options, table), recorder),
    group: (keys: readonly string[], name: string) => (groups.set(name, keys), recorder),
    example: (text: string, what: string) => (examples.push([text, what]), recorder),
    nargs: () => recorder,
  };
  command.build(recorder as never);
  return { positionals, options, groups, examples };
}

function declaredPositional(word: string, positionals: Positionals): DeclaredPositional {
  const name = word.replace(/[<>[\].]/g, '');
  const told = positionals[name] ?? {};
  return {
    name,
    describe: told.describe ?? '',
    isRequired: word.startsWith('<'),
    isRepeatable: word.includes('..'),
    choices: choicesOf(told),
    takes: told.takes,
  };
}

function choicesOf({ choices }: { readonly choices?: Options['choices'] }): string[] {
  return Array.isArray(choices) ? choices.map(String) : [];
}

function declaredOptions(table: OptionTable, groupOf: (key: string) => string): DeclaredOption[] {
  return Object.entries(table)
    .filter(([, { hidden }]) => hidden !== true)
    .map(([key, told]) => {
      const isSwitch = told.type === 'boolean';
      return {
        names: isSwitch ? switchNames(key, told) : namesOf(key, told),
        describe: told.describe ?? '',
        takesValue: !isSwitch,
        choices: choicesOf(told),
        takes: told.takes,
        isRepeatable: told.array === true,
        defaultValue: isSwitch || told.default === undefined ? undefined : String(told.default),
        isOn: isSwitch && told.default === true,
        group: groupOf(key),
      };
    });
}

function namesOf(key: string, { alias }: Options): string[] {
  const short = [alias ?? []].flat().map((name) => `-${name}`);
  return [...short, `--${key}`];
}

/** What is on by itself is only ever turned off; of what goes by a rule, its description says how it is turned off. */
function switchNames(key: string, told: Options): string[] {
  const off = `--no-${key}`;
  const isTurnedOff = told.default === true || told.describe?.includes(off) === true;
  return [...(told.default === true ? [] : namesOf(key, told)), ...(isTurnedOff ? [off] : [])];
}
