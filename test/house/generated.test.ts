/** The files that are made from the sources: as they would be made now, and right. */
import t from 'tap';
import { loadCommands } from '../../src/cli/commands.js';
import { declarationOf } from '../../src/cli/declaration.js';
import { EXIT_MEANINGS } from '../../src/exit.js';
import { needTools, run } from '../kit/tools.js';
import { readText, ROOT } from './source-files.js';

const MAN_PAGE = 'docs/man/isoboot.1';

t.test('they are as the sources make them', async (t) => {
  const { code, stdout, stderr } = await run(process.execPath, ['scripts/generate.js', '--check'], {
    cwd: ROOT,
  });
  t.equal(code, 0, 'npm run generate writes them', { said: stdout.toString(), stderr });
});

t.test('the man page has every command, option, example and exit code', async (t) => {
  const page = (await readText(MAN_PAGE)).replaceAll('\\-', '-').replace(/\\f[BIR]/g, '');
  const [, ...sections] = page.split(/^\.S[SH] /m);
  const sectionOf = (name: string): string =>
    sections.find((section) => section.split(/[ \n]/, 1)[0] === name) ?? '';
  const everywhere = sections.find((section) => section.startsWith('OPTIONS OF EVERY')) ?? '';
  for (const { name, options, examples } of (await loadCommands()).map(declarationOf)) {
    const section = sectionOf(name);
    const words = (section + everywhere).split(/[ ,\n]+/);
    const missing = options.flatMap(({ names }) => names).filter((option) => !words.includes(option));
    t.strictSame(missing, [], name);
    t.ok(examples.length > 0 && examples.every(([line]) => section.includes(line)), `${name}: its examples`);
  }
  for (const [code, meaning] of Object.entries(EXIT_MEANINGS)) {
    t.ok(sectionOf('EXIT').includes(`\n${code}\n${meaning}\n`), `exit code ${code}`);
  }
});

t.test('groff has nothing to say of the man page', async (t) => {
  if (!needTools(t, 'groff')) {
    return;
  }
  const { code, stderr } = await run('groff', ['-man', '-ww', '-z', MAN_PAGE], { cwd: ROOT });
  t.strictSame({ code, stderr }, { code: 0, stderr: '' });
});

t.test('the table of exit codes in the documents', async (t) => {
  for (const path of ['docs/error-codes.md', 'docs/scripting.md']) {
    const rows = (await readText(path)).matchAll(/^\| (\d) +\| (.*?) +\|$/gm);
    t.strictSame(
      Object.fromEntries([...rows].map(([, code = '', text]) => [code, text])),
      EXIT_MEANINGS,
      path,
    );
  }
});
