/** Files and folders out of images, and what they are like on disk. */
import { lstat, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import t from 'tap';
import type { ExtractOptions } from '../../src/job/extract.js';
import { FILE_FLAG } from '../../src/layout/directory-record.js';
import { ascii, hex } from '../kit/golden.js';
import { joined, ROOT } from '../kit/image-builder.js';
import { cl, px, sl, tf } from '../kit/rock-ridge.js';
import { seededBytes } from '../kit/vendor-tree.js';
import { disc, entry, folder, link, take } from './extraction.js';
import { Place } from './place.js';

const BLOCK = 2048;

t.test('modes, times and links', async (t) => {
  const place = new Place(t);
  const short = hex('6d 0b 1c 0d 3b 37 04');
  const long = joined(ascii('2001020304050607'), hex('f8'));
  const image = disc({
    [ROOT]: [
      entry('short', {}, px(0o104755), tf(0x02, short)),
      entry('long', {}, px(0o100640), tf(0x83, ascii('1999999999999999 '), long)),
      entry('cut', {}, px(0o100600), tf(0x03, short)),
      entry('plain'),
      entry('empty', { length: 0, at: 0 }, px(0o100444)),
      folder('dir', 21, px(0o040711), tf(0x02, short)),
      link('near', sl([0, 'short'])),
      link('far', sl([8, ''], [0, 'etc'], [4, ''], [1, 'pass']), sl([0, 'wd'])),
      link('here', sl([2, ''], [0, 'dir'])),
    ],
    21: [entry('inner', {}, px(0o100666))],
  });
  const report = await take(place, image);
  t.match(report, {
    schema: 'isoboot.extract/1',
    names: 'rock-ridge',
    files: 6,
    directories: 1,
    symlinks: 3,
    bytes: 25,
    warnings: [],
  });
  const out = (name: string): string => place.at(`out/${name}`);
  const modeOf = async (name: string): Promise<number> => (await lstat(out(name))).mode & 0o7777;
  const timeOf = async (name: string): Promise<string> => (await lstat(out(name))).mtime.toISOString();
  t.equal(await modeOf('short'), 0o755, 'without set-user-ID');
  t.equal(await modeOf('long'), 0o640);
  t.equal(await modeOf('empty'), 0o444);
  t.equal(await modeOf('dir'), 0o711);
  t.equal(await timeOf('short'), '2009-11-28T12:59:55.000Z', 'the short form, an hour east');
  t.equal(await timeOf('long'), '2001-02-03T06:05:06.070Z', 'the long form, two hours west');
  t.equal(await timeOf('cut'), '2011-03-14T15:09:26.000Z', 'a stamp that is not all there');
  t.equal(await timeOf('plain'), '2011-03-14T15:09:26.000Z', "the record's date");
  t.equal(await timeOf('dir'), '2009-11-28T12:59:55.000Z', 'set when all was in it');
  t.equal(await timeOf('near'), '2011-03-14T15:09:26.000Z', "the link's own");
  t.equal(await readlink(out('near')), 'short');
  t.equal(await readlink(out('far')), '/etc/../passwd', 'a component in two parts');
  t.equal(await readlink(out('here')), './dir');
  t.equal(await readFile(out('dir/inner'), 'utf8'), 'hello');
  t.equal((await stat(out('empty'))).size, 0);
  t.same(
    report.entries.map(({ path, type, size }) => [path, type, size]),
    [
      ['/short', 'file', 5],
      ['/long', 'file', 5],
      ['/cut', 'file', 5],
      ['/plain', 'file', 5],
      ['/empty', 'file', 0],
      ['/dir', 'directory', 0],
      ['/dir/inner', 'file', 5],
      ['/near', 'symlink', 0],
      ['/far', 'symlink', 0],
      ['/here', 'symlink', 0],
    ],
  );
});

t.test('what is named is taken, under its own name', async (t) => {
  const place = new Place(t);
  const image = disc({
    [ROOT]: [folder('Dir', 21), folder('dir', 22), entry('top')],
    21: [entry('one')],
    22: [folder('sub', 23), entry('two')],
    23: [entry('three')],
  });
  const found = async (...paths: string[]): Promise<string[]> => {
    await rm(place.at('out'), { recursive: true, force: true });
    await take(place, image, { paths });
    return (await readdir(place.at('out'), { recursive: true })).sort();
  };
  t.strictSame(await found('/Dir'), ['Dir', 'Dir/one']);
  t.strictSame(await found('dir/'), ['dir', 'dir/sub', 'dir/sub/three', 'dir/two'], 'the very case first');
  t.strictSame(await found('/dir/SUB'), ['sub', 'sub/three'], 'any case where there is no other');
  t.strictSame(await found('/dir/sub/three', '/TOP', '/top'), ['three', 'top'], 'the same one only once');
  t.strictSame(await found('/dir/sub', '/'), [
    'Dir',
    'Dir/one',
    'dir',
    'dir/sub',
    'dir/sub/three',
    'dir/two',
    'sub',
    'sub/three',
    'top',
  ]);
  await rm(place.at('out'), { recursive: true });
  const wrong = take(place, image, { paths: ['/top', '/none'] });
  await t.rejects(wrong, { code: 'ISO_TREE_NOT_FOUND', wanted: '/none' });
  t.notOk(await lstat(place.at('out')).catch(() => undefined), 'nothing was made');
  const joliet = take(place, image, { names: 'joliet' });
  await t.rejects(joliet, { code: 'ISO_TREE_NOT_FOUND', wanted: 'joliet' });
});

t.test('directories that were moved, and circles', async (t) => {
  const place = new Place(t);
  const re = hex('5245 04 01');
  const image = disc({
    [ROOT]: [
      folder('rr_moved', 21),
      entry('was here', { length: 0 }, cl(22)),
      entry('and here', { length: 0 }, cl(22)),
      entry('nowhere', { length: 0 }, cl(59)),
      folder('same', 23),
      folder('again', 23),
    ],
    21: [folder('moved', 22, px(0o040750), re)],
    22: [entry('file'), entry('circle', { length: 0 }, cl(22))],
    23: [entry('other')],
  });
  const report = await take(place, image);
  t.strictSame((await readdir(place.at('out'), { recursive: true })).sort(), [
    'again',
    'and here',
    'nowhere',
    'rr_moved',
    'same',
    'same/other',
    'was here',
    'was here/circle',
    'was here/file',
  ]);
  t.equal((await stat(place.at('out/was here'))).mode & 0o777, 0o750, 'as its own record says');
  t.equal(report.warnings.length, 4);
});

t.test('files that do not lie in a row, and files that are not all there', async (t) => {
  const place = new Place(t);
  const image = disc({
    [ROOT]: [
      { name: 'PARTS.BIN;1', at: 41, length: BLOCK, flags: FILE_FLAG.multiExtent },
      { name: 'PARTS.BIN;1', at: 44, length: 3 },
      { name: 'WOVEN.BIN;1', at: 41, length: 2 * BLOCK, fileUnitSize: 1, interleaveGapSize: 2 },
      { name: 'BEHIND.BIN;1', at: 41, length: 4, extendedAttributeBlocks: 2 },
    ],
  });
  const bytes = Buffer.from(seededBytes(5, 5 * BLOCK));
  image.put(41, bytes);
  await take(place, image);
  const at = (block: number, length: number): Buffer =>
    bytes.subarray((block - 41) * BLOCK, (block - 41) * BLOCK + length);
  const out = (name: string): Promise<Buffer> => readFile(place.at(`out/${name}`));
  t.same(await out('PARTS.BIN'), Buffer.concat([at(41, BLOCK), at(44, 3)]));
  t.same(await out('WOVEN.BIN'), Buffer.concat([at(41, BLOCK), at(44, BLOCK)]));
  t.same(await out('BEHIND.BIN'), at(43, 4));

  await rm(place.at('out'), { recursive: true });
  const short = disc({ [ROOT]: [entry('whole'), entry('short', { at: 59, length: BLOCK + 1 })] });
  await t.rejects(take(place, short), { code: 'ISO_SOURCE_TRUNCATED', offset: 59 * BLOCK });
  t.notOk(await lstat(place.at('out')).catch(() => undefined), 'found out before anything is written');
  t.match(await take(place, short, { paths: ['/whole'] }), { files: 1 }, 'what is there can still be had');
  const cut = disc({ [ROOT]: [folder('cut', 59)] });
  image.bytes.fill(0, 59 * BLOCK);
  const whole = { name: 'CUT', at: 59, length: 2 * BLOCK, directory: true };
  const report = await take(place, disc({ [ROOT]: [whole] }), { force: true });
  t.equal(report.warnings.length, 1, 'a directory that is cut off');
  t.equal((await take(place, cut, { force: true })).warnings.length, 0);
});

t.test('names that are the same on the platform', async (t) => {
  const place = new Place(t);
  const image = disc({ [ROOT]: [entry('Makefile'), entry('makefile', { length: 4 }), entry('con.txt')] });
  const report = await take(place, image, { platform: 'win32' });
  t.strictSame((await readdir(place.at('out'))).sort(), ['Makefile', '_con.txt', 'makefile~2']);
  t.equal(report.warnings.length, 2);
  const posix = await take(place, image, { folder: place.at('posix') });
  t.strictSame((await readdir(place.at('posix'))).sort(), ['Makefile', 'con.txt', 'makefile']);
  t.equal(posix.warnings.length, 0);
});

t.test('stopping, and progress', async (t) => {
  const place = new Place(t);
  const big = 40 * BLOCK * 20;
  const image = disc({ [ROOT]: [entry('small'), entry('big', { at: 41, length: big })] }, 41 + big / BLOCK);
  const seen: number[] = [];
  const onProgress: ExtractOptions['onProgress'] = ({ done, total }) => {
    t.equal(total, big + 5);
    seen.push(done);
  };
  await take(place, image, { onProgress, folder: place.at('all') });
  t.equal(seen.at(-1), big + 5);
  const early = take(place, image, { signal: AbortSignal.abort() });
  await t.rejects(early, { code: 'ISO_INTERRUPTED' });
  const stop = new AbortController();
  const late = take(place, image, {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await t.rejects(late, { code: 'ISO_INTERRUPTED' });
  t.strictSame(
    (await readdir(place.at('out'))).filter((name) => name !== 'small'),
    [],
    'nothing is left half-written',
  );
});
