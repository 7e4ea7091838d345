/** Every public name is documented, and the build would not let one through that is not. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import ts from 'typescript';
import { ROOT } from './source-files.js';

interface DocsCheck {
  readonly undocumented: (program: ts.Program) => ReadonlyMap<string, ts.Node>;
  readonly programOf: (options?: { readonly host?: ts.CompilerHost }) => ts.Program;
}

const { undocumented, programOf } = (await import(join(ROOT, 'scripts/check-docs.js'))) as DocsCheck;

/** The sources, with a text in each of some files taken out. */
function without(texts: ReadonlyMap<string, string>): ts.Program {
  const host = ts.createCompilerHost({});
  const getSourceFile = host.getSourceFile.bind(host);
  return programOf({
    host: {
      ...host,
      getSourceFile: (name, ...others) => {
        const removed = texts.get(relative(ROOT, name));
        if (removed === undefined) {
          return getSourceFile(name, ...others);
        }
        const text = readFileSync(name, 'utf8').replace(removed, '');
        return ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
      },
    },
  });
}

t.test('nothing is undocumented', async (t) => {
  t.strictSame([...undocumented(programOf()).keys()], []);
});

/** Docstrings that are taken out, and what is undocumented then: listed names, members, and what is only mentioned. */
const REMOVED = [
  [
    'src/job/open-image.ts',
    '/** Has something closed along with the image, at the latest. */',
    'OpenImage.hold',
  ],
  ['src/job/report.ts', '/** Byte offset in the image. */', 'ChangeReport.offset'],
  ['src/job/target.ts', '/** Where the result goes. */', 'InjectTarget'],
  ['src/plan/move.ts', '/** The first block. */', 'BlockRun.start'],
  ['src/read/image.ts', '/** Length in bytes. */', 'Image.size'],
] as const;

t.test('what loses its docstring is found', async (t) => {
  const found = undocumented(without(new Map(REMOVED.map(([path, text]) => [path, text]))));
  t.strictSame(
    [...found.keys()].map((each) => each.replace(/:\d+ /, ' ')).sort(),
    REMOVED.map(([path, , name]) => `${path} ${name}`),
  );
});
