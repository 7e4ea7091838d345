/** The single file, alone in a folder that has nothing to do with this project. */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { NODE } from './isoboot.js';
import { run, type RunResult } from './tools.js';

/** The single file as it is built. */
export const SINGLE_FILE = fileURLToPath(new URL('../../dist/isoboot.mjs', import.meta.url));

/** Makes an empty folder outside of this project, which goes with the test. */
export async function makeFarFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'isoboot-single-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Copies the single file into a new folder; gives where it is then. */
export async function copySingleFile(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'isoboot.mjs');
  await copyFile(SINGLE_FILE, path);
  return path;
}

/** Runs one of the two programs in a folder. */
export function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  const [node = '', ...first] = NODE;
  return run(node, [...first, program, ...args], { cwd, env });
}
