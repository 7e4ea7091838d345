// Runs isoboot with the arguments given, and adds the memory that it took at its peak, in bytes, to a file.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const STATUS = '/proc/self/status';

/**
 * The kernel's own mark of this program. `resourceUsage` is no better than a last resort: on Linux it starts from the
 * memory of the process that started this one.
 */
function peak() {
  if (existsSync(STATUS)) {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(STATUS, 'utf8'));
    return Number(kib) * 1024;
  }
  return process.resourceUsage().maxRSS * 1024;
}

process.on('exit', () => appendFileSync(process.env.ISOBOOT_BENCH_PEAK, `${peak()}\n`));
createRequire(import.meta.url)('../bin/isoboot.js');
