import type { ErrorObject } from 'ajv';
import type { Document, LineCounter, Node, Pair } from 'yaml';
import { messageOf } from '../errors.js';
import { readManifestSchema } from './manifest-schema.js';
import { NOWHERE, type Mistake, type Place } from './mistake.js';
import { placeKey } from './place-key.js';
import type { Defaults, Entry } from './settings.js';

/** A manifest taken apart. */
export interface Manifest {
  readonly defaults: Defaults;
  /** The jobs in which nothing is wrong so far. */
  readonly entries: readonly PlacedEntry[];
  readonly mistakes: readonly Mistake[];
}

/** A job as it is written down, and where. */
export interface PlacedEntry {
  readonly entry: Entry;
  /** Where the job stands, or one of its fields. */
  readonly placeOf: (field?: keyof Entry) => Place;
}

/** More than a hundred thousand jobs take. */
const LONGEST = 32 * 1024 * 1024;

type Path = readonly (string | number)[];

/**
 * Reads a manifest in YAML or JSON: JSON is YAML as well. What is wrong with it is listed, not thrown.
 *
 * Source: YAML 1.2; docs/schema/batch-manifest.schema.json. Errors: none.
 */
export async function parseManifest(text: string): Promise<Manifest> {
  const { parseDocument, LineCounter } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text.slice(0, LONGEST), { lineCounter: lines, prettyErrors: false });
  const placeOf = (path: Path): Place => placeIn(document, lines, path);
  const broken = document.errors.map(({ message, pos }) => manifestMistake(message, at(lines, pos[0])));
  if (text.length > LONGEST || broken.length > 0) {
    const tooLong = manifestMistake('the manifest is too long', at(lines, 0));
    return { defaults: {}, entries: [], mistakes: broken.length > 0 ? broken : [tooLong] };
  }
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    // Aliases that stand for more than a reader should unfold.
    return { defaults: {}, entries: [], mistakes: [manifestMistake(messageOf(error), at(lines, 0))] };
  }
  return checkContent(content, placeOf);
}

/** As `parseManifest`, for what a manifest says as an object; of lines it knows nothing. */
export async function checkManifest(manifest: object): Promise<Manifest> {
  // What is undefined is as good as not there.
  const content: unknown = JSON.parse(JSON.stringify(manifest));
  return checkContent(content, (path) => ({ ...NOWHERE, field: placeKey(path) }));
}

async function checkContent(said: unknown, placeOf: (path: Path) => Place): Promise<Manifest> {
  const content = withDeeds(said);
  const errors = await validate(content);
  const mistakes = errors.map((error) => {
    const path = pathOf(error);
    const place = placeOf(path);
    return manifestMistake(wordsFor(error, content, path), place);
  });
  const wrongJobs = new Set(errors.map(({ instancePath }) => /^\/jobs\/(\d+)/.exec(instancePath)?.[1]));
  const { defaults = {}, jobs = [] } = Object(content) as { defaults?: Defaults; jobs?: Entry[] };
  const entries = (Array.isArray(jobs) ? jobs : []).map((entry, i) => ({
    entry,
    placeOf: (field?: keyof Entry) => placeOf(field === undefined ? ['jobs', i] : ['jobs', i, field]),
  }));
  return {
    defaults: errors.some(({ instancePath }) => instancePath.startsWith('/defaults')) ? {} : defaults,
    entries: entries.filter((_, i) => !wrongJobs.has(String(i))),
    mistakes,
  };
}

function manifestMistake(message: string, place: Place): Mistake {
  return { code: 'ISO_BATCH_MANIFEST', message, ...place };
}

/** Jobs with what they do, so that the schema can tell what goes with it. */
function withDeeds(content: unknown): unknown {
  const { defaults, jobs } = Object(content) as { defaults?: { do?: unknown }; jobs?: unknown };
  if (!Array.isArray(jobs)) {
    return content;
  }
  const deed = Object(defaults) === defaults ? (defaults?.do ?? 'inject') : 'inject';
  return {
    ...(content as object),
    jobs: jobs.map((job: unknown) =>
      typeof job === 'object' && job !== null && !Array.isArray(job) ? { do: deed, ...job } : job,
    ),
  };
}

async function validate(content: unknown): Promise<ErrorObject[]> {
  const [{ Ajv }, text] = await Promise.all([import('ajv'), readManifestSchema()]);
  const ajv = new Ajv({ allErrors: true, strict: false });
  const isValid = ajv.compile(JSON.parse(text) as object);
  isValid(content);
  const errors = isValid.errors ?? [];
  // What fails in a branch is told by the branch.
  return errors.filter(({ keyword, schemaPath }) => keyword !== 'if' && !/\/oneOf\/\d+\//.test(schemaPath));
}

/** The path of what an error is about: for a field that should not be there, the field. */
function pathOf({ instancePath, keyword, params }: ErrorObject): Path {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const extra = (params as { additionalProperty?: string }).additionalProperty;
  return keyword === 'additionalProperties' && extra !== undefined ? [...path, extra] : path;
}

function wordsFor(error: ErrorObject, content: unknown, path: Path): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'additionalProperties':
      return 'there is no such field';
    case 'required':
      return `${String(params['missingProperty'])} is missing`;
    case 'false schema': {
      const { jobs } = content as { jobs: { do?: unknown }[] };
      return `does not go with do: ${String(jobs[Number(path[1])]?.do)}`;
    }
    case 'enum':
      return `is none of ${(params['allowedValues'] as unknown[]).filter((each) => typeof each === 'string').join(', ')}`;
    case 'oneOf':
      return 'is neither a number from 0 to 65535 nor full';
    case 'minLength':
      return 'is empty';
    default:
      return error.message ?? 'is wrong';
  }
}

/** Where a value stands; of a field, where its name does; of what is not there, where it would be. */
function placeIn(document: Document, lines: LineCounter, path: Path): Place {
  const field = placeKey(path);
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== undefined) {
      return { ...at(lines, offset), field };
    }
  }
  return { ...at(lines, document.contents?.range?.[0] ?? 0), field };
}

function offsetOf(document: Document, path: Path): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pairs = (parent as { items?: readonly Partial<Pair>[] } | undefined)?.items ?? [];
  const last = path.at(-1);
  if (typeof last === 'number') {
    return (document.getIn(path, true) as Node | undefined)?.range?.[0];
  }
  const key = pairs
    .map(({ key }) => key as (Node & { value?: unknown }) | undefined)
    .find((each) => each?.value === last);
  return key?.range?.[0];
}

function at(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col, field: null };
}
