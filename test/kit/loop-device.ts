/** Files as discs in drives: Linux' loop devices, where a test may make them. */
import { truncate } from 'node:fs/promises';
import type { Test } from 'tap';
import { run } from './tools.js';

/** Makes the last blocks of a device unreadable: the file under it ends in front of them. */
export type CutOff = (size: number) => Promise<void>;

/**
 * Runs `work` with a read-only loop device over a file. Gives false where there is none to be had, and notes that as a
 * skipped test: it takes a privileged user, and so is no missing tool.
 */
export async function withLoopDevice(
  t: Test,
  file: string,
  work: (device: string, cutOff: CutOff) => Promise<void>,
): Promise<boolean> {
  const made = await run('losetup', ['-r', '-f', '--show', file]).catch(() => undefined);
  if (made?.code !== 0) {
    t.pass('no loop device to be had', { skip: 'needs a free loop device and the right to attach it' });
    return false;
  }
  const device = made.stdout.toString().trim();
  try {
    await work(device, (size) => truncate(file, size));
  } finally {
    await run('losetup', ['-d', device]);
  }
  return true;
}
