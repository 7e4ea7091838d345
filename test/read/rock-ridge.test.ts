/** Names, and what the System Use field of a directory record says: Rock Ridge, true and lying. */
import t from 'tap';
import { bothByteOrders } from '../../src/layout/field.js';
import { alternateName, continuationArea } from '../../src/layout/system-use.js';
import { volumeDescriptor } from '../../src/layout/volume-descriptor.js';
import type { Finding } from '../../src/read/finding.js';
import { readImage, type Image } from '../../src/read/image.js';
import { LIMITS } from '../../src/read/limits.js';
import { viewsOf } from '../../src/read/lookup.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { ascii, hex } from '../kit/golden.js';
import { dots, ImageBuilder, joined, record, ROOT } from '../kit/image-builder.js';
import { outcomeOf } from '../kit/model-check.js';

const BLOCK = 2048;

async function model(image: ImageBuilder): Promise<Image> {
  const outcome = await outcomeOf(new MemorySource(image.bytes));
  if ('code' in outcome) {
    throw new Error(`refused: ${outcome.code}`);
  }
  return outcome.image;
}

function brief(findings: readonly Finding[]): unknown[] {
  return findings.map(({ code, offset }) => [code, offset]);
}

/** The name of a record that holds it, and the name that it should be given. */
const ISO_NAMES: readonly [string, string][] = [
  ['FILE.;1', 'FILE'],
  ['FILE.TXT;1', 'FILE.TXT'],
  ['A.;32767', 'A'],
  ['NO_VERSION', 'NO_VERSION'],
  ['DOT.', 'DOT'],
  ['.', '.'],
  ['..', '.'],
  ['.;1', '.'],
  ['a/b', 'a/b'],
  ['A;B;2', 'A;B'],
  ['A;', 'A'],
  ['\n\x1b[31m', '\n\x1b[31m'],
  ['\0\0', '\0\0'],
  ['\x80\xff', '\x80\xff'],
  ['x'.repeat(200), 'x'.repeat(200)],
];

/** Names of which nothing is left once version number and padding are gone. */
const EMPTY_NAMES: readonly string[] = [';1', ';', ';32767'];

function withRecords(block: number, names: readonly string[]): Uint8Array[] {
  return [...dots(block, block), ...names.map((name) => record({ name, at: 29, length: 5 }))];
}

t.test('names', async (t) => {
  const image = new ImageBuilder(40).primary().terminator(17);
  image.directory(
    ROOT,
    withRecords(
      ROOT,
      ISO_NAMES.map(([name]) => name),
    ),
  );
  const { trees, findings } = await model(image);
  t.same(
    trees[0]?.root.children?.map(({ name }) => name),
    ISO_NAMES.map(([, name]) => name),
  );
  t.same(findings, []);
});

t.test('names of nothing', async (t) => {
  const image = new ImageBuilder(40).primary().terminator(17).directory(ROOT, withRecords(ROOT, EMPTY_NAMES));
  const { trees, map } = await model(image);
  t.equal(trees[0]?.root.children?.length, EMPTY_NAMES.length, 'a file without a name is a file');
  t.notOk(map.isUnreferenced(29, 30), 'and its blocks are in use');
});

/** Adds a Joliet tree whose root, at block 26, holds these names as they stand. */
function withJoliet(names: readonly string[]): ImageBuilder {
  const image = new ImageBuilder(40).primary().directory(ROOT, dots(ROOT, ROOT));
  const primary = volumeDescriptor.decode(image.bytes, 16 * BLOCK);
  const escapes = new Uint8Array(32);
  escapes.set(ascii('%/E'));
  const root = record({ name: '\0', at: 26, length: BLOCK, directory: true });
  const joliet = { ...primary, type: 2, escapeSequences: escapes, directoryRecordForRoot: root };
  return image.put(17, volumeDescriptor.encode(joliet)).terminator(18).directory(26, withRecords(26, names));
}

/** A name in two bytes a character, the higher first. */
function wide(name: string): string {
  return name.replace(/[^]/g, (character) => {
    const code = character.charCodeAt(0);
    return String.fromCharCode(code >> 8, code & 0xff);
  });
}

t.test('Joliet names', async (t) => {
  const names = ['Read Me.txt;1', 'Grüße', '☃', 'a/b', 'x'.repeat(64)];
  const { trees, findings } = await model(withJoliet(names.map(wide)));
  t.equal(trees[1]?.kind, 'joliet');
  t.same(
    trees[1]?.root.children?.map(({ name }) => name),
    ['Read Me.txt', ...names.slice(1)],
  );
  t.same(findings, []);
  const odd = await model(withJoliet(['A', `${wide('B')}C`, wide(';1')]));
  t.equal(odd.trees[1]?.root.children?.length, 3, 'lengths that no two-byte name has');
});

