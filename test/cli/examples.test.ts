/** The examples of help do what they say. */
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import t from 'tap';
import { loadCommands } from '../../src/cli/commands.js';
import { declarationOf } from '../../src/cli/declaration.js';
import { fatImage } from '../job/place.js';
import { cli, SAMPLE, workplace } from './machine.js';

/** What an example takes for granted, besides the images that each of them has. */
const BEFORE: Readonly<Record<string, readonly string[]>> = {
  'isoboot undo vendor.iso': ['inject', 'vendor.iso', '--in-place'],
  'isoboot media-check disc.iso': ['media-check', 'disc.iso', '--implant', '--in-place'],
  'isoboot media-check disc.iso --strip --in-place': ['media-check', 'disc.iso', '--implant', '--in-place'],
  'isoboot batch jobs.yaml --resume done.jsonl': ['batch', 'jobs.yaml', '--report', 'done.jsonl'],
};

/** What an example makes, beside what is there already. */
const MADE: Readonly<Record<string, readonly string[]>> = {
  'isoboot inject vendor.iso': ['vendor-bootable.iso'],
  'isoboot inject vendor.iso --in-place': ['vendor.iso.isoboot-undo'],
  'isoboot extract-boot working.iso -o boot.bif': ['boot.bif'],
  'isoboot remove-boot disc.iso': ['disc-noboot.iso'],
  'isoboot media-check disc.iso --implant': ['disc-checked.iso'],
  'isoboot extract disc.iso /packages -o .': ['packages'],
  'isoboot inject vendor.iso --dry-run': [],
};

const HERE = process.cwd();

/** The words of a line as a shell takes it apart; what a shell does with the output is left out. */
function wordsOf(line: string): string[] {
  const command = /<\((.*)\)/.exec(line)?.[1] ?? line.replace(/ >.*/, '');
  const words = command.match(/'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replace(/^'(.*)'$/, '$1').replace('/dev/sr0', 'burned.iso'));
}

for (const { name, examples } of (await loadCommands()).map(declarationOf)) {
  t.test(name, async (t) => {
    t.teardown(() => process.chdir(HERE));
    const help = await cli([name, '--help']);
    for (const [line] of examples) {
      const { folder, at } = await workplace(t);
      await mkdir(at('shelf'));
      process.chdir(folder);
      for (const image of ['vendor.iso', 'shelf/one.iso', 'shelf/two.iso']) {
        await copyFile(SAMPLE, at(image));
      }
      await cli(['inject', SAMPLE, '-o', 'working.iso', '-q']);
      for (const image of ['disc.iso', 'burned.iso', 'broken.iso']) {
        await copyFile('working.iso', at(image));
      }
      await writeFile(at('efi.img'), fatImage());
      await writeFile(at('jobs.yaml'), 'jobs: [{ input: vendor.iso }]');
      t.equal((await cli(BEFORE[line] ?? ['--version'])).code, 0, 'what comes before it');
      const before = await readdir(folder);
      const [program, ...argv] = wordsOf(line);
      const { code, stderr } = await cli(argv);
      t.strictSame({ program, code, stderr }, { program: 'isoboot', code: 0, stderr: '' }, line);
      const made = (await readdir(folder)).filter((file) => !before.includes(file));
      t.strictSame(made, MADE[line] ?? made, 'what it made');
      t.ok(help.stdout.replace(/\s+/g, ' ').includes(line), 'help has it');
      process.chdir(HERE);
      await rm(folder, { recursive: true });
    }
    t.ok(examples.length > 0, 'there are some');
  });
}
