/** The system tools that tests compare isoboot with, and the one way in which tests start a program. */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Test } from 'tap';

/** Debian's own interpreter by its path: the first `python3` of a developer's PATH seldom has pycdlib. */
export const PYTHON = '/usr/bin/python3';

/** Files of Debian packages that tests take apart or put into images. */
export const DEBIAN_FILES = {
  isolinux: '/usr/lib/ISOLINUX/isolinux.bin',
  ldlinux: '/usr/lib/syslinux/modules/bios/ldlinux.c32',
  ovmfCode: '/usr/share/OVMF/OVMF_CODE_4M.fd',
  ovmfVariables: '/usr/share/OVMF/OVMF_VARS_4M.fd',
  ipxe: '/usr/lib/ipxe/ipxe.iso',
  memtest: '/usr/lib/memtest86+/memtest86+x64.iso',
  grubRescue: '/usr/lib/grub-rescue/grub-rescue-cdrom.iso',
} as const;

interface Tool {
  /** The Debian package to install when the tool is missing. */
  readonly package: string;
  readonly present: () => boolean;
}

function command(name: string, debianPackage: string): Tool {
  return { package: debianPackage, present: () => commandPath(name) !== undefined };
}

function file(path: string, debianPackage: string): Tool {
  return { package: debianPackage, present: () => existsSync(path) };
}

/** /sbin is looked into as well: Debian keeps `mkfs.fat` there, and a plain user's PATH leaves it out. */
function commandPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

function hasPycdlib(): boolean {
  return existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import pycdlib'], { timeout: 30_000 }).status === 0;
}

const TOOLS = {
  genisoimage: command('genisoimage', 'genisoimage'),
  isoinfo: command('isoinfo', 'genisoimage'),
  isovfy: command('isovfy', 'genisoimage'),
  xorriso: command('xorriso', 'xorriso'),
  bsdtar: command('bsdtar', 'libarchive-tools'),
  '7z': command('7z', 'p7zip-full'),
  pycdlib: { package: 'python3-pycdlib', present: hasPycdlib },
  dumpet: command('dumpet', 'dumpet'),
  implantisomd5: command('implantisomd5', 'isomd5sum'),
  checkisomd5: command('checkisomd5', 'isomd5sum'),
  isohybrid: command('isohybrid', 'syslinux-utils'),
  'iso-info': command('iso-info', 'libcdio-utils'),
  udfinfo: command('udfinfo', 'udftools'),
  timeout: command('timeout', 'coreutils'),
  hfsutils: command('hmount', 'hfsutils'),
  'mkfs.fat': command('mkfs.fat', 'dosfstools'),
  mcopy: command('mcopy', 'mtools'),
  nasm: command('nasm', 'nasm'),
  bash: command('bash', 'bash'),
  zsh: command('zsh', 'zsh'),
  groff: command('groff', 'groff-base'),
  qemu: command('qemu-system-x86_64', 'qemu-system-x86'),
  ovmf: file(DEBIAN_FILES.ovmfCode, 'ovmf'),
  isolinux: file(DEBIAN_FILES.isolinux, 'isolinux'),
  ldlinux: file(DEBIAN_FILES.ldlinux, 'syslinux-common'),
  ipxe: file(DEBIAN_FILES.ipxe, 'ipxe'),
  'memtest86+': file(DEBIAN_FILES.memtest, 'memtest86+'),
  'grub-rescue': file(DEBIAN_FILES.grubRescue, 'grub-rescue-pc'),
} as const satisfies Record<string, Tool>;

/** The name of a tool that a test may ask for. */
export type ToolName = keyof typeof TOOLS;

const known = new Map<ToolName, boolean>();

/** Whether a tool is installed; looked up once per test file. */
export function hasTool(name: ToolName): boolean {
  const answer = known.get(name) ?? TOOLS[name].present();
  known.set(name, answer);
  return answer;
}

/**
 * Says whether the test can go on. Where a tool is missing the test is skipped, naming the Debian package,
 * and under `ISOBOOT_REQUIRE_TOOLS=1` it fails: a build server must not pass by skipping.
 */
export function needTools(t: Test, ...names: readonly ToolName[]): boolean {
  const missing = [...new Set(names)].filter((name) => !hasTool(name));
  if (missing.length === 0) {
    return true;
  }
  const packages = [...new Set(missing.map((name) => TOOLS[name].package))].join(' ');
  const reason = `needs ${missing.join(', ')}: apt-get install ${packages}`;
  if (process.env['ISOBOOT_REQUIRE_TOOLS'] === '1') {
    t.fail(reason);
  } else {
    t.pass(reason, { skip: reason });
  }
  return false;
}

/** How a program is started. */
export interface RunOptions {
  /** Milliseconds after which the program is ended and the call fails; 60 seconds unless told. */
  readonly timeout?: number;
  readonly cwd?: string;
  readonly input?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a program left behind. */
export interface RunResult {
  /** Exit code; -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Names outside ASCII need a UTF-8 locale (bsdtar), and dates a fixed zone, to read the same everywhere. */
const STEADY_ENVIRONMENT = { LC_ALL: 'C.UTF-8', TZ: 'UTC' };

/** Runs a program to its end, never longer than the time limit. */
export function run(cmd: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const limit = options.timeout ?? 60_000;
  return new Promise((resolve, reject) => {
    const child = spawn(commandPath(cmd) ?? cmd, args, {
      cwd: options.cwd,
      env: { ...process.env, ...STEADY_ENVIRONMENT, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limit);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program may end without reading its input; that is its own business, not an error of the run.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (late) {
        reject(new Error(`${cmd} ${args.join(' ')}: still running after ${limit} ms`));
        return;
      }
      resolve({ code: code ?? -1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() });
    });
  });
}

/** Runs a program that has to succeed, and gives what it printed. */
export async function runOk(cmd: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const result = await run(cmd, args, options);
  if (result.code !== 0) {
    throw new Error(`${cmd} ${args.join(' ')}: exit ${result.code}\n${result.stderr}`);
  }
  return result.stdout;
}

/** A program of a series: its exit code, as a shell gives it, and its standard output. */
export type SeriesResult = Pick<RunResult, 'code' | 'stdout'>;

/**
 * Runs programs one after another in one shell, each for so many seconds at most; it takes the tool `timeout`.
 *
 * Node copies the tables of its memory for each program that it starts: in a test that takes longer than most of the
 * programs that read a small image.
 */
export async function runSeries(
  commands: readonly (readonly string[])[],
  seconds: number,
): Promise<SeriesResult[]> {
  const mark = randomUUID();
  const lines = commands.map((command) => {
    return `timeout -s KILL ${seconds} ${command.map(quoted).join(' ')} 2>/dev/null; printf '\\n${mark} %d\\n' $?`;
  });
  const output = await runOk('sh', ['-c', lines.join('\n')], {
    timeout: (seconds * commands.length + 30) * 1000,
  });
  const pieces = output.toString('latin1').split(new RegExp(`\n${mark} (\\d+)\n`));
  return commands.map((_, i) => {
    return { code: Number(pieces[2 * i + 1]), stdout: Buffer.from(pieces[2 * i] ?? '', 'latin1') };
  });
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
