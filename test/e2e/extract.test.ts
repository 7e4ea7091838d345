/** What is extracted is what went into an image, and what other tools take out of it. */
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { IsoError } from '../../src/errors.js';
import { extract } from '../../src/job/extract.js';
import { corpusImages } from '../kit/corpus.js';
import { makeOddTree } from '../kit/odd-tree.js';
import { needTools, run, runOk } from '../kit/tools.js';
import { BSDTAR, GENISOIMAGE, XORRISO, type VendorWriter } from '../kit/vendor-images.js';

/** What something on disk is: its type, permissions and second of change, and its contents. */
type Tree = Record<string, string>;

async function treeOf(folder: string): Promise<Tree> {
  const tree: Tree = {};
  const pending = [''];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const name of await readdir(join(folder, at))) {
      const path = `${at}/${name}`;
      tree[path] = await describe(join(folder, path));
      if (tree[path].startsWith('directory')) {
        pending.push(path);
      }
    }
  }
  return tree;
}

async function describe(path: string): Promise<string> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) {
    return `link to ${await readlink(path)}`;
  }
  const facts = `${(stat.mode & 0o777).toString(8)} ${Math.floor(stat.mtimeMs / 1000)}`;
  if (stat.isDirectory()) {
    return `directory ${facts}`;
  }
  return `file ${facts} ${createHash('sha256')
    .update(await readFile(path))
    .digest('hex')}`;
}

/** Only the types and the contents: most tools leave out something else. */
function contentsOf(tree: Tree): Tree {
  const kept = Object.entries(tree).map(([path, facts]) => [
    path,
    facts.replace(/^(file|directory) \S+ \S+/, '$1'),
  ]);
  return Object.fromEntries(kept) as Tree;
}

/** Folders that root alone could clear away, did they keep their modes. */
async function clear(folder: string): Promise<void> {
  await run('chmod', ['-R', 'u+rwX', folder]);
  await rm(folder, { recursive: true, force: true });
}

async function ours(image: string, folder: string): Promise<Tree> {
  const { names } = await extract({ input: image, paths: ['/'], folder, platform: 'linux' });
  const tree = await treeOf(folder);
  // Without Rock Ridge there are no modes, and each tool has some of its own.
  return names === 'rock-ridge' ? tree : contentsOf(tree);
}

async function xorriso(image: string, folder: string): Promise<Tree> {
  await mkdir(folder);
  await runOk('xorriso', ['-osirrox', 'on', '-indev', image, '-extract', '/', folder]);
  return treeOf(folder);
}

async function bsdtar(image: string, folder: string): Promise<Tree> {
  await mkdir(folder);
  await runOk('bsdtar', ['-xpf', image, '-C', folder]);
  return treeOf(folder);
}

const WRITERS: readonly VendorWriter[] = [GENISOIMAGE, XORRISO, BSDTAR];

for (const writer of WRITERS) {
  t.test(`the files that went into an image of ${writer.name}`, async (t) => {
    if (!needTools(t, ...writer.tools, 'xorriso', 'bsdtar', '7z')) {
      return;
    }
    const folder = t.testdir();
    const at = (name: string): string => join(folder, name);
    await makeOddTree(at('tree'), { deep: true, longNames: false });
    await chmod(at('tree/size-1.bin'), 0o640);
    await chmod(at('tree/size-2049.bin'), 0o755);
    await chmod(at('tree/empty folder'), 0o711);
    await utimes(at('tree/size-1.bin'), 1_000_000_000, 1_000_000_000);
    await utimes(at('tree/names'), 1_200_000_000, 1_200_000_000);
    await writer.make(at('tree'), at('image.iso'));
    const extracted = await ours(at('image.iso'), at('ours'));
    // Where a directory lay that was moved, an empty one is left.
    delete extracted['/rr_moved'];
    const original = withoutMoved(await treeOf(at('tree')));
    const mine = withoutMoved(extracted);
    // bsdtar writes modes of its own.
    const comparable = writer === BSDTAR ? contentsOf : (tree: Tree): Tree => tree;
    t.strictSame(comparable(mine), comparable(original));
    const byXorriso = await xorriso(at('image.iso'), at('xorriso'));
    delete byXorriso['/rr_moved'];
    t.strictSame(mine, withoutMoved(byXorriso), 'xorriso');
    const byBsdtar = await bsdtar(at('image.iso'), at('bsdtar'));
    t.strictSame(contentsOf(extracted), contentsOf(byBsdtar), 'bsdtar');
    await runOk('7z', ['x', '-y', `-o${at('7z')}`, at('image.iso')]);
    const by7z = contentsOf(await treeOf(at('7z')));
    t.strictSame(filesOf(contentsOf(extracted)), filesOf(by7z), '7z');
    await clear(folder);
  });
}

/** Writers give directories that they move a time of their own. */
function withoutMoved(tree: Tree): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([path, facts]) => [
      path,
      path.startsWith('/a') && facts.startsWith('directory') ? 'directory' : facts,
    ]),
  );
}

const EMPTY = createHash('sha256').digest('hex');

/** The contents of all files, wherever they are: 7z moves no directory back, and takes a link for an empty file. */
function filesOf(tree: Tree): string[] {
  return Object.values(tree)
    .filter((facts) => facts.startsWith('file') && !facts.endsWith(EMPTY))
    .sort();
}

/** Images of the corpus with Rock Ridge, several extents and compressed files; xorriso hangs on the broken ones. */
const CORPUS = /iso_rockridge_ce\.|isorr_bz2|multi_extent|zisofs|iso_xorriso|copying/;

t.test('the corpus, as xorriso takes it out', async (t) => {
  const images = (await corpusImages(t)).filter(({ name }) => CORPUS.test(name));
  if (images.length === 0 || !needTools(t, 'xorriso')) {
    return;
  }
  const folder = t.testdir();
  let compared = 0;
  for (const { name, path } of images) {
    const mine = await ours(path, join(folder, 'ours')).catch(codeOf);
    const theirs = await xorriso(path, join(folder, 'theirs')).catch(() => undefined);
    if (typeof mine !== 'string' && theirs !== undefined) {
      compared += 1;
      const hasModes = Object.values(mine).some((facts) => /^(file|directory) \d+ \d+/.test(facts));
      t.strictSame(mine, hasModes ? theirs : contentsOf(theirs), name);
    }
    await clear(join(folder, 'ours'));
    await clear(join(folder, 'theirs'));
  }
  t.ok(compared >= 8, 'most are readable');
});

/** The code of an error; anything else is a defect. */
function codeOf(error: unknown): string {
  if (error instanceof IsoError && error.code !== 'ISO_INTERNAL') {
    return error.code;
  }
  throw error;
}
