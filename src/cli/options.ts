import type { Argv, InferredOptionTypes, Options } from 'yargs';
import { IsoError } from '../errors.js';
import type { Host } from './host.js';
import type { ImageInput } from '../job/input.js';
import type { Speech } from './output.js';

/** The options that every command has. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', default: false, describe: 'Print one JSON object instead of text' },
  quiet: { alias: 'q', type: 'boolean', default: false, describe: 'Print nothing but errors' },
  verbose: { alias: 'v', type: 'boolean', default: false, describe: 'Tell each step on standard error' },
  'log-json': { type: 'boolean', default: false, describe: 'Log as JSON lines on standard error' },
  progress: {
    type: 'boolean',
    default: true,
    describe: 'Show progress on a terminal; --no-progress hides it',
  },
} as const satisfies Record<string, Options>;

/** The image as a command's argument. */
export const IMAGE_ARGUMENT = {
  type: 'string',
  takes: 'file',
  describe: 'An ISO 9660 image, a device, or - for standard input',
} as const;

/** A parser that knows the common options. */
export type CommonArgv = Argv<InferredOptionTypes<typeof COMMON_OPTIONS>>;

/** The values of the common options. */
export interface CommonArguments {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly logJson: boolean;
  readonly progress: boolean;
}

/** How these arguments ask a command to speak. */
export function speechOf(args: CommonArguments, stdoutTaken = false): Speech {
  return { json: args.json, quiet: args.quiet, verbose: args.verbose, stdoutTaken };
}

/** The name by which standard input and standard output are asked for. */
export const STANDARD_STREAM = '-';

/** The image that a command was given by name. Errors: `ISO_USAGE_ARGUMENT`. */
export function imageArgument(image: string | undefined): string {
  if (image === undefined || image === '') {
    throw new IsoError('ISO_USAGE_ARGUMENT', 'no image was named', { wanted: 'an image file or a device' });
  }
  return image;
}

/** Where a command finds the image that it was given: standard input for `-`. Errors: `ISO_USAGE_ARGUMENT`. */
export function imageInput(host: Host, image: string | undefined): ImageInput {
  const name = imageArgument(image);
  if (name !== STANDARD_STREAM) {
    return name;
  }
  if (host.stdin.isTTY === true) {
    throw new IsoError(
      'ISO_USAGE_ARGUMENT',
      'standard input is a terminal; an image comes from a pipe or a file',
      {
        found: 'a terminal',
        wanted: 'a pipe or a file',
      },
    );
  }
  return host.stdin;
}

/** The error of a result that there is nothing to name by. */
export function outputRequired(): IsoError {
  return new IsoError(
    'ISO_USAGE_ARGUMENT',
    'an image from standard input needs -o to say where the result goes',
    {
      wanted: '-o and a file, or - for standard output',
    },
  );
}

/** Refuses options that exclude each other. Errors: `ISO_USAGE_CONFLICT`. */
export function refuseTogether(given: Readonly<Record<string, unknown>>): void {
  const present = Object.entries(given).filter(([, value]) => value !== undefined && value !== false);
  if (present.length > 1) {
    throw new IsoError('ISO_USAGE_CONFLICT', 'these options exclude each other', {
      found: present.map(([name]) => name).join(', '),
      wanted: 'one of them',
    });
  }
}

/** A whole number in a range, in decimal or with 0x in hexadecimal digits. Errors: `ISO_USAGE_ARGUMENT`. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new IsoError('ISO_USAGE_ARGUMENT', `${option} takes a whole number`, {
      found: text,
      wanted: `${least} to ${most}`,
    });
  }
  return value;
}

/** A path that an option names; an empty one is a mistake in a script. Errors: `ISO_USAGE_ARGUMENT`. */
export function pathOption(option: string, path: string | undefined): string | undefined {
  if (path === '') {
    throw new IsoError('ISO_USAGE_ARGUMENT', `${option} was given an empty path`);
  }
  return path;
}

/** Refuses to write bytes onto a terminal. Errors: `ISO_USAGE_ARGUMENT`. */
export function refuseTerminal(host: Host, what: string): void {
  if (host.stdout.isTTY === true) {
    throw new IsoError('ISO_USAGE_ARGUMENT', `standard output is a terminal; ${what} is not for reading`, {
      found: 'a terminal',
      wanted: 'a pipe or a file',
    });
  }
}
