/** Prints the tables that show that nothing is lost; ends with 1 where something is. Run by scripts/proof.js. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultTable } from './faults.js';
import { killTable } from './kills.js';
import { powerLossTable } from './power-loss.js';
import { formatTable, type Table } from './table.js';

/** The kinds of proof, by the names that choose them on the command line; without a name, all of them. */
const TABLES: Readonly<Record<string, (folder: string, say: (line: string) => void) => Promise<Table>>> = {
  'power-loss': powerLossTable,
  faults: faultTable,
  kills: killTable,
};

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !(name in TABLES));
if (unknown !== undefined) {
  throw new RangeError(`no proof is called ${unknown}; there are ${Object.keys(TABLES).join(', ')}`);
}
const folder = await mkdtemp(join(tmpdir(), 'isoboot-proof-'));
try {
  for (const [name, make] of Object.entries(TABLES)) {
    if (chosen.length > 0 && !chosen.includes(name)) {
      continue;
    }
    const table = await make(folder, (line) => process.stderr.write(`${line}\n`));
    process.stdout.write(formatTable(table));
    process.exitCode = table.wrong.length > 0 ? 1 : process.exitCode;
  }
} finally {
  await rm(folder, { recursive: true });
}
