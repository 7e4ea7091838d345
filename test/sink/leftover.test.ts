/** Temporary files that a killed run left: whose are removed, and by whom. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import t from 'tap';
import { extract } from '../../src/job/extract.js';
import { extractBoot } from '../../src/job/extract-boot.js';
import { inject } from '../../src/job/inject.js';
import { removeLeftovers } from '../../src/sink/leftover.js';
import { currentProcess, isGone, processRuns, type ProcessName } from '../../src/sink/process.js';
import { parseTemporaryName, temporaryName } from '../../src/sink/temporary-name.js';
import { cli, SAMPLE } from '../cli/machine.js';

/** Above what any system gives out. */
const NO_PID = 4_999_999;

function nameBy(maker: Partial<ProcessName>, output = 'out.iso'): string {
  const { host, pid, startedAt } = { ...currentProcess(), ...maker };
  return `.${output}.isoboot-${host}-${pid}-${startedAt}-0123456789ab.tmp`;
}

const DEAD = nameBy({ pid: NO_PID });
const OTHER_HOST = nameBy({
  pid: NO_PID,
  host: currentProcess().host === '00000000' ? '1'.repeat(8) : '0'.repeat(8),
});

/** Removes leftovers; gives what was told of. */
async function removedFrom(folder: string): Promise<string[]> {
  const removed: string[] = [];
  await removeLeftovers(folder, (path) => removed.push(path));
  return removed;
}

t.test('names', async (t) => {
  const path = temporaryName(join('folder', 'out.iso'));
  t.match(parseTemporaryName(basename(path)), { output: 'out.iso', ...currentProcess() });
  t.not(temporaryName('out.iso'), temporaryName('out.iso'));
  for (const output of ['\u4e2d'.repeat(85), '\u{1f4c0}'.repeat(63), 'x'.repeat(255)]) {
    const long = temporaryName(output);
    t.ok(Buffer.byteLength(long) <= 240, `${Buffer.byteLength(long)} bytes`);
    t.match(parseTemporaryName(long), { pid: process.pid }, 'known for one');
    t.equal(parseTemporaryName(long)?.output, undefined, 'of an output whose whole name it does not say');
  }
  const others = ['out.iso', 'out.iso.isoboot-undo', '.isoboot-00000000-1-1-0123456789ab.tmp'];
  for (const name of [
    ...others,
    DEAD.slice(1),
    `${DEAD}x`,
    DEAD.replace('0123456789ab', '0123'),
    '.a.isoboot-12-ab.tmp',
  ]) {
    t.equal(parseTemporaryName(name), undefined, name);
  }
});

t.test('which processes are gone', async (t) => {
  const here = currentProcess();
  t.notOk(isGone(here), 'not this one');
  t.ok(isGone({ ...here, pid: NO_PID }));
  t.ok(isGone({ ...here, pid: 0 }));
  t.notOk(
    isGone({ ...here, pid: process.ppid, startedAt: '0' }),
    'nor one of which only the number is known',
  );
  t.notOk(isGone({ ...here, host: '????????', pid: NO_PID }), 'nor one of another host');
  t.ok(processRuns(1), 'the first process, whoever asks');
  const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
  await once(child, 'spawn');
  const other = { ...here, pid: child.pid ?? 0 };
  t.equal(
    isGone({ ...other, startedAt: '1' }),
    process.platform === 'linux',
    'its number was given out again',
  );
  child.kill();
  await once(child, 'exit');
  t.ok(isGone(other));
});

t.test('only plain files of runs that are gone are removed', async (t) => {
  const folder = t.testdir({
    [DEAD]: 'half',
    [OTHER_HOST]: 'half',
    [nameBy({})]: 'half',
    'out.iso': 'other',
  });
  const far = nameBy({ pid: NO_PID }, 'link');
  await symlink(join(folder, 'out.iso'), join(folder, far));
  await mkdir(join(folder, nameBy({ pid: NO_PID }, 'folder')));
  const before = await readdir(folder);
  t.strictSame(await removedFrom(folder), [join(folder, DEAD)]);
  t.strictSame(
    await readdir(folder),
    before.filter((name) => name !== DEAD),
  );
  t.strictSame(await removedFrom(folder), []);
  t.strictSame(await removedFrom(join(folder, 'no')), [], 'no such folder');
});

