/** Boots images in QEMU and waits for a word on the serial line. */
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEBIAN_FILES, type ToolName } from './tools.js';

/** What a boot showed. */
export interface BootResult {
  /** Whether the token appeared. */
  readonly matched: boolean;
  /** Everything on the serial line, without cursor movements and colours. */
  readonly log: string;
}

/** The tools that booting takes. */
export const SEABIOS_TOOLS: readonly ToolName[] = ['qemu'];
export const OVMF_TOOLS: readonly ToolName[] = ['qemu', 'ovmf'];

const LIMIT_SECONDS = 60;
const POLL_MS = 50;

/** Plain emulation: KVM is not everywhere, and breaks some loaders where it is. */
const COMMON = ['-accel', 'tcg', '-display', 'none', '-monitor', 'none', '-net', 'none', '-no-reboot'];

/** SeaBIOS's last word on a machine without anything to boot; waiting on would only cost time. */
export const SEABIOS_GAVE_UP = 'No bootable device';

let last: Promise<unknown> = Promise.resolve();

/** One virtual machine at a time in a test file, whatever the tests do in parallel. */
function inTurn(boot: () => Promise<BootResult>): Promise<BootResult> {
  const next = last.then(boot);
  last = next.catch(() => undefined);
  return next;
}

/** Boots an image as a CD in a PC with a BIOS. */
export function bootSeabios(image: string, token: string): Promise<BootResult> {
  const machine = ['-m', '128', '-machine', 'graphics=off', '-cdrom', image, '-boot', 'd'];
  return inTurn(() => inFolder((folder) => watch(folder, machine, token, SEABIOS_GAVE_UP)));
}

/** Boots an image as a CD in a PC with UEFI. */
export function bootOvmf(image: string, token: string): Promise<BootResult> {
  return inTurn(() =>
    inFolder(async (folder) => {
      const variables = join(folder, 'variables.fd');
      await copyFile(DEBIAN_FILES.ovmfVariables, variables);
      const flash = 'if=pflash,format=raw';
      const code = `${flash},unit=0,readonly=on,file=${DEBIAN_FILES.ovmfCode}`;
      const machine = ['-m', '256', '-machine', 'q35', '-drive', code];
      const disc = ['-drive', `${flash},unit=1,file=${variables}`, '-cdrom', image, '-boot', 'd'];
      return watch(folder, [...machine, ...disc], token);
    }),
  );
}

async function inFolder(boot: (folder: string) => Promise<BootResult>): Promise<BootResult> {
  const folder = await mkdtemp(join(tmpdir(), 'isoboot-qemu-'));
  try {
    return await boot(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts the machine and reads its serial line until the token, the word of defeat, its end or the limit. */
async function watch(
  folder: string,
  machine: readonly string[],
  token: string,
  defeat?: string,
): Promise<BootResult> {
  const serial = join(folder, 'serial.log');
  // `timeout` ends the machine even where the test itself is killed first.
  const limit = ['--kill-after=5', String(LIMIT_SECONDS), 'qemu-system-x86_64'];
  const child = spawn('timeout', [...limit, ...COMMON, '-serial', `file:${serial}`, ...machine], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  child.on('error', (error) => errors.push(Buffer.from(error.message)));

  let log = await readLog(serial);
  while (!log.includes(token) && !(defeat !== undefined && log.includes(defeat))) {
    const over = await Promise.race([ended.then(() => true), sleep(POLL_MS, false)]);
    log = await readLog(serial);
    if (over) {
      break;
    }
  }
  child.kill('SIGTERM');
  await ended;
  return { matched: log.includes(token), log: log + Buffer.concat(errors).toString() };
}

/**
 * `ESC [ ... letter`, and carriage returns: firmware and loaders put cursor movements and colours between the letters of a
 * word.
 */
const CONTROL_SEQUENCE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?=]*[A-Za-z]|\r`, 'g');

async function readLog(serial: string): Promise<string> {
  const text = await readFile(serial, 'latin1').catch(() => '');
  return text.replace(CONTROL_SEQUENCE, '');
}