/** A CE entry. */
function ce(block: number, offset: number, length: number): Uint8Array {
  return continuationArea.encode({
    signature: 'CE',
    length: continuationArea.span,
    version: 1,
    blockLocation: bothByteOrders(block),
    offset: bothByteOrders(offset),
    lengthOfContinuationArea: bothByteOrders(length),
  });
}

function nm(name: string, flags = 0): Uint8Array {
  const head = { signature: 'NM', length: alternateName.span + name.length, version: 1, flags };
  return joined(alternateName.encode(head), ascii(name));
}

const SP = hex('5350 07 01 beef 00');

/** An image with Rock Ridge whose one file has this System Use field, and its root another. */
function withSystemUse(systemUse: Uint8Array, ofRoot = SP): ImageBuilder {
  const file = record({ name: 'FILE', at: 21, length: 5, systemUse });
  return new ImageBuilder(40)
    .primary()
    .terminator(17)
    .directory(ROOT, [...dots(ROOT, ROOT, ofRoot), file]);
}

const SECOND = ROOT * BLOCK + 34 + 8 + 34;

t.test('continuation areas', async (t) => {
  const long = 'n'.repeat(150);
  const across = withSystemUse(joined(nm('a-', 1), ce(22, 2000, 160))).put(22, nm(long), 2000);
  const { trees, findings, map } = await model(across);
  t.equal(trees[0]?.root.children?.[0]?.bestName, `a-${long}`, 'a name that crosses two blocks of one area');
  t.same(findings, []);
  t.notOk(map.isUnreferenced(22, 23) || map.isUnreferenced(23, 24), 'both are claimed');
  const chain = withSystemUse(joined(nm('1', 1), ce(22, 0, 34)))
    .put(22, joined(nm('2', 1), ce(23, 100, 34)))
    .put(23, joined(nm('3', 1), ce(24, 0, 6)), 100)
    .put(24, nm('4'));
  t.equal((await model(chain)).trees[0]?.root.children?.[0]?.bestName, '1234', 'one behind the other');
});

t.test("the root's own entries go on elsewhere, as they do in every image", async (t) => {
  const image = withSystemUse(nm('file'), joined(SP, ce(22, 0, 10))).put(22, hex('4552 0a 01 00000001 0000'));
  const { trees, findings, map } = await readImage(new MemorySource(image.bytes));
  const [tree] = trees;
  t.ok(tree?.root.contents, 'it is held as its bytes');
  t.strictSame([...(tree?.continuationAreas ?? [])], [[22, 23]]);
  const offset = ROOT * BLOCK + 34 + SP.length + continuationArea.offsetOf('blockLocation');
  t.strictSame(tree?.root.pointers?.continuations, [{ block: 22, offset }]);
  t.notOk(map.isUnreferenced(22, 23));
  t.strictSame(findings, []);
  const lie = await model(withSystemUse(nm('file'), joined(SP, ce(40, 0, 10))));
  t.strictSame(brief(lie.findings), [['ISO_TREE_SYSTEM_USE', ROOT * BLOCK]]);
});

t.test('continuation areas that lie', async (t) => {
  const loop = withSystemUse(ce(22, 0, 28)).put(22, ce(22, 0, 28));
  const round = withSystemUse(ce(22, 0, 28))
    .put(22, ce(23, 0, 28))
    .put(23, ce(22, 0, 28));
  const lies: [string, ImageBuilder][] = [
    ['in a circle', loop],
    ['in a wider circle', round],
    ['beyond the end', withSystemUse(ce(40, 0, 28))],
    ['far beyond the end', withSystemUse(ce(0xffffffff, 0xffffffff, 28))],
    ['partly beyond the end', withSystemUse(ce(39, 2040, 28))],
    ['too long', withSystemUse(ce(22, 0, LIMITS.continuationBytes + 1))],
    ['as long as can be', withSystemUse(ce(22, 0, 0xffffffff))],
    ['an entry longer than its field', withSystemUse(hex('4e4d ff 01 00 41 42'))],
    ['an entry shorter than its head', withSystemUse(hex('4e4d 03 01 00 41 42'))],
  ];
  for (const [name, image] of lies) {
    const { findings, trees } = await model(image);
    t.same(brief(findings), [['ISO_TREE_SYSTEM_USE', SECOND]], name);
    t.equal(trees[0]?.root.children?.length, 1, `${name}: the file is there`);
  }
  t.same((await model(withSystemUse(ce(22, 0, 0)))).findings, [], 'one of no length is none');
});

