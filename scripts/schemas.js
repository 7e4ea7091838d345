/** Makes the JSON Schemas of all reports: their form from the types in src, their words from docs/json.md. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { documentedSchema } from './json-document.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every report says in its first field what it is, and so does its type. */
const SCHEMA_NAME = /^isoboot\.([a-z-]+)\/(\d+)$/;

const OBJECT = ts.TypeFlags.Object | ts.TypeFlags.Intersection;

/** Every other number counts something. */
const NOT_WHOLE = ['seconds', 'found', 'wanted'];

/** The schemas, by the file that each belongs in. */
export function makeSchemas() {
  const config = ts.getParsedCommandLineOfConfigFile(`${root}tsconfig.json`, {}, ts.sys);
  const program = ts.createProgram(config.fileNames, config.options);
  const checker = program.getTypeChecker();
  const reports = config.fileNames
    .flatMap((path) => program.getSourceFile(path).statements)
    .filter(ts.isInterfaceDeclaration)
    .map((statement) => checker.getTypeAtLocation(statement))
    .filter((type) => schemaOf(type, checker) !== undefined);
  return new Map(reports.map((type) => schemaFile(type, checker)));
}

/** The schema that a type's objects say they have. */
function schemaOf(type, checker) {
  const property = type.getProperty('schema');
  const value = property && checker.getTypeOfSymbol(property);
  return value?.isStringLiteral() && SCHEMA_NAME.test(value.value) ? value.value : undefined;
}

function idOf(schema) {
  return schema.replace(SCHEMA_NAME, 'urn:isoboot:$1:$2');
}

function schemaFile(type, checker) {
  const schema = schemaOf(type, checker);
  const { description, meanings } = documentedSchema(schema);
  const form = new Form(checker, meanings).ofObject(type, '');
  return [
    `docs/schema/${schema.replace(SCHEMA_NAME, '$1')}.schema.json`,
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: idOf(schema),
      title: schema,
      description,
      ...form,
    },
  ];
}

/** The form of a report's parts. Nothing is said against further fields: they may be added within a version. */
class Form {
  #checker;
  #meanings;

  constructor(checker, meanings) {
    this.#checker = checker;
    this.#meanings = meanings;
  }

  ofObject(type, path) {
    const fields = type.getProperties().map((property) => {
      const name = path === '' ? property.name : `${path}.${property.name}`;
      const value = this.#checker.getTypeOfSymbol(property);
      const members = membersOf(value);
      const isOptional = members.some(({ flags }) => flags & ts.TypeFlags.Undefined);
      const described = { ...this.#description(property, name), ...this.ofMembers(members, name) };
      return { name: property.name, described, isOptional };
    });
    return {
      type: 'object',
      required: fields.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
      properties: Object.fromEntries(fields.map(({ name, described }) => [name, described])),
    };
  }

  #description(property, name) {
    const written = ts.displayPartsToString(property.getDocumentationComment(this.#checker));
    const description = this.#meanings.get(name) || written.replaceAll('`', '');
    return description === '' ? {} : { description };
  }

  /** The form of a value that is one of several types. */
  ofMembers(members, path) {
    const has = (flag) => members.some(({ flags }) => flags & flag);
    const literals = members.filter((type) => type.isLiteral()).map(({ value }) => value);
    const forms = [
      ...members.filter(({ flags }) => flags & OBJECT).map((type) => this.#ofPart(type, path)),
      ...members
        .filter(({ flags }) => flags & ts.TypeFlags.TemplateLiteral)
        .map(({ texts: [start] }) => ({ type: 'string', pattern: `^${start}` })),
      ...(has(ts.TypeFlags.String) ? [{ type: 'string' }] : []),
      ...(has(ts.TypeFlags.Number) ? [numberAt(path)] : []),
      ...(has(ts.TypeFlags.BooleanLike) ? [{ type: 'boolean' }] : []),
      ...(literals.length > 0 ? [oneOf(literals)] : []),
    ];
    const isKnown =
      forms.length > 0 && !has(ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.NonPrimitive);
    if (!isKnown) {
      throw new Error(`${path} has no form that a schema can tell`);
    }
    return has(ts.TypeFlags.Null) ? orNull(merged(forms)) : merged(forms);
  }

  #ofPart(type, path) {
    if (this.#checker.isArrayType(type)) {
      const [item] = this.#checker.getTypeArguments(type);
      return { type: 'array', items: this.ofMembers(membersOf(item), `${path}[]`) };
    }
    const schema = schemaOf(type, this.#checker);
    return schema === undefined ? this.ofObject(type, path) : { $ref: idOf(schema) };
  }
}

function membersOf(type) {
  return type.isUnion() ? type.types : [type];
}

function numberAt(path) {
  const isWhole = !NOT_WHOLE.includes(path.replace(/^.*\./, ''));
  return isWhole ? { type: 'integer', minimum: 0 } : { type: 'number' };
}

/** A closed set. That of the error codes is none: later versions have more. */
function oneOf(literals) {
  if (literals.every((value) => String(value).startsWith('ISO_'))) {
    return { type: 'string', pattern: '^ISO_[A-Z0-9_]+$' };
  }
  // The compiler's order is that in which it came across them.
  return literals.length === 1 ? { const: literals[0] } : { enum: literals.sort(inOrder) };
}

function inOrder(a, b) {
  return typeof a === 'number' ? a - b : a < b ? -1 : 1;
}

function merged(forms) {
  if (forms.length === 1) {
    return forms[0];
  }
  const isPlain = forms.every((form) => Object.keys(form).join() === 'type');
  return isPlain ? { type: forms.map(({ type }) => type) } : { anyOf: forms.sort(byReference) };
}

function byReference({ $ref: a = '' }, { $ref: b = '' }) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function orNull(form) {
  if ('enum' in form) {
    return { enum: [...form.enum, null] };
  }
  if ('type' in form) {
    return { ...form, type: [form.type, 'null'].flat() };
  }
  return { anyOf: [...(form.anyOf ?? [form]), { type: 'null' }] };
}
