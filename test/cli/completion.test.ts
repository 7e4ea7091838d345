/** What bash and zsh complete with the scripts of `isoboot completion`. */
import { writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { loadCommands } from '../../src/cli/commands.js';
import { declarationOf } from '../../src/cli/declaration.js';
import { needTools, runOk } from '../kit/tools.js';
import { cli, refuses } from './machine.js';

/** Keys that put all that would complete a word into the line. */
const ALL_MATCHES = { bash: '\u001b*', zsh: '\u0018\u0001' } as const;

type Shell = keyof typeof ALL_MATCHES;

/** A line as it is typed, `\t` and all; and the words it has then. */
interface Typed {
  readonly line: string;
  /** Whether all completions are wanted, where there are several. */
  readonly all?: true;
  readonly words: readonly string[];
  /** Nothing for the words of both. */
  readonly shell?: Shell;
}

const names = (await loadCommands()).map((entry) => declarationOf(entry).name);

const TYPED: readonly Typed[] = [
  { line: 'inj\t', words: ['inject'] },
  { line: 'inject my\t', words: ['inject', 'my disc.iso'] },
  { line: 'inject --emul\t 1.4\t', words: ['inject', '--emulation', '1.44'] },
  { line: 'inject --emulation=1.4\t', words: ['inject', '--emulation=1.44'] },
  {
    line: 'inject x --media-check ',
    all: true,
    words: ['inject', 'x', '--media-check', 'add', 'keep', 'strip'],
  },
  {
    line: 'remove-boot x --media-check ',
    all: true,
    words: ['remove-boot', 'x', '--media-check', 'keep', 'strip'],
  },
  { line: 'inject x --donor my\t', words: ['inject', 'x', '--donor', 'my disc.iso'] },
  { line: 'inject x -o my\t', words: ['inject', 'x', '-o', 'my disc.iso'] },
  { line: 'extract x / -o f\t', words: ['extract', 'x', '/', '-o', 'folder/'] },
  // zsh offers files where no folder has that name.
  { line: 'extract x / -o my\t', words: ['extract', 'x', '/', '-o', 'my'], shell: 'bash' },
  { line: 'inject x --load-size my\t', words: ['inject', 'x', '--load-size', 'my'] },
  { line: 'compare x --against my\t', words: ['compare', 'x', '--against', 'my disc.iso'] },
  { line: 'batch my\t', words: ['batch', 'my disc.iso'] },
  { line: 'batch x --do ins\t', words: ['batch', 'x', '--do', 'inspect'] },
  { line: 'inspect x --dry\t', words: ['inspect', 'x', '--dry'] },
  { line: 'inject x --dry\t', words: ['inject', 'x', '--dry-run'] },
  { line: 'ls x --no-pro\t', words: ['ls', 'x', '--no-progress'] },
  { line: 'completion ', all: true, words: ['completion', 'bash', 'zsh'] },
  { line: '', all: true, words: ['--help', '--version', ...names].sort(), shell: 'bash' },
  { line: '', all: true, words: [...names].sort(), shell: 'zsh' },
];

/** What the completed line is run by: it prints the words that it gets. */
const PRINTER = `isoboot() { printf '<%s>' "$@"; echo; }\n`;

async function withScript(t: Test, shell: Shell): Promise<{ folder: string; script: string }> {
  const { code, stdout } = await cli(['completion', shell]);
  t.equal(code, 0);
  const folder = t.testdir({ here: { 'my disc.iso': '', folder: {} }, script: stdout });
  return { folder: `${folder}/here`, script: `${folder}/script` };
}

function linesFor(shell: Shell): Typed[] {
  return TYPED.filter((typed) => (typed.shell ?? shell) === shell);
}

function isSame(t: Test, shell: Shell, output: string): void {
  const printed = [...output.matchAll(/^(<.*>)\r?$/gm)].map(([, words]) => words);
  const wanted = linesFor(shell).map(({ words }) => words.map((word) => `<${word}>`).join(''));
  // zsh puts a folder's slash there to go on behind it, and takes it away again.
  t.strictSame(
    printed.map((words) => words?.replace('<folder>', '<folder/>')),
    wanted,
  );
}

t.test('bash', async (t) => {
  if (!needTools(t, 'bash')) {
    return;
  }
  const { folder, script } = await withScript(t, 'bash');
  const settings = `${folder}/../settings`;
  await writeFile(settings, `PS1=\nsource '${script}'\n${PRINTER}`);
  const input = linesFor('bash').map(
    ({ line, all }) => `isoboot ${line}${all === true ? ALL_MATCHES.bash : ''}\n`,
  );
  const argv = ['--noprofile', '--rcfile', settings, '-i'];
  const output = await runOk('bash', argv, { cwd: folder, input: input.join('') });
  isSame(t, 'bash', output.toString());
});

/** Starts a zsh on a terminal of its own, types what comes on standard input, and prints what is on the terminal. */
const ZSH_TYPIST = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "stty -echo; source '$1'"
while IFS= read -r line; do zpty -w shell "$line"; done
zpty -w shell 'print the-$((1 + 1))-end'
zpty -r -m shell output '*the-2-end*'
print -r -- "$output"
`;

const ZSH_SETTINGS = `
PS1= PS2=
autoload -Uz compinit && compinit -u -D
zle -C all-matches complete-word _generic
zstyle ':completion:all-matches:*' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert yes
bindkey '^X^A' all-matches
`;

t.test('zsh', async (t) => {
  if (!needTools(t, 'zsh')) {
    return;
  }
  const { folder, script } = await withScript(t, 'zsh');
  const at = (name: string): string => `${folder}/../${name}`;
  await writeFile(at('settings'), `${ZSH_SETTINGS}source '${script}'\n${PRINTER}`);
  await writeFile(at('typist'), ZSH_TYPIST);
  const input = linesFor('zsh').map(
    ({ line, all }) => `isoboot ${line}${all === true ? ALL_MATCHES.zsh : ''}\n`,
  );
  const argv = ['-f', at('typist'), at('settings')];
  const output = await runOk('zsh', argv, { cwd: folder, input: input.join('') });
  isSame(t, 'zsh', output.toString());
});

t.test('every command and option is in the scripts', async (t) => {
  for (const shell of ['bash', 'zsh']) {
    const { stdout } = await cli(['completion', shell]);
    for (const { name, options } of (await loadCommands()).map(declarationOf)) {
      const start = shell === 'bash' ? `'${name} -') words='` : `\n        ${name})\n`;
      const part = stdout.slice(stdout.indexOf(start)).split(/;;/, 1)[0] ?? '';
      const missing = options.flatMap(({ names }) => names).filter((option) => !part.includes(option));
      t.strictSame(missing, [], `${shell}, ${name}`);
    }
  }
});

await refuses(t, ['completion'], 'ISO_USAGE_ARGUMENT', 2);
await refuses(t, ['completion', 'fish'], 'ISO_USAGE_ARGUMENT', 2);

t.test('a script is no report', async (t) => {
  const { code, stdout } = await cli(['completion', 'bash', '--json']);
  t.equal(code, 2);
  t.match(stdout, /ISO_USAGE_CONFLICT/);
});
