/** Where colours are shown: on a terminal that wants them, and nowhere else. */
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import t from 'tap';
import { bootableWorkplace, cli, SAMPLE, workplace, type MachineOptions } from './machine.js';

const ESCAPE = '\u001b[';
const RED = '\u001b[31m';
const YELLOW = '\u001b[33m';
const GREEN = '\u001b[32m';
const PLAIN = '\u001b[39m';

/** Whether the library that paints is there; it is a module of the older kind, which Node lists. */
function isLoaded(): boolean {
  return Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('picocolors'));
}

t.test('none without a terminal, or where they are not wanted', async (t) => {
  const { image, at } = await bootableWorkplace(t);
  const commands = [
    ['inspect', image],
    ['inspect', at('none.iso')],
    ['inject', SAMPLE, '--dry-run'],
    ['inject', image],
    ['media-check', image, '--implant', '--dry-run'],
    ['batch', image, at('none.iso')],
    ['batch', at('*.none')],
    ['--help'],
    ['inject', '--help'],
  ];
  const machines: readonly MachineOptions[] = [
    { terminal: false },
    { terminal: true, environment: { NO_COLOR: '1' } },
    { terminal: true, environment: { NO_COLOR: 'false', TERM: 'xterm' } },
    { terminal: true, environment: { TERM: 'dumb' } },
  ];
  for (const argv of commands) {
    for (const machine of machines) {
      const { stdout, stderr } = await cli(argv, machine);
      t.notOk((stdout + stderr).includes(ESCAPE), argv.join(' '), { stdout, stderr });
      t.ok((stdout + stderr).length > 0, 'something was said');
    }
  }
  t.notOk(isLoaded(), 'nothing was loaded that paints');
});

t.test('answers and errors on a terminal', async (t) => {
  const { image, at } = await bootableWorkplace(t);
  for (const environment of [{}, { NO_COLOR: '' }, { TERM: 'xterm' }]) {
    const { stderr } = await cli(['inspect', at('none.iso')], { terminal: true, environment });
    t.ok(stderr.startsWith(`${RED}isoboot:${PLAIN} `), 'an error', { stderr });
  }
  t.ok(isLoaded(), 'now it was loaded');
  const planned = await cli(['inject', at('original.iso'), '--dry-run'], { terminal: true });
  t.match(planned.stdout, new RegExp(`^BIOS: +${escaped(GREEN)}yes${escaped(PLAIN)}, because`, 'm'));
  t.match(planned.stdout, new RegExp(`^UEFI: +${escaped(YELLOW)}no${escaped(PLAIN)}, because`, 'm'));
  const checked = at('checked.iso');
  const implanted = await cli(['media-check', image, '--implant', '-o', checked], { terminal: true });
  t.match(implanted.stdout, new RegExp(`^${escaped(YELLOW)}Warning:${escaped(PLAIN)} `, 'm'));
  const judged = await cli(['media-check', checked], { terminal: true });
  t.match(judged.stdout, new RegExp(`^Result: +${escaped(GREEN)}PASS${escaped(PLAIN)}$`, 'm'));
  const batch = await cli(['batch', at('original.iso'), at('none.iso')], { terminal: true });
  t.ok(batch.stdout.includes(`${GREEN}done${PLAIN}`) && batch.stdout.includes(`${RED}failed${PLAIN}`));
  const table = [RED, YELLOW, GREEN, PLAIN]
    .reduce((text, code) => text.replaceAll(code, ''), batch.stdout)
    .split('\n');
  t.equal(
    new Set(table.slice(1, 3).map((line) => line.search(/done|failed/))).size,
    1,
    'columns stay aligned',
  );
  t.equal(table[0]?.indexOf('STATUS'), table[1]?.indexOf('done'));
  const refused = await cli(['batch', at('*.none')], { terminal: true });
  t.ok(refused.stderr.startsWith(`${RED}isoboot:${PLAIN} `), 'a batch that is refused');
});

t.test('each stream for itself', async (t) => {
  const { image, at } = await workplace(t, (bytes) => bytes.writeUInt32LE(300, 16 * 2048 + 80));
  await writeFile(at('cut.iso'), 'none');
  const asked = ['inspect', image];
  const failing = ['inspect', at('cut.iso')];
  t.ok((await cli(asked, { terminal: 'stdout' })).stdout.includes(ESCAPE), 'the report goes to a terminal');
  t.notOk((await cli(asked, { terminal: 'stderr' })).stdout.includes(ESCAPE), 'the report goes down a pipe');
  t.ok((await cli(failing, { terminal: 'stderr' })).stderr.includes(ESCAPE), 'the error goes to a terminal');
  t.notOk((await cli(failing, { terminal: 'stdout' })).stderr.includes(ESCAPE), 'the error goes into a file');
  const json = await cli([...asked, '--json'], { terminal: true });
  t.notOk(json.stdout.includes(ESCAPE), 'JSON is never painted');
});

t.test('names cannot paint, or pass for what is painted', async (t) => {
  const { at } = await workplace(t);
  const name = at('\nWarning: \u001b[31m.iso');
  await writeFile(name, 'none');
  const { stderr } = await cli(['inspect', name], { terminal: true });
  t.equal(stderr.split(ESCAPE).length - 1, 2, 'only the prefix is painted', { stderr });
});

function escaped(text: string): string {
  return text.replace('[', '\\[');
}
