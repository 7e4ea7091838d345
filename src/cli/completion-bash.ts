import type { Declaration, DeclaredOption } from './declaration.js';

/** A script that lets bash complete commands, options and values; file names it leaves to bash itself. */
export function bashScript(commands: readonly Declaration[]): string {
  const names = commands.map(({ name }) => name);
  return `# bash completion for isoboot, made by: isoboot completion bash

_isoboot() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= words= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${names.join(' | ')})
        command=\${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  # A word such as --name=value comes as three.
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if [[ -z $command ]]; then
    words='${[...names, '--help', '--version'].join(' ')}'
  else
    case "$command $prev" in
${commands.flatMap(valueCases).join('\n')}
      *) _isoboot_words ;;
    esac
  fi
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    _isoboot_no_files +o default
  fi
}

_isoboot_words() {
  case "$command \${cur:0:1}" in
${commands.flatMap(wordCases).join('\n')}
  esac
}

# Without an answer, bash offers files; this keeps it from that, where it can be told so (4.0).
_isoboot_no_files() {
  [[ $(type -t compopt) == builtin ]] && compopt "$@"
}

complete -o default -F _isoboot isoboot
`;
}

/** What follows an option that takes a value. */
function valueCases({ name, options }: Declaration): string[] {
  return options.filter(({ takesValue }) => takesValue).flatMap((option) => valueCase(name, option));
}

function valueCase(command: string, { names, choices, takes }: DeclaredOption): string {
  const pattern = names.map((name) => `'${command} ${name}'`).join(' | ');
  return `      ${pattern}) ${actionFor(choices, takes)} ;;`;
}

function actionFor(choices: readonly string[], takes: DeclaredOption['takes']): string {
  if (choices.length > 0) {
    return `words='${choices.join(' ')}'`;
  }
  switch (takes) {
    case 'file':
      return ':';
    case 'folder':
      return '_isoboot_no_files +o default -o dirnames';
    default:
      return '_isoboot_no_files +o default';
  }
}

/** What a word is that no option asks for: an option, or one of the arguments that stand by themselves. */
function wordCases({ name, options, positionals }: Declaration): string[] {
  const [first] = positionals;
  return [
    `    '${name} -') words='${options.flatMap(({ names }) => names).join(' ')}' ;;`,
    `    '${name} '*) ${actionFor(first?.choices ?? [], first?.takes)} ;;`,
  ];
}
