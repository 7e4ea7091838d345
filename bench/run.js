/**
 * Measures isoboot against other programs, and says of each claim whether it is so: `npm run bench`.
 *
 * It ends with 0 when every command ran and did its work, whatever the figures are, and else with 1.
 */
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { CASES } from './cases/index.js';
import { judgeClaim, judgeMemory } from './claims.js';
import { contest } from './contest.js';
import { fileCounts, Inputs, roomFor, toolsFor } from './inputs.js';
import { describeMachine } from './machine.js';
import { readOptions, Refusal, USAGE } from './options.js';
import { claimTable, memoryTable } from './table.js';
import { missingOf } from './tools.js';

function chooseCases(only) {
  const names = CASES.map(({ name }) => name);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Refusal(`--only ${unknown}: there are ${names.join(', ')}`);
  }
  return CASES.filter(({ name }) => only?.includes(name) ?? true);
}

/** Refuses what would fill the memory. */
function checkRoom(chosen, options) {
  if (!existsSync(options.dir)) {
    throw new Refusal(`there is no folder ${options.dir}`);
  }
  const needed = Math.max(...chosen.map(({ inputs }) => roomFor(inputs, options)));
  const { bavail, bsize } = statfsSync(options.dir);
  if (bavail * bsize < needed) {
    const [wanted, free] = [needed, bavail * bsize].map((bytes) => `${(bytes / 1e9).toFixed(1)} GB`);
    throw new Refusal(`${options.dir} needs room for ${wanted} and has ${free}: --dir, or smaller sizes`);
  }
}

/** The commands that cannot run, by their names, with the reason. */
function missingCommands(commands, inputs) {
  const reasons = commands.map(({ name, needs = [] }) => [name, missingOf([...toolsFor(inputs), ...needs])]);
  return new Map(reasons.filter(([, reason]) => reason !== undefined));
}

/** Runs a case as far as the tools for it are there. */
async function runCase(subject, inputs, options) {
  const { commands, claims } = subject.prepare({
    paths: Object.fromEntries(subject.inputs.map((name) => [name, inputs.pathOf(name)])),
    scratch: (name) => join(inputs.folder, name),
    counts: fileCounts(options),
    options,
  });
  const missing = missingCommands(commands, subject.inputs);
  const running = commands.filter(({ name }) => !missing.has(name));
  if (running.length > 0) {
    inputs.make(subject.inputs);
  }
  const rounds = options.rounds * (subject.roundsFactor ?? 1);
  const results = await contest(running, { rounds, folder: inputs.folder });
  const ours = running.filter(({ files }) => files !== undefined);
  return {
    name: subject.name,
    commands: [...results.values()],
    claims: claims.map((claim) => judgeClaim(claim, results, missing)),
    memory: ours.map((command) => judgeMemory(command, results.get(command.name))),
  };
}

/** Runs cases one after another in a folder that is removed at the end, however that comes. */
async function runCases(chosen, options) {
  const folder = mkdtempSync(join(options.dir, 'isoboot-bench-'));
  process.once('exit', () => options.keep || rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => process.exit(1));
  }
  const inputs = new Inputs(folder, options);
  const cases = [];
  for (const [i, subject] of chosen.entries()) {
    console.error(`${subject.name} ...`);
    cases.push(await runCase(subject, inputs, options));
    inputs.clear(chosen.slice(i + 1).flatMap((later) => later.inputs));
  }
  if (options.keep) {
    console.error(`the inputs are in ${folder}`);
  }
  return cases;
}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const chosen = chooseCases(options.only);
  checkRoom(chosen, options);
  const date = new Date().toISOString();
  const cases = await runCases(chosen, options);
  const { rounds, size, files, images } = options;
  const machine = describeMachine();
  const results = {
    schema: 'isoboot.bench/1',
    date,
    options: { rounds, size, files, images },
    machine,
    cases,
  };
  writeFileSync(options.results, await format(JSON.stringify(results), { parser: 'json', printWidth: 110 }));
  console.log(`${claimTable(cases)}\n\n${memoryTable(cases)}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
}
