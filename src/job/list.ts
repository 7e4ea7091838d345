import { IsoError } from '../errors.js';
import { formatDate } from '../layout/date-time.js';
import { readImage } from '../read/image.js';
import { readListedTrees } from '../read/listed-trees.js';
import { LIMITS } from '../read/limits.js';
import {
  factsOf,
  isDirectoryIn,
  listingIn,
  type DirectoryListing,
  type ListedName,
  type TreeView,
} from '../read/lookup.js';
import type { TreeNode } from '../read/tree-node.js';
import { stoppable } from '../source/stoppable-source.js';
import { inputName, openInput, type ImageInput, type InputWatch } from './input.js';
import { readingEdited } from './undo.js';
import { homeOf, namesOf, nodeAt, pathOf, viewBy, type Names } from './view.js';

export type { Names } from './view.js';

/** What to list. */
export interface ListOptions extends InputWatch {
  /** The image. */
  readonly input: ImageInput;
  /** A path in the image; its root without one. */
  readonly path?: string | undefined;
  /** Whether what is in directories is listed as well. */
  readonly recursive?: boolean | undefined;
  /** The best names that the image has, without it. */
  readonly names?: Names | undefined;
  /** Stops the work, which then fails with `ISO_INTERRUPTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** One file or directory. */
export interface ListedReport {
  /** From the root of the image. */
  readonly path: string;
  /** What it is. */
  readonly type: 'file' | 'directory' | 'symlink';
  /** Bytes. */
  readonly size: number;
  /** Its first block; 0 for a file that has none. */
  readonly lba: number;
  /** ISO 8601; nothing where it is unset. */
  readonly modified: string | null;
}

/** The outcome of `ls`; documented in docs/json.md. */
export interface ListReport {
  readonly schema: 'isoboot.ls/1';
  /** The image, as it was named. */
  readonly input: string;
  /** By which names it was listed. */
  readonly names: Names;
  /** Sorted by path within a directory, each directory in front of what it holds. */
  readonly entries: readonly ListedReport[];
  /** That the image may be half-written, for people. */
  readonly warnings: readonly string[];
}

/** What a report says, its entries made one by one. */
export interface EntryListing extends Omit<ListReport, 'schema' | 'entries'> {
  /** That of the report, which describes it alone. */
  readonly schema: string;
  /** As those of a report, as often as they are asked for. Raises `ISO_TREE_LIMIT`. */
  readonly entries: Iterable<ListedReport>;
}

const SCHEMA = 'isoboot.ls/1';

/** Lists a directory of an image, or a single file. Errors: `ISO_TREE_NOT_FOUND`, `ISO_TREE_LIMIT`, `ISO_INTERRUPTED`; those of opening and reading. */
export async function list(options: ListOptions): Promise<ListReport> {
  return looking(options, (beginning) => {
    const listing = entriesFrom(beginning, options);
    return { ...listing, schema: SCHEMA, entries: [...listing.entries] };
  });
}

/** Lists as `list` does, but makes each entry when it is asked for. Errors: those of `list`. */
export async function listEntries(options: ListOptions): Promise<EntryListing> {
  return looking(options, (beginning) => entriesFrom(beginning, options));
}

function entriesFrom(beginning: Beginning, { input, recursive = false }: ListOptions): EntryListing {
  const { view, warnings } = beginning;
  return {
    schema: SCHEMA,
    input: inputName(input),
    names: namesOf(view),
    entries: {
      *[Symbol.iterator]() {
        for (const run of walk(beginning, recursive)) {
          for (const listed of run.names) {
            yield describe(view, run.before + listed.name, listed, run);
          }
        }
      },
    },
    warnings,
  };
}

/** Names alone, as many as an image has. */
export interface PathListing {
  /** The paths of a report in its order, those of directories with a slash at their ends; once. Raises `ISO_TREE_LIMIT`. */
  readonly runs: Iterable<PathRun>;
  /** As those of a report. */
  readonly warnings: readonly string[];
}

/** Paths that follow one another in a listing. */
export interface PathRun {
  /** What all of them start with. */
  readonly before: string;
  /** How each goes on. */
  readonly names: readonly string[];
}

/** Lists as `list` does, but no more than paths, in half of the time. Errors: those of `list`. */
export async function listPaths(options: ListOptions): Promise<PathListing> {
  return looking(options, (beginning) => {
    return { runs: pathRuns(beginning, options.recursive === true), warnings: beginning.warnings };
  });
}

function* pathRuns(beginning: Beginning, recursive: boolean): Generator<PathRun> {
  for (const { before, names } of walk(beginning, recursive)) {
    yield {
      before,
      names: names.map(({ name, directory }) => (directory === undefined ? name : `${name}/`)),
    };
  }
}

/** What a listing starts from. */
interface Beginning {
  readonly view: TreeView;
  readonly node: TreeNode;
  readonly path: string;
  readonly warnings: readonly string[];
}

async function looking<T>(options: ListOptions, work: (beginning: Beginning) => T): Promise<T> {
  const source = await openInput(options.input, options);
  try {
    return await readingEdited(source.path, async (warnings) => {
      const { names, signal } = options;
      const trees = await readListedTrees(stoppable(source, signal), names);
      const view = viewBy(trees ?? (await readImage(source, { signal })), names);
      const node = nodeAt(view, options.path ?? '/');
      return work({ view, node, path: pathOf(view, node), warnings });
    });
  } finally {
    await source.close();
  }
}

/** Names that follow one another in a listing, all in one directory. */
interface Run extends DirectoryListing {
  /** What stands in front of them in their paths. */
  readonly before: string;
}

/** Names in a run at most: a directory may have millions. */
const NAMES_A_RUN = 1000;

function* walk({ view, node, path }: Beginning, recursive: boolean): Generator<Run> {
  if (!isDirectoryIn(view, node)) {
    const itself: ListedName = { name: '', directory: undefined, place: 0 };
    yield { before: path, names: [itself], fileOf: () => factsOf(node) };
    return;
  }
  // A stack of our own, and each directory entered once: Rock Ridge's links may lead round in a circle.
  const entered = new Set<number>([homeOf(node)]);
  const isNew = (listed: ListedName): listed is ListedName & { directory: TreeNode } =>
    recursive && listed.directory !== undefined && !entered.has(homeOf(listed.directory));
  const open = [levelOf(view, node, path === '/' ? path : `${path}/`)];
  let characters = 0;
  for (let here = open.at(-1); here !== undefined; here = open.at(-1)) {
    const { before, fileOf } = here;
    const names = nextNames(here, isNew);
    const last = names.at(-1);
    if (last === undefined) {
      open.pop();
      continue;
    }
    names.forEach(({ name }) => {
      characters += before.length + name.length;
      refuseTooMany(characters);
    });
    yield { before, names, fileOf };
    if (isNew(last)) {
      entered.add(homeOf(last.directory));
      open.push(levelOf(view, last.directory, `${before}${last.name}/`));
    }
  }
}

/** Takes the next names of a directory, up to one that is to be entered; none where there are no more. */
function nextNames(level: Level, isEntered: (listed: ListedName) => boolean): ListedName[] {
  const { names, next } = level;
  let end = next;
  for (let last = names[end]; last !== undefined && end < next + NAMES_A_RUN; last = names[end]) {
    end += 1;
    if (isEntered(last)) {
      break;
    }
  }
  level.next = end;
  return names.slice(next, end);
}

/** Deep directories of many files would be more text than there is memory for. */
function refuseTooMany(characters: number): void {
  if (characters > LIMITS.listedCharacters) {
    throw new IsoError('ISO_TREE_LIMIT', 'the paths of so many files are too long to be listed', {
      found: characters,
      wanted: LIMITS.listedCharacters,
    });
  }
}

/** A directory that is being walked. */
interface Level extends Run {
  /** Where among the names the walk goes on. */
  next: number;
}

function levelOf(view: TreeView, directory: TreeNode, before: string): Level {
  const { names, fileOf } = listingIn(view, directory);
  names.sort(byName);
  return { before, names, fileOf, next: 0 };
}

function byName(a: ListedName, b: ListedName): number {
  return a.name === b.name ? a.place - b.place : a.name < b.name ? -1 : 1;
}

function describe(
  view: TreeView,
  path: string,
  listed: ListedName,
  { fileOf }: DirectoryListing,
): ListedReport {
  const { directory } = listed;
  if (directory !== undefined) {
    const modified = dateText(directory.recordedAt);
    return { path, type: 'directory', size: 0, lba: homeOf(directory), modified };
  }
  const { size, start, recordedAt, isLink } = fileOf(listed);
  const type = view.names === 'rock-ridge' && isLink ? 'symlink' : 'file';
  return { path, type, size, lba: start, modified: dateText(recordedAt) };
}

function dateText(recordedAt: number | undefined): string | null {
  return recordedAt === undefined ? null : formatDate(recordedAt);
}
