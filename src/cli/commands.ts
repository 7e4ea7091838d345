import type { ExitCode } from '../errors.js';
import * as batch from './batch.js';
import * as compare from './compare.js';
import * as completion from './completion.js';
import * as extract from './extract.js';
import * as extractBoot from './extract-boot.js';
import type { Host } from './host.js';
import * as inject from './inject.js';
import * as inspect from './inspect.js';
import * as ls from './ls.js';
import * as mediaCheck from './media-check.js';
import type { CommonArgv } from './options.js';
import * as removeBoot from './remove-boot.js';
import * as undo from './undo.js';

/** What a command's file gives: its arguments, and what to do with them. */
export interface Command<A> {
  build(yargs: CommonArgv): unknown;
  /** Gives the exit code of an answer that is no plain yes. */
  run(args: A, host: Host): Promise<ExitCode> | Promise<void>;
}

/** A command with how it is called, and what it does in a few words. */
export type CommandEntry = readonly [usage: string, describe: string, command: Command<never>];

/** All commands, in the order in which help lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  ['inject <image>', 'Make an image bootable', inject],
  ['extract-boot <image>', 'Save the boot file of an image or disc', extractBoot],
  ['remove-boot <image>', 'Take the boot record out of an image', removeBoot],
  ['media-check <image>', 'Judge, implant or take out the MD5 that installers check', mediaCheck],
  ['compare <image>', 'Say whether a burned disc is what an image is', compare],
  ['inspect <image>', 'Say what is in an image and whether it boots', inspect],
  ['ls <image> [path]', 'List files of an image', ls],
  ['extract <image> [path..]', 'Take files and folders out of an image', extract],
  ['batch [images..]', 'Work on many images, with one report', batch],
  ['undo <image>', 'Take back edits in place, byte for byte', undo],
  ['completion <shell>', 'Print a script that lets a shell complete what is typed', completion],
];
