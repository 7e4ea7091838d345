/** What `--log-json` tells: every line says of which command it is, and in a batch of which job. */
import { copyFile, writeFile } from 'node:fs/promises';
import t from 'tap';
import { bootableWorkplace, cli, SAMPLE } from './machine.js';

type LogLine = Readonly<Record<string, unknown>>;

function linesOf(stderr: string): LogLine[] {
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
}

t.test('the lines of a batch have their job', async (t) => {
  const { at } = await bootableWorkplace(t);
  await copyFile(SAMPLE, at('second.iso'));
  await copyFile(SAMPLE, at('third.iso'));
  await writeFile(at('fourth.iso'), 'none');
  const images = ['recovery.iso', 'second.iso', 'third.iso', 'fourth.iso'].map(at);
  const how = ['--jobs', '4', '--out-dir', at('made'), '--media-check', 'add'];
  const { code, stdout, stderr } = await cli(['batch', ...images, ...how, '--log-json', '-v', '--json']);
  t.equal(code, 1);
  const lines = linesOf(stderr);
  t.ok(
    lines.every(({ command, job }) => command === 'batch' && [1, 2, 3, 4].includes(Number(job))),
    'command and job in each',
    { lines },
  );
  const { jobs } = JSON.parse(stdout) as { jobs: { index: number; status: string; input: string }[] };
  for (const { index, status, input } of jobs) {
    const own = lines.filter(({ job }) => job === index);
    t.match(own[0], { msg: 'the job starts', do: 'inject', input }, `job ${index} starts`);
    t.match(own.at(-1), { msg: 'the job ended', status }, 'and ends');
  }
  t.match(
    lines.find(({ job, status }) => job === 4 && status === 'failed'),
    { code: 'ISO_VOLUME_NOT_ISO9660' },
  );
  const between = lines.filter(({ msg }) => msg === 'planned' || String(msg).includes('media check'));
  t.strictSame([...new Set(between.map(({ job }) => job))].sort(), [2, 3], 'what the jobs tell themselves');
  const plain = await cli(['batch', ...images, ...how, '-v']);
  t.match(plain.stderr, /^isoboot: the job starts job=1 do="inject" input=/m);
  t.notMatch(plain.stderr, /command=/, 'which is plain to who typed it');
});

t.test('the lines of single commands have the command', async (t) => {
  const { image, at } = await bootableWorkplace(t);
  const original = at('original.iso');
  const commands = [
    ['inject', original, '-o', at('a.iso')],
    ['inject', original, '-o', at('b.iso'), '--media-check', 'add'],
    ['remove-boot', at('b.iso'), '-o', at('c.iso')],
    ['media-check', at('b.iso')],
    ['media-check', image, '--implant', '--dry-run'],
    ['compare', image, '--against', original],
  ];
  for (const argv of commands) {
    const { stderr } = await cli([...argv, '--log-json', '-v', '--json']);
    const lines = linesOf(stderr);
    const wrong = lines.filter(({ command }) => command !== argv[0]);
    t.strictSame(wrong, [], `${argv[0] ?? ''}: ${lines.length} lines`);
  }
});
