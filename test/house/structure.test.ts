/** Where things are, and what they may touch: the arrows between the folders of src, and what a file may hold. */
import { posix } from 'node:path';
import t from 'tap';
import ts from 'typescript';
import { filesBelow, nodesOf, parseFile, parseFolder, readText, type SourceFile } from './source-files.js';

/** What the files of one folder may import. */
interface Arrows {
  /** Folders of src. */
  readonly values: readonly string[];
  /** Folders of which only types may come over, as nothing is left of those at run time. */
  readonly types?: readonly string[];
  /** Packages; `node:` stands for all that Node brings along. */
  readonly packages?: readonly string[];
}

const LIBRARY = ['layout', 'source', 'read', 'plan', 'sink', 'check'];

/** Data flow one way: source -> read -> plan -> sink. */
const ARROWS: Readonly<Record<string, Arrows>> = {
  layout: { values: ['layout'], packages: ['buffer-layout'] },
  source: { values: ['source'], packages: ['node:'] },
  read: { values: ['read', 'layout', 'source'] },
  plan: { values: ['plan', 'layout'], types: ['read', 'source'] },
  sink: { values: ['sink', 'source', 'layout'], types: ['plan'], packages: ['node:'] },
  check: { values: ['check', 'read', 'layout', 'source'], types: ['plan'] },
  // One file a command: wires the folders above together, for the command line and for index.ts alike.
  job: { values: [...LIBRARY, 'job'], packages: ['node:'] },
  batch: { values: [...LIBRARY, 'job', 'batch'], packages: ['node:', 'yaml', 'ajv', 'tinyglobby'] },
  cli: {
    values: [...LIBRARY, 'job', 'batch', 'cli'],
    packages: ['node:', 'yargs', 'pino', 'cli-progress', 'string-width', 'picocolors'],
  },
  'index.ts': { values: [...LIBRARY, 'job', 'batch'] },
  'errors.ts': { values: ['error-codes.ts', 'exit.ts'] },
  'error-codes.ts': { values: ['exit.ts', 'usage-codes.ts'] },
  'usage-codes.ts': { values: ['exit.ts'] },
  'exit.ts': { values: [] },
  'units.ts': { values: [] },
  'bytes.ts': { values: [] },
};

/** What every folder may import. */
const FOUNDATIONS = ['errors.ts', 'error-codes.ts', 'usage-codes.ts', 'exit.ts', 'units.ts', 'bytes.ts'];

/** What each file of src that lies in a folder may use of Node's globals; `process` and `console` are apart. */
const NODE_FOLDERS = ['source', 'sink', 'job', 'batch', 'cli'];
const NODE_GLOBALS = ['Buffer', 'NodeJS', 'require', '__dirname', '__filename', 'global', 'setImmediate'];

/**
 * Outside of cli a program's surroundings are not the library's business, but for these: who owns an undo file,
 * and how a thread is started.
 */
const PROCESS_MEMBERS = ['sink: pid', 'sink: kill', 'sink: execArgv'];

const MOST_LINES = 300;

/** The folder of a file of src, or the file itself at the top. */
function areaOf(path: string): string {
  const [, area = ''] = path.split('/');
  return area;
}

function isAllowed(from: string, { target, typesOnly }: SourceFile['imports'][number]): boolean {
  const arrows = ARROWS[from];
  if (!target.startsWith('src/')) {
    return (
      arrows?.packages?.some((name) => target === name || (name === 'node:' && target.startsWith(name))) ===
      true
    );
  }
  const to = areaOf(target);
  const isFoundation = FOUNDATIONS.includes(to) && !FOUNDATIONS.includes(from);
  return (
    isFoundation ||
    arrows?.values.includes(to) === true ||
    (typesOnly && arrows?.types?.includes(to) === true)
  );
}

t.test('the arrows between the folders', async (t) => {
  const files = await parseFolder('src');
  t.test('every folder has its arrows', async (t) => {
    const areas = new Set(files.map(({ path }) => areaOf(path)));
    t.strictSame([...areas].sort(), Object.keys(ARROWS).sort());
  });
  t.test('nobody imports what he may not', async (t) => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((each) => !isAllowed(areaOf(path), each))
        .map(({ target, typesOnly }) => `${path} -> ${target}${typesOnly ? ' (types)' : ''}`),
    );
    t.strictSame(wrong, []);
    t.ok(files.flatMap(({ imports }) => imports).length > 300, 'imports were found at all');
  });
  t.test('every import leads to a file', async (t) => {
    const paths = new Set(files.map(({ path }) => path));
    const targets = files.flatMap(({ imports }) => imports.map(({ target }) => target));
    t.strictSame(
      targets.filter((target) => target.startsWith('src/') && !paths.has(target)),
      [],
    );
  });
  t.test('every package that is imported is a dependency, and the other way round', async (t) => {
    const manifest = JSON.parse(await readText('package.json')) as { dependencies: Record<string, string> };
    const packages = files.flatMap(({ imports }) =>
      imports.map(({ target }) => target).filter((target) => !/^src\/|^node:/.test(target)),
    );
    t.strictSame([...new Set(packages)].sort(), Object.keys(manifest.dependencies).sort());
  });
});

