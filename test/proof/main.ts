/** Prints the tables that show that nothing is lost; ends with 1 where something is. Run by scripts/proof.js. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultTable } from './faults.js';
import { killTable } from './kills.js';
import { powerLossTable } from './power-loss.js';
import { formatTable, type Table } from './table.js';

/** The kinds of proof. */
const TABLES: readonly ((folder: string, say: (line: string) => void) => Promise<Table>)[] = [
  powerLossTable,
  faultTable,
  killTable,
];

const folder = await mkdtemp(join(tmpdir(), 'isoboot-proof-'));
try {
  for (const make of TABLES) {
    const table = await make(folder, (line) => process.stderr.write(`${line}\n`));
    process.stdout.write(formatTable(table));
    process.exitCode = table.wrong.length > 0 ? 1 : process.exitCode;
  }
} finally {
  await rm(folder, { recursive: true });
}
