// Runs isoboot with the arguments given, and says on standard error how much memory it took at its peak, in KiB.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

process.on('exit', () => {
  const [, peak] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
  process.stderr.write(`\n${peak}\n`);
});
createRequire(import.meta.url)('../../bin/isoboot.js');
