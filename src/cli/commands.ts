import type { ExitCode } from '../errors.js';
import type { Host } from './host.js';
import type { CommonArgv } from './options.js';

/** What a command's file gives: its arguments, and what to do with them. */
export interface Command<A> {
  build(yargs: CommonArgv): unknown;
  /** Gives the exit code of an answer that is no plain yes. */
  run(args: A, host: Host): Promise<ExitCode> | Promise<void>;
}

/** A command with how it is called, and what it does in a few words. */
export type CommandEntry = readonly [usage: string, describe: string, load: () => Promise<Command<never>>];

/** All commands, in the order in which help lists them; each is loaded when it is named. */
export const COMMANDS: readonly CommandEntry[] = [
  ['inject <image>', 'Make an image bootable', () => import('./inject.js')],
  ['extract-boot <image>', 'Save the boot file of an image or disc', () => import('./extract-boot.js')],
  ['remove-boot <image>', 'Take the boot record out of an image', () => import('./remove-boot.js')],
  [
    'media-check <image>',
    'Judge, implant or take out the MD5 that installers check',
    () => import('./media-check.js'),
  ],
  ['compare <image>', 'Say whether a burned disc is what an image is', () => import('./compare.js')],
  ['inspect <image>', 'Say what is in an image and whether it boots', () => import('./inspect.js')],
  ['ls <image> [path]', 'List files of an image', () => import('./ls.js')],
  ['extract <image> [path..]', 'Take files and folders out of an image', () => import('./extract.js')],
  ['batch [images..]', 'Work on many images, with one report', () => import('./batch.js')],
  ['undo <image>', 'Take back edits in place, byte for byte', () => import('./undo.js')],
  [
    'completion <shell>',
    'Print a script that lets a shell complete what is typed',
    () => import('./completion.js'),
  ],
];

/** A command that is there. */
export type LoadedCommand = readonly [usage: string, describe: string, command: Command<never>];

/** Loads one command. */
export async function loadCommand([usage, describe, load]: CommandEntry): Promise<LoadedCommand> {
  return [usage, describe, await load()];
}

/** Loads all of them. */
export function loadCommands(): Promise<LoadedCommand[]> {
  return Promise.all(COMMANDS.map(loadCommand));
}
