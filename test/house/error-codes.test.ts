/** Every error code is used, documented, and raised by a test. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import t from 'tap';
import { ERROR_CODES, EXIT } from '../../src/errors.js';
import { filesBelow, readText, ROOT } from './source-files.js';

/** Codes that no test can raise, each with the reason; there is none now. */
const NOT_RAISED: Readonly<Record<string, string>> = {};

const DOCUMENT = 'docs/error-codes.md';

/** Where the codes are declared, which is no use of them. */
const TABLES = ['src/error-codes.ts', 'src/usage-codes.ts'];

const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'Done, or yes.',
  negative: 'A negative answer: something was checked and is not as it should be.',
  usage: 'The command line was wrong.',
  damaged: 'The input is no image that can be read, or it is damaged.',
  cannot: 'The request cannot be met, or the question has no answer.',
  io: 'Reading or writing failed, or was cancelled.',
};

const INTRODUCTION = `# Error codes

isoboot says no in one way only: with an error that has a code. The code is stable; the words beside it are not. A script should look at the code, or at the exit code.

The command line prints an error as one line on standard error, with the code at its end. With \`--json\` it prints an object of the schema \`isoboot.error/1\` (see [json.md](json.md)). In the library the error is an \`IsoError\` with the properties \`code\` and \`exitCode\`, and with \`offset\`, \`found\` and \`wanted\` where they are known.

A code is named \`ISO_<AREA>_<FACT>\`. Some of them also name findings of \`isoboot inspect\`: oddities that did not keep the image from being read.
`;

const CLAUSES = `The clauses are those of ECMA-119, 4th edition (June 2019), El Torito 1.0, SUSP 1.12 and RRIP 1.12.
`;

/** The document as the table of codes in the source wants it. */
async function makeDocument(): Promise<string> {
  const exits = Object.entries(EXIT_MEANINGS).map(
    ([name, meaning]) => `| ${EXIT[name as keyof typeof EXIT]} | ${meaning} |`,
  );
  const codes = Object.entries(ERROR_CODES).map(
    ([code, { exit, meaning, clause }]) => `| \`${code}\` | ${exit} | ${meaning} | ${clause} |`,
  );
  const text = [
    INTRODUCTION,
    ['## Exit codes\n', '| Exit code | Meaning |', '| --- | --- |', ...exits, ''].join('\n'),
    ['## Codes\n', CLAUSES].join('\n'),
    ['| Code | Exit code | Meaning | Clause |', '| --- | --- | --- | --- |', ...codes, ''].join('\n'),
  ].join('\n');
  const options = await resolveConfig(join(ROOT, DOCUMENT));
  return format(text, { ...options, parser: 'markdown' });
}

/** The codes that are named as literals in some files. */
async function codesIn(paths: readonly string[]): Promise<Set<string>> {
  const texts = await Promise.all(paths.map(readText));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/['"](ISO_[A-Z0-9_]+)['"]/g)].map(([, code]) => code ?? '')),
  );
}

const codes = Object.keys(ERROR_CODES);

t.test('the table', async (t) => {
  t.strictSame(
    codes.filter((code) => !/^ISO_[A-Z0-9]+(_[A-Z0-9]+)*$/.test(code)),
    [],
    'codes are named by area and fact',
  );
  const entries = Object.entries(ERROR_CODES);
  t.strictSame(
    entries.filter(([, { meaning }]) => !/^[A-Z].*\.$/.test(meaning)).map(([code]) => code),
    [],
    'meanings are sentences',
  );
  t.strictSame(
    entries.filter(([, { clause }]) => clause.length === 0).map(([code]) => code),
    [],
    'every code has its clause',
  );
  t.equal(new Set(entries.map(([, { meaning }]) => meaning)).size, codes.length, 'no meaning is there twice');
});

t.test('every code is used by the source', async (t) => {
  const paths = (await filesBelow('src')).filter((path) => !TABLES.includes(path));
  const used = await codesIn(paths);
  t.strictSame(
    codes.filter((code) => !used.has(code)),
    [],
    'none is dead',
  );
  t.strictSame(
    [...used].filter((code) => !codes.includes(code)),
    [],
    'none is unknown',
  );
});

t.test('every code is raised by some test', async (t) => {
  const paths = (await filesBelow('test')).filter(
    (path) => path.endsWith('.ts') && !path.startsWith('test/house/'),
  );
  const raised = await codesIn(paths);
  t.strictSame(
    codes.filter((code) => !raised.has(code) && NOT_RAISED[code] === undefined),
    [],
    'codes without a test',
  );
  t.strictSame(
    Object.keys(NOT_RAISED).filter((code) => raised.has(code)),
    [],
    'exceptions that are none any more',
  );
  t.strictSame(
    [...raised].filter((code) => !codes.includes(code)),
    [],
    'no test waits for a code that is unknown',
  );
});

t.test('the document is the table', async (t) => {
  const wanted = await makeDocument();
  // tap sets this for `tap --snapshot`: the document is written anew.
  if (process.env['TAP_SNAPSHOT'] === '1') {
    await writeFile(join(ROOT, DOCUMENT), wanted);
  }
  t.equal(
    await readText(DOCUMENT).catch(() => ''),
    wanted,
    'npx tap --snapshot test/house/error-codes.test.ts writes it',
  );
});
