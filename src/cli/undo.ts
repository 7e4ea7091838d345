import type { ArgumentsCamelCase } from 'yargs';
import { undo, type UndoReport } from '../job/undo.js';
import { OWN_GROUP, type OptionTable } from './declaration.js';
import type { Host } from './host.js';
import { imageArgument, pathOption, speechOf, type CommonArgv } from './options.js';
import { printReport } from './output.js';
import { printable } from '../job/printable.js';
import { grouped, labelled, sizeText } from './text.js';

const OPTIONS = {
  'undo-file': {
    type: 'string',
    takes: 'file',
    requiresArg: true,
    describe: 'The undo file, if it is not beside the image',
  },
} as const satisfies OptionTable;

/** Declares the arguments of `undo`. */
export function build(yargs: CommonArgv) {
  return yargs
    .positional('image', { type: 'string', takes: 'file', describe: 'An image that was edited in place' })
    .nargs('image', 1)
    .options(OPTIONS)
    .group(Object.keys(OPTIONS), OWN_GROUP)
    .example('isoboot undo vendor.iso', 'puts back what isoboot inject vendor.iso --in-place changed');
}

type UndoArguments = ArgumentsCamelCase<Awaited<ReturnType<typeof build>['argv']>>;

/** Runs `undo`. */
export async function run(args: UndoArguments, host: Host): Promise<void> {
  const input = imageArgument(args.image);
  const report = await undo({
    input,
    undoFile: pathOption('--undo-file', args.undoFile),
    signal: host.signal,
  });
  await printReport(host, speechOf(args), report, () => undoText(report));
}

function undoText({ input, state, ranges, bytes, sizeAfter }: UndoReport): string {
  const what =
    state === 'incomplete'
      ? 'the edit had not begun; nothing had to be put back'
      : `${grouped(bytes)} bytes in ${ranges} places put back${state === 'done' ? '' : ' after an interrupted edit'}`;
  return labelled([
    ['Image', `${printable(input)}, ${sizeText(sizeAfter)}`],
    ['Undone', `${what}; the image is as it was before isoboot touched it`],
  ]);
}
