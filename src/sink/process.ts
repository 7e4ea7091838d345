/** Processes told apart beyond their numbers, which come again: after a restart, and in every container. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemCode } from '../errors.js';

/** A process as file names tell of it. */
export interface ProcessName {
  /** Eight hexadecimal digits: the same for all processes that see one another's numbers, and for no others. */
  readonly host: string;
  readonly pid: number;
  /** When it was started, in ticks of the system's clock; 0 where the system does not say. */
  readonly startedAt: string;
}

/** Linux's namespace of process numbers outside of all containers. */
const NAMESPACE_OF_HOST = 'pid:[4026531836]';

let current: ProcessName | undefined;

/** This process. */
export function currentProcess(): ProcessName {
  current ??= { host: hostDigest(), pid: process.pid, startedAt: startOf(process.pid) ?? '0' };
  return current;
}

/**
 * Whether a process of this host is gone. What cannot be told counts as running, and so does every process of another
 * host.
 */
export function isGone({ host, pid, startedAt }: ProcessName): boolean {
  if (host !== currentProcess().host) {
    return false;
  }
  if (!processRuns(pid)) {
    return true;
  }
  const start = startOf(pid);
  return start !== undefined && startedAt !== '0' && start !== startedAt;
}

/** Whether a process with this number runs on this host. */
export function processRuns(pid: number): boolean {
  if (pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it is there.
    return systemCode(error) === 'EPERM';
  }
}

/**
 * Hosts often share a name, and containers that of their host: so the numbering counts too, and the machine, which
 * for a container is known only until it is started again.
 */
function hostDigest(): string {
  const numbering = linkAt('/proc/self/ns/pid');
  const machine = numbering === NAMESPACE_OF_HOST ? '/etc/machine-id' : '/proc/sys/kernel/random/boot_id';
  const parts = [hostname(), numbering, linkAt('/proc/self/ns/time'), textAt(machine)?.trim()];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8);
}

/** Field 22 of Linux's `/proc/PID/stat`; the second is a name in parentheses, which may hold anything. */
function startOf(pid: number): string | undefined {
  const stat = textAt(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
