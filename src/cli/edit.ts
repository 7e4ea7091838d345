import { basename, dirname, extname, join, resolve } from 'node:path';
import type { InferredOptionTypes } from 'yargs';
import { IsoError } from '../errors.js';
import type { EditOptions } from '../job/edit-options.js';
import { parseExpectation } from '../job/expectation.js';
import { inspect } from '../job/inspect.js';
import type { ChangeReport } from '../job/report.js';
import type { InjectTarget } from '../job/target.js';
import { isRawVolume } from '../source/device-failure.js';
import { statsAt } from '../source/stats.js';
import { lbaOfOffset } from '../units.js';
import type { OptionTable } from './declaration.js';
import type { Host } from './host.js';
import {
  imageArgument,
  imageInput,
  outputRequired,
  pathOption,
  refuseTerminal,
  refuseTogether,
  STANDARD_STREAM,
} from './options.js';
import { printable } from '../job/printable.js';
import { outputText } from './text.js';

/** Where the result of an edit goes. */
export const OUTPUT_OPTIONS = {
  output: {
    alias: 'o',
    type: 'string',
    takes: 'file',
    requiresArg: true,
    describe: 'Where the result goes; - for standard output',
  },
  'in-place': {
    type: 'boolean',
    default: false,
    describe: 'Edit the image itself; isoboot undo takes it back',
  },
} as const satisfies OptionTable;

/** How an edit is made safe. */
export const SAFETY_OPTIONS = {
  expect: {
    type: 'string',
    requiresArg: true,
    describe: 'Digest of the input: sha256:, sha512: or md5: and digits',
  },
  'dry-run': { type: 'boolean', default: false, describe: 'Say what would change, and write nothing' },
  'undo-file': { type: 'string', takes: 'file', requiresArg: true, describe: 'Where the undo file goes' },
  undo: { type: 'boolean', default: true, describe: 'Keep an undo file with --in-place; --no-undo does not' },
  force: { type: 'boolean', default: false, describe: 'Overwrite an existing output' },
} as const satisfies OptionTable;

type EditValues = InferredOptionTypes<typeof OUTPUT_OPTIONS & typeof SAFETY_OPTIONS>;

/** The values of the options of every edit. */
export interface EditArguments {
  readonly image?: string | undefined;
  readonly json: boolean;
  readonly output: EditValues['output'];
  readonly inPlace: boolean;
  readonly expect: EditValues['expect'];
  readonly dryRun: boolean;
  readonly undoFile: EditValues['undo-file'];
  readonly undo: boolean;
  readonly force: boolean;
}

/** The groups of these options in help. */
export const OUTPUT_GROUP = 'Output:';
export const SAFETY_GROUP = 'Safety:';

/** Whether standard output is where a command writes the image. */
function takesStdout(args: { output?: unknown }): boolean {
  return args.output === STANDARD_STREAM;
}

/**
 * What every edit is told; `suffix` ends the stem of the default output. Errors: `ISO_USAGE_ARGUMENT`,
 * `ISO_USAGE_CONFLICT`.
 */
export async function editOptionsOf(args: EditArguments, host: Host, suffix: string): Promise<EditOptions> {
  const input = imageInput(host, args.image);
  refuseTogether({ '--output': args.output, '--in-place': args.inPlace });
  refuseTogether({ '--undo-file': args.undoFile, '--no-undo': !args.undo });
  if (args.undoFile !== undefined && !args.inPlace) {
    throw new IsoError('ISO_USAGE_CONFLICT', '--undo-file goes with --in-place', { wanted: '--in-place' });
  }
  return {
    input,
    target: await targetOf(args, imageArgument(args.image), host, suffix),
    expect: args.expect === undefined ? undefined : parseExpectation(args.expect),
    force: args.force,
    dryRun: args.dryRun,
  };
}

async function targetOf(
  args: EditArguments,
  image: string,
  host: Host,
  suffix: string,
): Promise<InjectTarget> {
  if (args.inPlace) {
    return { kind: 'in-place', undo: args.undo ? pathOption('--undo-file', args.undoFile) : false };
  }
  const isNowhere = image === STANDARD_STREAM && args.output === undefined && args.dryRun;
  if (takesStdout(args) || isNowhere) {
    if (!args.dryRun) {
      refuseTerminal(host, 'an image');
    }
    return { kind: 'stream', stream: host.stdout, recycle: true, digest: args.json };
  }
  return {
    kind: 'copy',
    path: pathOption('--output', args.output) ?? (await defaultOutput(image, suffix)),
    force: args.force,
  };
}

/** Beside the input; for a device, in the current folder and by the name of its volume. */
async function defaultOutput(input: string, suffix: string): Promise<string> {
  if (input === STANDARD_STREAM) {
    throw outputRequired();
  }
  const found = statsAt(input);
  if (isRawVolume(input) || found?.isBlockDevice() === true || found?.isCharacterDevice() === true) {
    const { volume } = await inspect(input);
    return `${volume.id.replace(/[^\w.-]+/g, '_') || 'disc'}-${suffix}.iso`;
  }
  return join(dirname(input), `${basename(input, extname(input))}-${suffix}.iso`);
}

/** Every change, in the order in which it is written. */
export async function changeTable(changes: readonly ChangeReport[]): Promise<string> {
  const { tableText } = await import('./table.js');
  const head = ['OFFSET', 'BLOCK', 'BYTES', 'PHASE', 'WHY'];
  const rows = changes.map(({ offset, length, phase, what }) => [
    String(offset),
    String(lbaOfOffset(offset)),
    String(length),
    phase,
    printable(what),
  ]);
  return tableText(head, rows);
}

/** Where the result of an edit is, and how it is taken back. */
export function resultLines(report: {
  readonly dryRun: boolean;
  readonly input: string;
  readonly output: string | null;
  readonly size: number;
  readonly undo: string | null;
}): [string, string][] {
  const { dryRun, input, output, size, undo } = report;
  if (dryRun) {
    return [['Dry run', 'nothing was written']];
  }
  return [
    ['Output', outputText(output ?? '', size)],
    ...(undo === null ? [] : [['Undo', undoCommand(input, undo)] as [string, string]]),
  ];
}

/** What takes an edit of an image back; its undo file is named where it is not the one that is looked for. */
function undoCommand(input: string, undo: string): string {
  const isBeside = resolve(undo) === resolve(`${input}.isoboot-undo`);
  const command = `isoboot undo "${printable(input)}"`;
  return isBeside ? `${command} (from ${printable(undo)})` : `${command} --undo-file "${printable(undo)}"`;
}