t.test('moved directories that lead nowhere', async (t) => {
  const cl = (block: number): Uint8Array => joined(hex('434c 0c 01'), hex(`${le(block)} ${be(block)}`));
  for (const block of [ROOT, 21, 39, 40, 0xffffffff]) {
    const { trees } = await model(withSystemUse(cl(block)));
    t.equal(viewsOf({ trees })[0]?.names, 'rock-ridge', `to ${block}`);
  }
});

function be(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function le(value: number): string {
  return (be(value).match(/../g) ?? []).reverse().join('');
}

/** The name that a file's System Use field gives it, where the root announces Rock Ridge in this way. */
async function nameBy(rootSystemUse: string, systemUse: Uint8Array): Promise<string | undefined> {
  const file = record({ name: 'FILE', at: 21, length: 5, systemUse });
  const image = new ImageBuilder(40).primary().terminator(17);
  image.directory(ROOT, [...dots(ROOT, ROOT, hex(rootSystemUse)), file]);
  return (await model(image)).trees[0]?.root.children?.[0]?.rockRidgeName;
}

t.test('how Rock Ridge is announced', async (t) => {
  const xa = '00'.repeat(14);
  t.equal(await nameBy('5350 07 01 beef 00', nm('name')), 'name', 'by SP');
  t.equal(await nameBy('5350 07 01 beef 0e', joined(hex(xa), nm('name'))), 'name', 'with bytes to skip');
  t.equal(
    await nameBy(`${xa} 5350 07 01 beef 0e`, joined(hex(xa), nm('name'))),
    'name',
    'behind XA attributes',
  );
  t.equal(await nameBy('5350 07 01 beef ff', nm('name')), undefined, 'with more to skip than there is');
  t.equal(await nameBy('5252 05 01 89', nm('name')), 'name', 'by RR alone');
  t.equal(await nameBy('4e4d 05 01 00', nm('name')), 'name', 'by any entry of its own');
  t.equal(await nameBy('5350 07 01 dead 00', nm('name')), undefined, 'not by SP without its check bytes');
  t.equal(await nameBy('', nm('name')), undefined, 'not at all');
});

t.test('entries', async (t) => {
  const sp = '5350 07 01 beef 00';
  const cases: [string, Uint8Array, string | undefined][] = [
    ['in two parts', joined(nm('na', 1), nm('me')), 'name'],
    ['the directory itself', nm('x', 2), undefined],
    ['its parent', nm('x', 4), undefined],
    ['of no length', nm(''), undefined],
    ['behind the end (ST)', joined(hex('5354 04 01'), nm('name')), undefined],
    ['behind something unknown', joined(hex('5858 06 01 ffff'), nm('name')), 'name'],
    ['behind a zero byte', joined(hex('00'), nm('name')), undefined],
    ['beyond ASCII', nm('\xc3\xbc'), '\u00fc'],
    ['not UTF-8', nm('\xff'), '\ufffd'],
    ['with a slash', nm('../x'), '../x'],
  ];
  for (const [name, systemUse, wanted] of cases) {
    t.equal(await nameBy(sp, systemUse), wanted, name);
  }
});

t.test('what else a record may be', async (t) => {
  const mode = hex('5058 24 01 ffa10000 0000a1ff 0100000000000001 0000000000000000 0000000000000000');
  const { trees } = await model(withSystemUse(joined(mode, hex('534c 05 01 00'))));
  t.match(trees[0]?.root.children?.[0], {
    mode: 0o120777,
    oddities: { symbolicLink: true, compressed: false },
  });
  const compressed = await model(withSystemUse(hex('5a46 10 01 707a 04 0f 0010000000001000')));
  t.match(compressed.trees[0]?.root.children?.[0], { oddities: { compressed: true, symbolicLink: false } });
  const short = await model(withSystemUse(hex('5058 07 01 ffa100')));
  t.equal(short.trees[0]?.root.children?.[0]?.mode, undefined, 'an entry too short for its fields');
  const moved = await model(withSystemUse(hex('5245 04 01')));
  t.equal(moved.trees[0]?.root.children?.[0]?.oddities.relocated, true);
});
