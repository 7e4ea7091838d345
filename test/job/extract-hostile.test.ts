/** Extracting from images that lie, and into folders that are not empty: nothing gets anywhere else. */
import { chmod, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import t from 'tap';
import { ascii } from '../kit/golden.js';
import { dots, type ImageBuilder, record, ROOT } from '../kit/image-builder.js';
import { px, sl, zf } from '../kit/rock-ridge.js';
import { seededBytes } from '../kit/vendor-tree.js';
import { disc, entry, folder, link, take } from './extraction.js';
import { Place } from './place.js';
import { zisofsFile } from './zisofs-file.js';

const BLOCK = 2048;

t.test('names that would lead out of the folder', async (t) => {
  const place = new Place(t);
  await place.put('victim', ascii('mine'));
  const image = disc({
    [ROOT]: [
      entry('..'),
      entry('.'),
      entry('../victim'),
      entry('a/../../victim'),
      entry('/victim'),
      entry('nul\0name'),
      folder('..', 21),
      folder('way', 22),
      link('way', sl([4, ''])),
      link('out', sl([4, ''])),
      folder('out', 23),
      link('broken', sl([0, 'a\0b'])),
      link('nowhere'),
      link('odd', sl([0x10, ''])),
    ],
    21: [entry('victim')],
    22: [entry('victim')],
    23: [entry('victim')],
  });
  const report = await take(place, image);
  t.strictSame((await readdir(place.folder)).sort(), ['in.iso', 'out', 'victim'], 'nothing is outside');
  t.equal(await readFile(place.at('victim'), 'utf8'), 'mine');
  t.strictSame((await readdir(place.at('out'))).sort(), [
    '.._victim',
    '_',
    '__',
    '__~2',
    '_victim',
    'a_.._.._victim',
    'nul_name',
    'out',
    'out~2',
    'way',
    'way~2',
  ]);
  t.ok((await lstat(place.at('out/way'))).isDirectory());
  t.ok((await lstat(place.at('out/out'))).isSymbolicLink(), 'a link keeps its name');
  t.ok((await lstat(place.at('out/out~2'))).isDirectory(), 'and the folder gets a number');
  t.equal(report.entries.filter(({ output }) => output === null).length, 3, 'links that make no sense');
});

t.test('what is in the folder already', async (t) => {
  const place = new Place(t);
  const image = disc({ [ROOT]: [folder('dir', 21), link('link', sl([0, 'new']))], 21: [entry('file')] });
  const out = (name: string): string => place.at(`out/${name}`);
  const refused = async (name: string, force: boolean): Promise<void> => {
    await t.rejects(take(place, image, { force }), { code: 'ISO_OUTPUT_EXISTS' }, name);
  };
  await mkdir(place.at('elsewhere'));
  await mkdir(place.at('out'));
  await symlink('../elsewhere', out('dir'));
  await refused('a link where a folder is to be', false);
  t.strictSame(await readdir(place.at('elsewhere')), [], 'nothing went through it');
  await take(place, image, { force: true });
  t.ok((await lstat(out('dir'))).isDirectory(), 'with force, the link itself is replaced');
  t.strictSame(await readdir(place.at('elsewhere')), []);

  await refused('the files of before', false);
  await rm(out('dir/file'));
  await place.put('target', ascii('mine'));
  await symlink('../../target', out('dir/file'));
  await refused('a link where a file is to be', false);
  await take(place, image, { force: true });
  t.equal(await readFile(place.at('target'), 'utf8'), 'mine', 'nothing was written through it');
  t.ok((await lstat(out('dir/file'))).isFile());

  await rm(out('link'));
  await mkdir(out('link'));
  await refused('a folder where a link is to be', true);
  await rm(out('dir/file'));
  await mkdir(out('dir/file'));
  await refused('a folder where a file is to be', true);
  await rm(out('dir'), { recursive: true });
  await writeFile(out('dir'), 'x');
  await refused('a file where a folder is to be', false);
  await chmod(place.at('elsewhere'), 0o700);
  await rm(place.at('out'), { recursive: true });
  await symlink('elsewhere', place.at('out'));
  await take(place, image);
  t.strictSame(
    (await readdir(place.at('elsewhere'))).sort(),
    ['dir', 'link'],
    'the folder itself may be a link',
  );
  t.equal((await stat(place.at('elsewhere'))).mode & 0o777, 0o700, 'and is left as it is');
  const notFolder = take(place, image, { folder: place.at('target') });
  await t.rejects(notFolder, { code: 'ISO_OUTPUT_IO' });
});

t.test('special files', async (t) => {
  const place = new Place(t);
  const types = [0o020666, 0o060666, 0o010666, 0o140666];
  const image = disc({ [ROOT]: types.map((mode, i) => entry(`special${i}`, {}, px(mode))) });
  const report = await take(place, image);
  t.match(report, { files: 0, bytes: 0, entries: types.map(() => ({ type: 'special', output: null })) });
  t.equal(report.warnings.length, 4);
  t.strictSame(await readdir(place.at('out')), []);
});

t.test('files that lie over one another', async (t) => {
  const place = new Place(t);
  const all = { at: 0, length: 60 * BLOCK };
  const image = disc({ [ROOT]: Array.from({ length: 30 }, (_, i) => entry(`f${i}`, all)) });
  t.match(await take(place, image, { folder: place.at('links') }), { files: 30 });
  // Four directories of thirty, where a hundred times the image is the limit.
  const more = disc({ [ROOT]: [0, 1, 2, 3].map((i) => folder(`d${i}`, 21 + i)) });
  for (const block of [21, 22, 23, 24]) {
    const records = Array.from({ length: 30 }, (_, i) => record(entry(`f${i}`, all)));
    more.directory(block, [...dots(block, ROOT), ...records]);
  }
  await t.rejects(take(place, more), { code: 'ISO_TREE_LIMIT' });
});

t.test('compressed files', async (t) => {
  const place = new Place(t);
  const contents = Buffer.concat([Buffer.alloc(32768), seededBytes(9, 40_000), Buffer.from('end')]);
  const stored = zisofsFile(contents);
  const image = (bytes: Uint8Array, systemUse = zf(contents.length)): ImageBuilder =>
    disc({ [ROOT]: [entry('file', { at: 41, length: bytes.length }, systemUse)] }, 100).put(41, bytes);
  const report = await take(place, image(stored));
  t.same(await readFile(place.at('out/file')), contents);
  t.match(report, { bytes: contents.length, warnings: [] });
  const raw = await take(place, image(stored), { names: 'iso', folder: place.at('raw') });
  t.equal(raw.warnings.length, 1, 'by other names than Rock Ridge, as it is stored');
  t.equal(raw.bytes, stored.length);

  const empty = await take(place, image(zisofsFile(Buffer.alloc(0)), zf(0)), { folder: place.at('empty') });
  t.equal(empty.bytes, 0, 'an empty one');

  const refused = async (name: string, lie: ImageBuilder): Promise<void> => {
    const lies = take(place, lie, { folder: place.at('lies') });
    await t.rejects(lies, { code: 'ISO_TREE_COMPRESSED', offset: ROOT * BLOCK + 76 }, name);
    t.strictSame(await readdir(place.at('lies')), [], 'nothing is left');
  };
  const changed = (at: number, ...bytes: number[]): Buffer => {
    const lie = Buffer.from(stored);
    bytes.forEach((byte, i) => (lie[at + i] = byte));
    return lie;
  };
  await refused('no magic', image(changed(0, 0)));
  await refused('another size', image(changed(8, 1)));
  await refused('another size in ZF', image(stored, zf(contents.length + 1)));
  await refused('another block size', image(changed(13, 16)));
  await refused('a block size that is none', image(changed(13, 40), zf(contents.length, 40)));
  await refused('an algorithm that is not known', image(stored, zf(contents.length, 15, 'PZ')));
  await refused('a header over itself', image(changed(12, 1)));
  await refused('a pointer behind the end', image(changed(16 + 12, 0xff, 0xff, 0xff)));
  await refused('pointers that go back', image(changed(16 + 8, 1, 0, 0, 0)));
  await refused('a stream that is none', image(changed(stored.length - 8, 1, 2, 3, 4, 5, 6, 7, 8)));
  await refused('a file cut short', image(stored.subarray(0, 20)));
  await refused('a header cut short', image(stored.subarray(0, 9)));
  const bomb = zisofsFile(contents, (block) => Buffer.concat([block, Buffer.alloc(1_000_000)]));
  await refused('a block that grows without end', image(bomb));
});
