import type { Declaration, DeclaredOption, DeclaredPositional } from './declaration.js';

/** A script that lets zsh complete commands, options and values, each with what it is for. */
export function zshScript(commands: readonly Declaration[]): string {
  return `#compdef isoboot
# zsh completion for isoboot, made by: isoboot completion zsh

_isoboot() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a commands=(
${commands.map(({ name, describe }) => `    ${quoted(`${name}:${describe}`)}`).join('\n')}
  )
  _arguments -C '(- *)--help[Show help]' '(- *)--version[Show the version]' '1: :->command' '*:: :->arguments'
  case $state in
    command) _describe -t commands command commands ;;
    arguments)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _isoboot ]]; then
  _isoboot "$@"
else
  compdef _isoboot isoboot
fi
`;
}

function commandCase({ name, options, positionals }: Declaration): string {
  const lines = [...options.map(optionSpec), ...positionals.map(positionalSpec)];
  return `        ${name})\n          _arguments -s ${lines.map((line) => `\\\n            ${line}`).join(' ')}\n          ;;`;
}

/** An option as `_arguments` takes it; one that was given is not offered again, nor by its other names. */
function optionSpec({ names, describe, takesValue, choices, takes, isRepeatable }: DeclaredOption): string {
  const text = `[${describe.replace(/[[\]\\]/g, '\\$&')}]`;
  const value = takesValue ? `:value:${actionFor(choices, takes)}` : '';
  const forms = names.map((name) => (!takesValue ? name : name.startsWith('--') ? `${name}=` : `${name}+`));
  const others = isRepeatable ? '*' : `(${names.join(' ')})`;
  return forms.map((form) => quoted(`${others}${form}${text}${value}`)).join(' ');
}

function positionalSpec(positional: DeclaredPositional, index: number): string {
  const { name, isRequired, isRepeatable, choices, takes } = positional;
  const place = isRepeatable ? '*:' : `${index + 1}:${isRequired ? '' : ':'}`;
  // A message would keep an option from being completed where this argument may stand too.
  const action = choices.length === 0 && takes === undefined ? '()' : actionFor(choices, takes);
  return quoted(`${place}${name}:${action}`);
}

function actionFor(choices: readonly string[], takes: DeclaredOption['takes']): string {
  if (choices.length > 0) {
    return `(${choices.join(' ')})`;
  }
  // A message alone says what is wanted, and offers nothing.
  return takes === undefined ? ' ' : takes === 'file' ? '_files' : '_files -/';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
