/** Lists of checksums in an image: which are looked through, in which forms, and what they say of a boot file. */
import t from 'tap';
import { readImage } from '../../src/read/image.js';
import { LIMITS } from '../../src/read/limits.js';
import { parseManifestLine } from '../../src/read/manifest-line.js';
import { readManifests, type ListedFile, type Manifests } from '../../src/read/manifest.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { lba } from '../../src/units.js';
import { disc, entry, folder } from '../job/extraction.js';
import { ascii } from '../kit/golden.js';
import { ROOT, type RecordSpec } from '../kit/image-builder.js';
import { zf } from '../kit/rock-ridge.js';

const SUM = {
  md5: '0123456789abcdef'.repeat(2),
  sha1: 'a'.repeat(40),
  sha256: 'b'.repeat(64),
  sha512: 'c'.repeat(128),
};

const LOADER_SUSE = 'boot/x86_64/loader/isolinux.bin';

t.test('a line in each of the forms', (t) => {
  const says = (line: string, algorithm: string, digest: string, name = 'isolinux/isolinux.bin'): void => {
    t.strictSame(parseManifestLine(line), { algorithm, digest, name }, line);
  };
  says(`${SUM.md5}  isolinux/isolinux.bin`, 'md5', SUM.md5);
  says(`${SUM.md5.toUpperCase()} *isolinux/isolinux.bin\r`, 'md5', SUM.md5);
  says(`\\${SUM.sha1}  isolinux/isolinux.bin`, 'sha1', SUM.sha1);
  says(`${SUM.sha256}\t./a name with  spaces `, 'sha256', SUM.sha256, './a name with  spaces');
  says(`SHA256 (isolinux/isolinux.bin) = ${SUM.sha256}`, 'sha256', SUM.sha256);
  says(`MD5(a (1).bin)=${SUM.md5}`, 'md5', SUM.md5, 'a (1).bin');
  says(`HASH SHA512 ${SUM.sha512}  boot/x86_64/loader/isolinux.bin`, 'sha512', SUM.sha512, LOADER_SUSE);
  says(`images/efiboot.img = sha256:${SUM.sha256}`, 'sha256', SUM.sha256, 'images/efiboot.img');
  says(`images/a=b.img=md5:${SUM.md5}`, 'md5', SUM.md5, 'images/a=b.img');
  for (const line of [
    '',
    '[checksums]',
    '# md5sum',
    SUM.md5,
    `${SUM.md5}   `,
    `${SUM.md5.slice(1)}  odd length`,
    `${'g'.repeat(32)}  no digits`,
    `= sha256:${SUM.sha256}`,
    `MD5 () = ${SUM.md5}`,
    'KEY SHA1 0 content.key',
  ]) {
    t.equal(parseManifestLine(line), undefined, line);
  }
  t.end();
});

const LOADER = { path: '/isolinux/isolinux.bin', lba: lba(40), otherPaths: [] };
/** Where lists lie in the images built here. */
const FIRST_LIST = 50;
const LIST_BLOCKS = 4;

/** What the lists say; by their paths, which are those of Rock Ridge, in the root or in `/isolinux`. */
async function read(
  lists: Readonly<Record<string, string>>,
  spec: Partial<RecordSpec> = {},
  ...more: readonly Uint8Array[]
): Promise<Manifests> {
  return readFor(LOADER, lists, spec, ...more);
}

async function readFor(
  file: ListedFile,
  lists: Readonly<Record<string, string>>,
  spec: Partial<RecordSpec> = {},
  ...more: readonly Uint8Array[]
): Promise<Manifests> {
  const texts = Object.entries(lists).map(([path, text], i) => ({
    path,
    text,
    at: FIRST_LIST + LIST_BLOCKS * i,
  }));
  const records = (inFolder: boolean): RecordSpec[] =>
    texts
      .filter(({ path }) => path.startsWith('/isolinux/') === inFolder)
      .map(({ path, text, at }) =>
        entry(path.split('/').at(-1) ?? '', { at, length: text.length, ...spec }, ...more),
      );
  const image = disc(
    {
      [ROOT]: [folder('isolinux', 21), entry('isolinux.bin', { at: 41 }), ...records(false)],
      21: [entry('isolinux.bin'), ...records(true)],
    },
    FIRST_LIST + LIST_BLOCKS * texts.length,
  );
  texts.forEach(({ text, at }) => image.put(at, ascii(text)));
  const source = new MemorySource(image.bytes);
  return readManifests(source, await readImage(source), [file]);
}

