/** The files of this repository, taken apart by the TypeScript compiler. */
import { readdir, readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The folder that holds package.json. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One `import`, `export ... from` or `import()`. */
export interface Import {
  /** A path from the repository's root for files of our own, else the name of a package. */
  readonly target: string;
  /** Whether only types come over it, so that nothing is left of it at run time. */
  readonly typesOnly: boolean;
}

/** A file with its syntax tree. */
export interface SourceFile {
  /** From the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** The paths of all files below some folders, from the root, with slashes; in order. */
export async function filesBelow(...folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile())) {
      found.push(relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'));
    }
  }
  return found.sort();
}

/** Reads a file of the repository. */
export function readText(path: string): Promise<string> {
  return readFile(join(ROOT, path), 'utf8');
}

/** Parses every TypeScript file below a folder. */
export async function parseFolder(folder: string): Promise<SourceFile[]> {
  const paths = (await filesBelow(folder)).filter((path) => path.endsWith('.ts'));
  return Promise.all(paths.map(parseFile));
}

/** Parses one file. */
export async function parseFile(path: string): Promise<SourceFile> {
  const text = await readText(path);
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return { path, text, tree, imports: nodesOf(tree).flatMap((node) => importsOf(path, node)) };
}

/** Every node of a tree. */
export function nodesOf(tree: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function importsOf(path: string, node: ts.Node): Import[] {
  if (ts.isImportDeclaration(node)) {
    return [{ target: targetOf(path, node.moduleSpecifier), typesOnly: isTypesOnlyImport(node) }];
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return [{ target: targetOf(path, node.moduleSpecifier), typesOnly: isTypesOnlyExport(node) }];
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return node.arguments.slice(0, 1).map((name) => ({ target: targetOf(path, name), typesOnly: false }));
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return [{ target: targetOf(path, node.argument.literal), typesOnly: true }];
  }
  return [];
}

function isTypesOnlyImport({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) {
    return false;
  }
  const { name, namedBindings, phaseModifier } = importClause;
  const isNamed = name === undefined && namedBindings !== undefined && ts.isNamedImports(namedBindings);
  return (
    phaseModifier === ts.SyntaxKind.TypeKeyword ||
    (isNamed && namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly))
  );
}

function isTypesOnlyExport({ exportClause, isTypeOnly }: ts.ExportDeclaration): boolean {
  const isNamed = exportClause !== undefined && ts.isNamedExports(exportClause);
  return isTypeOnly || (isNamed && exportClause.elements.every((element) => element.isTypeOnly));
}

function targetOf(path: string, specifier: ts.Node): string {
  const text = ts.isStringLiteralLike(specifier) ? specifier.text : specifier.getText();
  return text.startsWith('.') ? posix.join(posix.dirname(path), text).replace(/\.js$/, '.ts') : text;
}
