/** Refuses a public name without a docstring, and a member of what a public name leads to. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The tables of public names. */
const ENTRIES = ['src/index.ts', 'src/read/index.ts'];

/** What is said of something by a comment in front of it; nothing for a comment of tags alone. */
function isDocumented(declaration) {
  const holder = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.getJSDocCommentsAndTags(holder).some((doc) => {
    const text = ts.isJSDoc(doc) ? (ts.getTextOfJSDocComment(doc.comment) ?? '') : '';
    return text.trim() !== '';
  });
}

function isHidden(member) {
  const flags = ts.getCombinedModifierFlags(member);
  return (
    (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0 ||
    (member.name !== undefined && ts.isPrivateIdentifier(member.name))
  );
}

/** Whether a comment is asked of a node: a name, or a member that has one. */
function wantsComment(node) {
  return (
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessorDeclaration(node) ||
    (ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent))
  );
}

/** Whether a member says by its value alone what it is, such as `kind: 'copy'`. */
function isLabel({ type }) {
  return type !== undefined && ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal);
}

/**
 * The undocumented names of a program, as `file:line name`, with their nodes.
 *
 * Types that a public declaration mentions are public as well, whether they are listed or not; what is inside of
 * functions is nobody's business.
 */
export function undocumented(program, entries = ENTRIES) {
  const checker = program.getTypeChecker();
  const found = new Map();
  const seen = new Set();
  const pending = [];

  const resolved = (symbol) =>
    (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol;

  const note = (node, name) => {
    const file = node.getSourceFile();
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.set(`${relative(root, file.fileName)}:${line + 1} ${name}`, node);
  };

  const add = (symbol) => {
    if (symbol !== undefined && !seen.has(symbol)) {
      seen.add(symbol);
      pending.push(symbol);
    }
  };

  /** Whether a member of a class is one of an interface or class that says what it is. */
  const isInherited = ({ name, parent }) =>
    ts.isClassDeclaration(parent) &&
    (parent.heritageClauses ?? []).some(({ types }) =>
      types.some((type) => {
        const member = checker.getTypeAtLocation(type).getProperty(name.getText());
        return member !== undefined && (member.declarations ?? []).some(isDocumented);
      }),
    );

  /** Whether a file is ours. */
  const isOurs = (node) => {
    const { fileName, isDeclarationFile } = node.getSourceFile();
    return !isDeclarationFile && !fileName.includes('/node_modules/');
  };

  const visit = (node, owner) => {
    // Of a type that is only asked for the type of a member, nothing else is seen.
    if (ts.isBlock(node) || isHidden(node) || ts.isIndexedAccessTypeNode(node)) {
      return;
    }
    if (wantsComment(node) && !isDocumented(node) && !isLabel(node) && !isInherited(node)) {
      note(node, `${owner}.${node.name.getText()}`);
    }
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const symbol = checker.getSymbolAtLocation(node.typeName ?? node.expression);
      add(symbol && resolved(symbol));
    }
    if (ts.isTypeQueryNode(node)) {
      const symbol = checker.getSymbolAtLocation(node.exprName);
      add(symbol && resolved(symbol));
    }
    // The value of a property or variable is no part of what it is called by.
    ts.forEachChild(node, (child) => {
      if (child !== node.initializer || ts.isObjectLiteralExpression(child) === false) {
        visit(child, owner);
      }
    });
  };

  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(`${root}${entry}`));
    checker.getExportsOfModule(module).forEach((symbol) => add(resolved(symbol)));
  }
  for (let symbol = pending.pop(); symbol !== undefined; symbol = pending.pop()) {
    const declarations = (symbol.declarations ?? [])
      .filter(isOurs)
      .filter((each) => !ts.isTypeParameterDeclaration(each));
    if (declarations.length > 0 && !declarations.some(isDocumented)) {
      note(declarations[0], symbol.name);
    }
    declarations.forEach((declaration) => visit(declaration, symbol.name));
  }
  return found;
}

/** The program of the sources, as `tsconfig.json` has it. */
export function programOf(options = {}) {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts.createProgram(parsed.fileNames, { ...parsed.options, noEmit: true }, options.host);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const missing = [...undocumented(programOf()).keys()].sort();
  missing.forEach((each) => console.error(`no docstring: ${each}`));
  process.exitCode = missing.length > 0 ? 1 : 0;
}
