/** What the figures were taken on. */
import { cpus, release, totalmem, type } from 'node:os';
import { packageVersions } from './tools.js';

/** The machine and the versions of all that ran on it. */
export function describeMachine() {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryBytes: totalmem(),
    kernel: `${type()} ${release()}`,
    node: process.version,
    packages: packageVersions(),
  };
}