t.test('the lists that vendors put on their discs', async (t) => {
  const names = ['md5sum.txt', 'MD5SUMS', 'SHA256SUMS', 'sha1sum.txt', 'SHA512SUMS.gpg', 'checksums.md5'];
  names.push('.checksum.md5', 'CHECKSUMS', '.treeinfo', '_TREEINFO', 'content', 'disc.sha256', 'md5-sums');
  for (const name of names) {
    const path = `/${name}`;
    const found = await read({ [path]: `x\n${SUM.md5}  ./isolinux/isolinux.bin\n` });
    const said = { path, file: LOADER.path, algorithm: 'md5', digest: SUM.md5 };
    t.strictSame(found, { entries: [said], unread: [] }, name);
  }
  for (const name of ['README', 'md5', 'contents', 'summary.txt', 'sha256']) {
    const found = await read({ [`/${name}`]: `${SUM.md5}  isolinux/isolinux.bin\n` });
    t.strictSame(found, { entries: [], unread: [] }, name);
  }
});

t.test('a name counts from the folder of its list, or from the root, in any case', async (t) => {
  const found = async (path: string, name: string): Promise<number> =>
    (await read({ [path]: `${SUM.md5}  ${name}\n` })).entries.length;
  for (const name of ['isolinux.bin', './ISOLINUX.BIN', '/isolinux/isolinux.bin', 'isolinux\\isolinux.bin']) {
    t.equal(await found('/isolinux/md5sum.txt', name), 1, name);
  }
  t.equal(await found('/md5sum.txt', 'isolinux.bin'), 0, 'another file of that name');
  t.equal(await found('/md5sum.txt', 'other/isolinux.bin'), 0, 'no file');
  t.equal(await found('/md5sum.txt', 'isolinux'), 0, 'a folder');
});

t.test('all lists, each with its first word', async (t) => {
  const { entries } = await read({
    '/md5sum.txt': `${SUM.md5}  isolinux/isolinux.bin\n${'f'.repeat(32)}  isolinux/isolinux.bin\n`,
    '/isolinux/b2sums': `${SUM.sha512}  isolinux.bin\n`,
    '/.treeinfo': `[checksums]\nisolinux/isolinux.bin = sha256:${SUM.sha256}\n`,
  });
  t.strictSame(
    entries.map(({ path, algorithm, digest }) => [path, algorithm, digest]),
    [
      ['/md5sum.txt', 'md5', SUM.md5],
      ['/.treeinfo', 'sha256', SUM.sha256],
      ['/isolinux/b2sums', 'blake2b', SUM.sha512],
    ],
  );
});

t.test('lists that cannot be read are named and do no harm', async (t) => {
  const text = `${SUM.md5}  isolinux/isolinux.bin\n`;
  const unread = { entries: [], unread: ['/md5sum.txt'] };
  t.strictSame(await read({ '/md5sum.txt': text }, { at: 90_000 }), unread, 'beyond the end');
  t.strictSame(await read({ '/md5sum.txt': text }, { length: LIMITS.manifestBytes + 1 }), unread, 'too long');
  t.strictSame(await read({ '/md5sum.txt': text }, {}, zf(text.length)), unread, 'compressed');
});

t.test('no list keeps the reader busy', async (t) => {
  const last = `${SUM.md5}  isolinux/isolinux.bin\n`;
  const otherwise = `${SUM.md5}  isolinux/../isolinux/isolinux.bin\n`;
  const entries = async (text: string): Promise<number> =>
    (await read({ '/md5sum.txt': text })).entries.length;
  t.equal(await entries(otherwise.repeat(100) + last), 1, 'its own name needs no looking up');
  const mangled = { ...LOADER, path: '/ISOLINU_/ISOLINUX.BIN' };
  const lookedUp = async (before: number): Promise<number> =>
    (await readFor(mangled, { '/md5sum.txt': otherwise.repeat(before) + last })).entries.length;
  t.equal(await lookedUp(LIMITS.manifestLookups - 1), 1, 'the name of another tree');
  t.equal(await lookedUp(LIMITS.manifestLookups), 0, 'looked up too often');
  const long = `${SUM.md5}  ${'./'.repeat(LIMITS.manifestLine / 2)}isolinux/isolinux.bin\n`;
  t.equal((await read({ '/md5sum.txt': long })).entries.length, 0, 'too long a line');
  const many = Object.fromEntries(
    Array.from({ length: LIMITS.manifests + 3 }, (_, i) => [`/${i}.md5`, last] as const),
  );
  t.equal((await read(many)).entries.length, LIMITS.manifests);
});
