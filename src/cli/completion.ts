import type { ArgumentsCamelCase } from 'yargs';
import { IsoError } from '../errors.js';
import type { Host } from './host.js';
import type { CommonArgv } from './options.js';

const SHELLS = ['bash', 'zsh'] as const;

/** Declares the arguments of `completion`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('shell', { choices: SHELLS, describe: 'Which shell the script is for' })
    .nargs('shell', 1)
    .example('source <(isoboot completion bash)', 'for this shell; in ~/.bashrc for every one')
    .example('source <(isoboot completion zsh)', 'the same in zsh, behind compinit in ~/.zshrc');
}

type CompletionArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `completion`: the script has all options in it, so that nothing is started at a Tab. */
export async function run({ shell, json }: CompletionArguments, host: Host): Promise<void> {
  if (json) {
    throw new IsoError('ISO_USAGE_CONFLICT', 'a script for a shell is no report', { found: '--json' });
  }
  const [{ loadCommands }, { declarationOf }] = await Promise.all([
    import('./commands.js'),
    import('./declaration.js'),
  ]);
  const declarations = (await loadCommands()).map(declarationOf);
  const script =
    shell === 'zsh'
      ? (await import('./completion-zsh.js')).zshScript(declarations)
      : (await import('./completion-bash.js')).bashScript(declarations);
  host.stdout.write(script);
}
