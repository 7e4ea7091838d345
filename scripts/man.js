/** Makes the man page from the tables that the command line is parsed by. */
import { readFileSync } from 'node:fs';
import './test-loader.js';

const { loadCommands } = await import('../src/cli/commands.ts');
const { COMMON_GROUP, declarationOf, OWN_GROUP } = await import('../src/cli/declaration.ts');
const { EXIT_MEANINGS } = await import('../src/exit.ts');

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const ENVIRONMENT = [
  ['NO_COLOR', 'With any value but an empty one, nothing is printed in colour.'],
  ['TERM', 'With the value dumb, nothing is printed in colour.'],
  ['TMPDIR', 'Where an image from standard input is kept that cannot be worked on as it flows by.'],
];

/** Text as roff takes it: a minus that can be copied, and no line that starts a request. */
function roff(text) {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&');
}

const bold = (text) => `\\fB${roff(text)}\\fR`;
const italic = (text) => `\\fI${roff(text)}\\fR`;

/** A term, and below it what it means. */
function entry(term, text) {
  return `.TP\n${term}\n${text}`;
}

/** `inject <image> [path]` with what is to be replaced in italics. */
function usage(text) {
  return text.replace(/[^<>[\]. ]+|[<> ]|[[\].]+/g, (part, at) => {
    if (/^[<>]$/.test(part)) {
      return '';
    }
    return part === ' ' || /^[[\].]+$/.test(part) ? part : at === 0 ? bold(part) : italic(part);
  });
}

function sentence(text) {
  return roff(/[.?]$/.test(text) ? text : `${text}.`);
}

function option({ names, describe, takesValue, choices, defaultValue, isOn }) {
  const value = takesValue ? ` ${italic(choices.length > 0 ? choices.join('|') : 'value')}` : '';
  const standing = defaultValue === undefined ? '' : ` Without it: ${bold(defaultValue)}.`;
  const forms = isOn ? [names[0].replace('--no-', '--'), ...names] : names;
  return entry(forms.map((name) => bold(name) + value).join(', '), sentence(describe) + standing);
}

function optionGroups(options) {
  const own = options.filter(({ group }) => group !== COMMON_GROUP);
  return [...new Set(own.map(({ group }) => group))].flatMap((name) => [
    ...(name === OWN_GROUP ? [] : [`.PP\n${roff(name)}`]),
    ...own.filter(({ group }) => group === name).map(option),
  ]);
}

function command({ usage: text, describe, positionals, options, examples }) {
  return [
    `.SS ${usage(text)}`,
    sentence(describe),
    ...positionals.map(({ name, describe, choices }) =>
      entry(
        italic(name),
        sentence(describe) + (choices.length > 0 ? ` One of: ${choices.map(bold).join(', ')}.` : ''),
      ),
    ),
    ...optionGroups(options),
    ...(examples.length === 0 ? [] : ['.PP\nExamples:']),
    ...examples.map(([line, what]) => entry(bold(line), roff(what))),
  ];
}

/** The man page of all commands. */
export async function makeManPage() {
  const commands = (await loadCommands()).map(declarationOf);
  const common = commands[0].options.filter(({ group }) => group === COMMON_GROUP);
  const lines = [
    '.\\" Made by npm run generate; do not edit.',
    `.TH ISOBOOT 1 "" "isoboot ${roff(version)}" "User Commands"`,
    '.SH NAME',
    'isoboot \\- make ISO 9660 images bootable',
    '.SH SYNOPSIS',
    ...commands.flatMap(({ usage: text }, i) => [
      ...(i === 0 ? [] : ['.br']),
      `${bold('isoboot')} ${usage(text)} [${italic('options')}]`,
    ]),
    '.SH DESCRIPTION',
    roff(
      'isoboot adds an El Torito boot record, a boot catalog and a boot info table to an image, as a handful of patched blocks: in a copy, in place, or on standard output. Nothing is rebuilt.',
    ),
    'Commands that write never touch their input unless \\fB\\-\\-in\\-place\\fR is given, and overwrite nothing without \\fB\\-\\-force\\fR.',
    'What stands behind \\fB\\-\\-\\fR is a name, whatever it starts with.',
    '.SH COMMANDS',
    ...commands.flatMap(command),
    '.SH OPTIONS OF EVERY COMMAND',
    ...common.map(option),
    entry(bold('--version'), 'Print the version.'),
    '.SH EXIT STATUS',
    ...Object.entries(EXIT_MEANINGS).map(([code, meaning]) => entry(bold(code), roff(meaning))),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.map(([name, meaning]) => entry(bold(name), roff(meaning))),
    '.SH FILES',
    entry(
      `${italic('image')}${bold('.isoboot-undo')}`,
      'What an edit in place overwrote; \\fBisoboot undo\\fR puts it back.',
    ),
    '.SH SEE ALSO',
    `${bold('xorriso')}(1), ${bold('genisoimage')}(1), ${bold('checkisomd5')}(1)`,
    '.PP',
    roff(
      'The folder docs of the package: scripting.md for scripts, json.md and schema/ for what --json prints, error-codes.md, batch.md.',
    ),
  ];
  return `${lines.join('\n')}\n`;
}
