import { IsoError } from '../errors.js';
import { PiecesSource } from '../source/pieces-source.js';
import type { Source } from '../source/source.js';
import type { Lba } from '../units.js';
import { piecesOf } from './file-pieces.js';
import type { Image } from './image.js';
import { LIMITS } from './limits.js';
import {
  childrenIn,
  findFile,
  findIn,
  isDirectoryIn,
  nameIn,
  splitPath,
  viewsOf,
  type TreeView,
} from './lookup.js';
import { parseManifestLine, type ManifestAlgorithm, type ManifestLine } from './manifest-line.js';
import type { TreeNode } from './tree-node.js';

/** A file of an image that lists of checksums may name. */
export interface ListedFile {
  /** Its best path. */
  readonly path: string;
  /** First block of its data. */
  readonly lba: Lba;
  /** Other paths that lead to the same bytes. */
  readonly otherPaths: readonly string[];
}

/** What a list of checksums in an image says of one of its files. */
export interface ManifestEntry {
  /** Path of the list. */
  readonly path: string;
  /** Path of the file. */
  readonly file: string;
  /** How the digest is computed. */
  readonly algorithm: ManifestAlgorithm;
  /** Hexadecimal digits, in lower case. */
  readonly digest: string;
}

/** What the lists of checksums in an image say. */
export interface Manifests {
  /** What they say of the files. */
  readonly entries: readonly ManifestEntry[];
  /** Paths of lists that could not be looked through: damaged, compressed, or too long. */
  readonly unread: readonly string[];
}

/** What vendors call lists of checksums: `md5sum.txt`, `SHA256SUMS`, `.checksum.md5`, SUSE's `content`, `.treeinfo`. */
const LIST_NAME =
  /^(?:\.?(?:md5|sha\d{1,3}|b2|check)-?sums?(?:[._].*)?|\.?checksums?[._](?:md5|sha\d*)|[._]?treeinfo\.?|content\.?|.*\.(?:md5|sha1|sha256|sha512)(?:sums?)?)$/i;

/** A list that was found, with the folder that its names start from. */
interface List {
  readonly node: TreeNode;
  readonly path: string;
  readonly folder: string;
}

/**
 * Looks for files in the lists of checksums that an image carries, in its root and in every folder above the files.
 *
 * A name counts from its list's folder or from the root, in any case. Lists that cannot be read are named and do no
 * other harm.
 */
export async function readManifests(
  source: Source,
  image: Image,
  files: readonly ListedFile[],
): Promise<Manifests> {
  const entries: ManifestEntry[] = [];
  const unread: string[] = [];
  let budget: number = LIMITS.manifestBytes;
  const lookups = { left: LIMITS.manifestLookups };
  for (const list of findLists(image, files)) {
    budget -= list.node.size;
    const text = budget < 0 ? undefined : await readText(source, image, list.node);
    if (text === undefined) {
      unread.push(list.path);
    } else {
      entries.push(...entriesOf(image, list, text, files, lookups));
    }
  }
  return { entries, unread };
}

function findLists(image: Image, files: readonly ListedFile[]): List[] {
  const paths = files.flatMap(({ path, otherPaths }) => [path, ...otherPaths]);
  const folders = new Set(paths.flatMap(foldersAbove));
  const lists = new Map<number, List>();
  for (const view of viewsOf(image)) {
    for (const folder of folders) {
      for (const list of listsIn(view, folder)) {
        const at = list.node.extents[0]?.lba ?? 0;
        if (!lists.has(at) && lists.size < LIMITS.manifests) {
          lists.set(at, list);
        }
      }
    }
  }
  return [...lists.values()];
}

/** `/` and every folder down to the file's own. */
function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(1, -1);
  return ['/', ...names.map((_, i) => `/${names.slice(0, i + 1).join('/')}/`)];
}

function listsIn(view: TreeView, folder: string): List[] {
  const node = findIn(view, folder, { anyCase: true });
  if (node === undefined || !isDirectoryIn(view, node)) {
    return [];
  }
  return childrenIn(view, node)
    .filter((child) => !isDirectoryIn(view, child) && child.size > 0 && LIST_NAME.test(nameIn(view, child)))
    .map((child) => ({ node: child, path: `${folder}${nameIn(view, child)}`, folder }));
}

async function readText(source: Source, image: Image, node: TreeNode): Promise<string | undefined> {
  if (node.oddities.compressed || node.oddities.unlocated) {
    return undefined;
  }
  try {
    const content = new PiecesSource(source, piecesOf(node, image.logicalBlockSize));
    return new TextDecoder().decode(await content.read(0, content.size));
  } catch (error) {
    if (error instanceof IsoError && error.code !== 'ISO_INTERRUPTED') {
      return undefined;
    }
    throw error;
  }
}

/** The first word of a list on each file; whatever else it says of it. */
function entriesOf(
  image: Image,
  { path, folder }: List,
  text: string,
  files: readonly ListedFile[],
  lookups: { left: number },
): ManifestEntry[] {
  const isBlake = /b2-?sum/i.test(path);
  const wanted = new Map(
    files.flatMap((file) => [file.path, ...file.otherPaths].map((each) => [lastName(each), file] as const)),
  );
  const found = new Map<ListedFile, ManifestEntry>();
  for (const line of linesOf(text)) {
    const said = parseManifestLine(line);
    const file = said === undefined ? undefined : wanted.get(lastName(said.name));
    if (said === undefined || file === undefined || found.has(file)) {
      continue;
    }
    if (leadsTo(image, folder, said, file, lookups)) {
      const algorithm = isBlake && said.algorithm === 'sha512' ? 'blake2b' : said.algorithm;
      found.set(file, { path, file: file.path, algorithm, digest: said.digest });
    }
  }
  return [...found.values()];
}

/** The shortest line that says anything: 32 digits, a blank and a name. */
const SHORTEST_LINE = 34;

/** Lines that may say something; a list of nothing but line ends would be an array of millions. */
function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('\n', at);
    const end = next < 0 ? text.length : next;
    if (end - at >= SHORTEST_LINE && end - at <= LIMITS.manifestLine) {
      yield text.slice(at, end);
    }
    at = end + 1;
  }
}

/** In lower case; Windows' own lists have its slashes. */
function lastName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase();
}

/** Names that are the file's own need no looking up; others may be those of another tree. */
function leadsTo(
  image: Image,
  folder: string,
  { name }: ManifestLine,
  { lba, path, otherPaths }: ListedFile,
  lookups: { left: number },
): boolean {
  const relative = name.replaceAll('\\', '/');
  const named = [`${folder}${relative}`, relative];
  const own = new Set([path, ...otherPaths].map(plainPath));
  if (named.some((each) => own.has(plainPath(each)))) {
    return true;
  }
  lookups.left -= 1;
  return lookups.left >= 0 && named.some((each) => findFile(image, each)?.node.extents[0]?.lba === lba);
}

function plainPath(path: string): string {
  return splitPath(path).join('/').toLowerCase();
}