t.test('the tables of public names have no logic', async (t) => {
  for (const path of ['src/index.ts', 'src/read/index.ts']) {
    const { tree } = await parseFile(path);
    const others = tree.statements.filter(
      (statement) => !ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined,
    );
    t.strictSame(
      others.map((statement) => statement.getText()),
      [],
      path,
    );
    const listed = tree.statements.filter(ts.isExportDeclaration).map(({ exportClause }) => exportClause);
    t.ok(
      listed.every((clause) => clause !== undefined && ts.isNamedExports(clause)),
      `${path} lists its names by hand`,
    );
  }
});

t.test('what only Node has stays where Node is', async (t) => {
  const files = await parseFolder('src');
  const inNodeFolder = ({ path }: SourceFile): boolean => NODE_FOLDERS.includes(areaOf(path));

  t.test('modules', async (t) => {
    const found = files
      .filter((file) => !inNodeFolder(file))
      .flatMap(({ path, imports }) =>
        imports.filter(({ target }) => target.startsWith('node:')).map(({ target }) => `${path}: ${target}`),
      );
    t.strictSame(found, []);
  });
  t.test('globals', async (t) => {
    const found = files
      .filter((file) => !inNodeFolder(file))
      .flatMap((file) => globalsIn(file, NODE_GLOBALS).map(({ where }) => where));
    t.strictSame(found, []);
  });
  t.test('console and process', async (t) => {
    const uses = files
      .filter(({ path }) => areaOf(path) !== 'cli')
      .flatMap((file) => globalsIn(file, ['console', 'process']))
      .map(({ area, node, where }) => ({ member: `${area}: ${memberOf(node)}`, where }));
    t.strictSame(
      uses.filter(({ member }) => !PROCESS_MEMBERS.includes(member)).map(({ where }) => where),
      [],
    );
    t.strictSame(
      PROCESS_MEMBERS.filter((wanted) => !uses.some(({ member }) => member === wanted)),
      [],
      'exceptions that are none any more',
    );
  });
});

interface GlobalUse {
  readonly area: string;
  readonly node: ts.Identifier;
  readonly where: string;
}

/** The uses of some global names; a member or a property of that name is none. */
function globalsIn({ path, tree }: SourceFile, names: readonly string[]): GlobalUse[] {
  return nodesOf(tree)
    .filter(ts.isIdentifier)
    .filter((node) => names.includes(node.text) && !isMemberName(node))
    .map((node) => ({ area: areaOf(path), node, where: `${placeOf(node)}: ${node.parent.getText()}` }));
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isPropertySignature(parent) && parent.name === node) ||
    (ts.isMethodDeclaration(parent) && parent.name === node)
  );
}

/** `pid` of `process.pid`. */
function memberOf(node: ts.Identifier): string {
  return ts.isPropertyAccessExpression(node.parent) ? node.parent.name.text : 'the whole of it';
}

function placeOf(node: ts.Node): string {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

t.test('no file is longer than one can take in', async (t) => {
  const paths = (await filesBelow('src', 'test', 'bin', 'bench', 'scripts', 'samples')).filter((path) =>
    ['.ts', '.js', '.py', '.sh'].includes(posix.extname(path)),
  );
  const lengths = await Promise.all(
    paths.map(async (path) => ({ path, lines: (await readText(path)).split('\n').length - 1 })),
  );
  t.strictSame(
    lengths.filter(({ lines }) => lines > MOST_LINES),
    [],
  );
});

t.test('files are named by nouns in kebab-case, and never by what they are not', async (t) => {
  const names = (await filesBelow('src')).map((path) => posix.basename(path));
  t.strictSame(
    names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(name)),
    [],
  );
  t.strictSame(
    names.filter((name) => /\b(utils?|misc|common|helpers?)\b/.test(name)),
    [],
  );
});

t.test('nothing is left half done', async (t) => {
  // Put together here, so that this file may be searched as well.
  const marks = new RegExp(
    [
      ['TO', 'DO'],
      ['FIX', 'ME'],
      ['@ts-', 'ignore'],
      ['@ts-', 'nocheck'],
    ]
      .map((parts) => parts.join(''))
      .join('|'),
  );
  const paths = await filesBelow('src', 'test', 'bin', 'bench', 'scripts');
  const marked: string[] = [];
  for (const path of paths) {
    if (marks.test(await readText(path))) {
      marked.push(path);
    }
  }
  t.strictSame(marked, []);
  const files = [...(await parseFolder('src')), ...(await parseFolder('test'))];
  const untyped = files.flatMap(({ tree }) =>
    nodesOf(tree).filter(({ kind }) => kind === ts.SyntaxKind.AnyKeyword),
  );
  t.strictSame(untyped.map(placeOf), [], 'no any');
});

t.test('the block size has a name', async (t) => {
  const files = (await parseFolder('src')).filter(
    ({ path }) => !['layout', 'units.ts'].includes(areaOf(path)),
  );
  const literals = files.flatMap(({ tree }) =>
    nodesOf(tree).filter((node) => ts.isNumericLiteral(node) && Number(node.text) === 2048),
  );
  t.strictSame(literals.map(placeOf), []);
});
