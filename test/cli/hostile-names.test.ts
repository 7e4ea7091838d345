/** Names from an image, or of one, never drive a terminal: escape sequences and marks that reorder text. */
import { rename } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { objectAt, objectsAt } from '../kit/isoboot.js';
import { block, cli, reportOf, workplace, type Run, type Workplace } from './machine.js';

/**
 * What a terminal obeys rather than shows: control characters of both sets but for the line feed, line and paragraph
 * separators, and the marks of the bidirectional algorithm (Unicode 16, UAX #9).
 */
// eslint-disable-next-line no-control-regex -- these are the very characters to be looked for
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const VOLUME = '\x1b]0;owned\x07\x9b31m\x85\x7f';
/** Twelve bytes in place of `isolinux.bin`, ten in place of `README.txt`. */
const LOADER_NAME = '\x1b[31m\x07\u202ex\u009b';
const FILE_NAME = '\u061c\x1b\u2066.md5';
const JOLIET_NAME = '\x1b]0;\u009b\u202e\u200f\u061c\u2028y';
const VERSION = '1.0.0\x1b[31m\x9b7m';

const LOADER_LBA = 36;
const README_LBA = 35;

/** Gives the sample image hostile names wherever it has names, in a list of checksums too. */
function makeHostile(image: Buffer): void {
  image.write(VOLUME.padEnd(32), block(16) + 40, 'latin1');
  image.write(VOLUME.padEnd(128), block(16) + 318, 'latin1');
  image.write(VOLUME.padEnd(128), block(16) + 574, 'latin1');
  replaceAll(image, Buffer.from('isolinux.bin'), Buffer.from(LOADER_NAME));
  replaceAll(image, Buffer.from('README.txt'), Buffer.from(FILE_NAME));
  replaceAll(image, ucs2('README.txt'), ucs2(JOLIET_NAME));
  replaceAll(image, ucs2('isolinux.bin'), ucs2(LOADER_NAME.padEnd(12, '-')));
  image.write(`${'0'.repeat(32)}  isolinux/${LOADER_NAME}\n`, block(README_LBA));
  image.write(`iPXE ${VERSION} `, block(LOADER_LBA) + 3000, 'latin1');
}

/** Lets the file with a hostile name lie beyond the end of the image, which is a finding that names it. */
function makeHostileAndTruncated(image: Buffer): void {
  makeHostile(image);
  const extent = Buffer.alloc(8);
  extent.writeUInt32LE(README_LBA);
  extent.writeUInt32BE(README_LBA, 4);
  const beyond = Buffer.alloc(8);
  beyond.writeUInt32LE(5000);
  beyond.writeUInt32BE(5000, 4);
  replaceAll(image, extent, beyond);
}

function replaceAll(image: Buffer, from: Buffer, to: Buffer): void {
  if (from.length !== to.length) {
    throw new RangeError(`${to.length} bytes in place of ${from.length}`);
  }
  for (let at = image.indexOf(from); at >= 0; at = image.indexOf(from, at + 1)) {
    to.copy(image, at);
  }
}

function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

/** The characters of a text that a terminal would obey, by their numbers, so that a report of them can be read. */
function obeyedIn(text: string): string[] {
  const found = Array.from(text).filter((character) => OBEYED.test(character));
  return [...new Set(found)].map((character) => `U+${(character.codePointAt(0) ?? 0).toString(16)}`);
}

/** Asserts that whatever was printed can be shown. */
function harmless(t: Test, argv: readonly string[], { stdout, stderr }: Run): void {
  const name = argv.map((word) => (word.includes('/') || OBEYED.test(word) ? '(name)' : word)).join(' ');
  t.strictSame(obeyedIn(stdout), [], `${name}: standard output`);
  t.strictSame(obeyedIn(stderr), [], `${name}: standard error`);
}

/** Every command that tells names, on an image and into a folder. */
function commandsOn({ image, at }: Workplace): string[][] {
  return [
    ['ls', image, '-R'],
    ['ls', image, '-lR'],
    ['ls', image, '-R', '--names', 'joliet'],
    ['ls', image, FILE_NAME],
    ['ls', image, `${FILE_NAME}/none`],
    ['inspect', image],
    ['inject', image, '--dry-run'],
    ['inject', image, '-o', at('out.iso'), '--force'],
    ['inject', image, '--boot-path', `/isolinux/${LOADER_NAME}`, '--dry-run'],
    ['inject', image, '--boot-path', `/isolinux/${LOADER_NAME}/none`],
    ['inject', image, '--boot-file', at(LOADER_NAME)],
    ['inject', image, `--${LOADER_NAME}`],
    ['extract-boot', image, '-o', at('out.bif'), '--force'],
    ['media-check', image],
    ['media-check', image, '--implant', '-o', at('checked.iso'), '--force'],
    ['media-check', at('checked.iso')],
    ['media-check', at('checked.iso'), '--strip', '--dry-run'],
    ['remove-boot', at('out.iso'), '--dry-run'],
    ['extract', image, '/', '-o', at('files'), '--force'],
    ['undo', image],
    ['inspect', at(`none${LOADER_NAME}`)],
    ['inspect', at('out.iso')],
    ['inject', at('out.iso')],
  ];
}

t.test('no name drives a terminal', async (t) => {
  const place = await workplace(t, makeHostile);
  const hostile = { ...place, image: place.at(`image${LOADER_NAME}.iso`) };
  await rename(place.image, hostile.image);
  for (const options of [[], ['--json'], ['-v'], ['--log-json', '-v', '--json']]) {
    await t.test(`with ${options.join(' ') || 'no options'}`, async (t) => {
      for (const argv of commandsOn(hostile)) {
        const run = await cli([...argv, ...options]);
        harmless(t, argv, run);
      }
    });
  }
});

t.test('nor does a finding', async (t) => {
  const { image } = await workplace(t, makeHostileAndTruncated);
  for (const options of [[], ['--json'], ['-v']]) {
    for (const command of ['inspect', 'inject']) {
      const run = await cli([command, image, ...options]);
      t.match(run.stdout + run.stderr, /ISO_SOURCE_TRUNCATED/);
      harmless(t, [command, image, ...options], run);
    }
  }
});

t.test('programs get the names as they are', async (t) => {
  const { image } = await workplace(t, makeHostile);
  const inspected = reportOf(t, await cli(['inspect', image, '--json']));
  t.equal(objectAt(inspected, 'volume')['id'], VOLUME);
  const paths = objectsAt(reportOf(t, await cli(['ls', image, '-R', '--json'])), 'entries');
  t.ok(paths.some(({ path }) => path === `/isolinux/${LOADER_NAME}`));
  t.ok(paths.some(({ path }) => path === `/${FILE_NAME}`));
  const joliet = reportOf(t, await cli(['ls', image, '--names', 'joliet', '--json']));
  t.ok(objectsAt(joliet, 'entries').some(({ path }) => path === `/${JOLIET_NAME}`));
  const planned = reportOf(t, await cli(['inject', image, '--dry-run', '--json']));
  t.match(objectsAt(planned, 'manifests'), [
    { path: `/${FILE_NAME}`, file: `/isolinux/${LOADER_NAME}`, changed: true },
  ]);
  t.match(objectAt(planned, 'bootFile'), { path: `/isolinux/${LOADER_NAME}`, loader: { name: 'iPXE' } });
});

t.test('people can tell what was replaced', async (t) => {
  const { image } = await workplace(t, makeHostile);
  const { stdout } = await cli(['ls', image, '/isolinux']);
  t.match(stdout, /^\/isolinux\/\\x1b\[31m\\x07\\[xu]202ex\\x9b$/m);
});
