/**
 * A batch that is killed in earnest and resumed: the same outputs as without a kill, nothing twice, nothing left.
 *
 * `ISOBOOT_BATCH_KILLS=50` kills it as many times.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { fileDigest } from '../kit/digest.js';
import { BIN, isobootOk } from '../kit/isoboot.js';
import { Random } from '../kit/random.js';
import { SAMPLE } from '../cli/machine.js';

const KILLS = Number(process.env['ISOBOOT_BATCH_KILLS'] ?? 3);
const IMAGES = 16;
const MANIFEST = [
  'defaults: { outDir: made }',
  'jobs:',
  '  - input: shelf',
  '  - { input: one.iso, inPlace: true, mediaCheck: add }',
  '  - { input: two.iso, inPlace: true }',
  '  - { input: boots.iso, do: remove-boot, inPlace: true }',
  '  - { input: shelf/0.iso, do: media-check, action: implant }',
  '  - { input: boots.iso.copy, do: extract-boot }',
  '  - { input: shelf/1.iso, do: inspect }',
];
const JOBS = IMAGES + 6;

/** A folder as it is before the batch. */
async function prepare(folder: string, bootable: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'shelf'), { recursive: true });
  for (let i = 0; i < IMAGES; i++) {
    await copyFile(SAMPLE, join(folder, 'shelf', `${i}.iso`));
  }
  await copyFile(SAMPLE, join(folder, 'one.iso'));
  await copyFile(SAMPLE, join(folder, 'two.iso'));
  await copyFile(bootable, join(folder, 'boots.iso'));
  await copyFile(bootable, join(folder, 'boots.iso.copy'));
  await writeFile(join(folder, 'jobs.yaml'), MANIFEST.join('\n'));
}

/** The digest of every file below a folder but for the report and the undo files, which name the process. */
async function digests(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  const found: Record<string, string> = {};
  for (const path of paths.sort()) {
    const name = path.slice(folder.length + 1);
    found[name] = /isoboot-undo$|^r\.jsonl$/.test(name) ? 'there' : await fileDigest(path);
  }
  return found;
}

/** The outputs that have their names, by inode. */
async function inodes(folder: string): Promise<Map<string, number>> {
  const names = await readdir(join(folder, 'made')).catch(() => []);
  const whole = names.filter((name) => !name.startsWith('.'));
  return new Map(
    await Promise.all(
      whole.map(async (name) => [name, (await stat(join(folder, 'made', name))).ino] as const),
    ),
  );
}

const argumentsFor = (folder: string): string[] => [
  'batch',
  join(folder, 'jobs.yaml'),
  '--resume',
  join(folder, 'r.jsonl'),
  '-q',
];

/** When a batch is killed: so many milliseconds after so many outputs have their names. */
interface Moment {
  readonly outputs: number;
  readonly later: number;
}

/** Kills a batch, unless it is done before. */
async function kill(folder: string, { outputs, later }: Moment): Promise<void> {
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, BIN, ...argumentsFor(folder)], {
    stdio: 'ignore',
  });
  const ending = once(child, 'close');
  while (child.exitCode === null && (await inodes(folder)).size < outputs) {
    await setTimeout(1);
  }
  await setTimeout(later);
  child.kill('SIGKILL');
  await ending;
}

interface Line {
  readonly key: string;
  readonly status: string;
}

async function linesOf(folder: string): Promise<Line[]> {
  const text = await readFile(join(folder, 'r.jsonl'), 'utf8').catch(() => '');
  // What stands behind the last line feed was torn off.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
}

async function trial(t: Test, folder: string, wanted: object, moment: Moment): Promise<boolean> {
  await kill(folder, moment);
  const before = await inodes(folder);
  const told = (await linesOf(folder)).length;
  await isobootOk(argumentsFor(folder));
  t.strictSame(await digests(folder), wanted, 'the same files');
  const after = await inodes(folder);
  const changed = [...before].filter(([name, inode]) => after.get(name) !== inode);
  t.strictSame(changed, [], 'what had its name was not made again');
  const lines = await linesOf(folder);
  t.equal(new Set(lines.map(({ key }) => key)).size, JOBS, 'every job has a line');
  const done = lines.filter(({ status }) => status === 'done').map(({ key }) => key);
  t.equal(new Set(done).size, done.length, 'nothing was done twice');
  t.comment(`killed with ${before.size} outputs and ${told} lines; ${done.length} jobs were told to be done`);
  return told < JOBS;
}

t.test(`${KILLS} kills`, { skip: process.platform === 'win32' }, async (t) => {
  const root = t.testdir({});
  const folder = join(root, 'work');
  const bootable = join(root, 'boots.iso');
  await isobootOk(['inject', SAMPLE, '-o', bootable, '-q']);
  await prepare(folder, bootable);
  await isobootOk(argumentsFor(folder));
  const wanted = await digests(folder);
  t.equal(Object.keys(wanted).filter((name) => name.startsWith('made/')).length, IMAGES + 2);

  const random = new Random(KILLS);
  let inTheMiddle = 0;
  for (let i = 0; i < KILLS; i++) {
    await prepare(folder, bootable);
    const moment = { outputs: random.between(0, IMAGES + 2), later: random.between(0, 25) };
    inTheMiddle += (await trial(t, folder, wanted, moment)) ? 1 : 0;
  }
  t.ok(inTheMiddle > 0, 'some were struck before they were done');
  t.comment(`${inTheMiddle} of ${KILLS} struck before the last job was told of`);
});