t.test('two runs that remove the same', async (t) => {
  const names = Array.from({ length: 40 }, (_, i) => nameBy({ pid: NO_PID }, `${i}.iso`));
  const folder = t.testdir(Object.fromEntries(names.map((name) => [name, 'half'])));
  const removed = await Promise.all([1, 2, 3].map(() => removedFrom(folder)));
  t.strictSame(
    removed.flat().sort(),
    names.map((name) => join(folder, name)).sort(),
    'each was removed once',
  );
  t.strictSame(await readdir(folder), []);
});

t.test('an empty file that only reserved the name', async (t) => {
  const folder = t.testdir({ 'user.iso': '' });
  const [reserved, users, linked] = ['out.iso', 'user.iso', 'linked.iso'].map((output) =>
    nameBy({ pid: NO_PID }, output),
  ) as [string, string, string];
  // A change time a tick later: the clock of files is coarse.
  const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  await tick();
  await writeFile(join(folder, reserved), 'whole');
  await writeFile(join(folder, users), 'half');
  await writeFile(join(folder, linked), '');
  await link(join(folder, linked), join(folder, 'linked.iso'));
  await tick();
  await writeFile(join(folder, 'out.iso'), '');
  const removed = await removedFrom(folder);
  t.strictSame(removed.sort(), [reserved, users, linked, 'out.iso'].map((name) => join(folder, name)).sort());
  t.strictSame((await readdir(folder)).sort(), ['linked.iso', 'user.iso'], 'empty files of others stay');
});

const LEFT = { [DEAD]: 'half', [OTHER_HOST]: 'half' };
const COMMANDS = [
  ['inject', SAMPLE, '-o', 'new.iso'],
  ['extract-boot', SAMPLE, '-o', 'new.bif'],
  ['extract', SAMPLE, '/README.txt', '-o', '.'],
] as const;

t.test('the next command that writes into the folder removes them, and tells the log', async (t) => {
  const noted: string[] = [];
  const logger = {
    info: () => undefined,
    warn: () => undefined,
    debug: (fields: object): void => {
      if ('path' in fields) {
        noted.push(String(fields.path));
      }
    },
  };
  const root = t.testdir({
    copied: { ...LEFT },
    saved: { ...LEFT },
    extracted: { ...LEFT, isolinux: { [DEAD]: 'half' } },
  });
  const [copied, saved, extracted] = ['copied', 'saved', 'extracted'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  const image = join(copied, 'out.iso');
  await inject({ input: SAMPLE, target: { kind: 'copy', path: image, force: false }, logger });
  t.strictSame((await readdir(copied)).sort(), [OTHER_HOST, 'out.iso'].sort());

  const output = join(saved, 'boot.bif');
  await extractBoot({ input: image, what: { kind: 'entry', index: 1, output }, logger });
  t.strictSame((await readdir(saved)).sort(), [OTHER_HOST, 'boot.bif'].sort());

  const { platform } = process;
  await extract({ input: image, paths: ['/isolinux'], folder: extracted, force: true, platform, logger });
  t.strictSame((await readdir(extracted)).sort(), [OTHER_HOST, 'isolinux'].sort());
  t.strictSame((await readdir(join(extracted, 'isolinux'))).sort(), ['isolinux.bin', 'isolinux.cfg']);
  t.strictSame(
    noted,
    [copied, saved, extracted, join(extracted, 'isolinux')].map((folder) => join(folder, DEAD)),
  );
});

for (const [command, ...args] of COMMANDS) {
  t.test(`-v tells of it: ${command}`, async (t) => {
    const folder = t.testdir(LEFT);
    const output = join(folder, args.at(-1) ?? '');
    const run = await cli([command, ...args.slice(0, -1), output, '-v']);
    t.match(run, { code: 0, stderr: DEAD });
    t.notMatch(run.stderr, OTHER_HOST);
  });
}
