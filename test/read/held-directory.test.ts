/** Directories that are kept as their bytes: only ordinary ones are, and what is said of them is what reading them gives. */
import t, { type Test } from 'tap';
import {
  continuesInNext,
  isDirectoryRecord,
  scanDirectory,
  type ScannedRecord,
} from '../../src/read/directory.js';
import { surveyDirectory } from '../../src/read/directory-survey.js';
import { HeldDirectory } from '../../src/read/held-directory.js';
import { factsOf } from '../../src/read/lookup.js';
import { emptySystemUse, scanSystemUse } from '../../src/read/system-use.js';
import { TreeNode } from '../../src/read/tree-node.js';
import { lba } from '../../src/units.js';
import { ascii } from '../kit/golden.js';
import { dots, joined, record, type RecordSpec } from '../kit/image-builder.js';
import { Random } from '../kit/random.js';
import { cl, nm, px, sl, sp, zf } from '../kit/rock-ridge.js';

const BLOCK = 2048;
/** Where the directories of this file would lie in an image. */
const START = 100 * BLOCK;

const RE = ascii('RE\x04\x01');
const ST = ascii('ST\x04\x01');
const CE = joined(ascii('CE\x1c\x01'), new Uint8Array(24));
const PL = joined(ascii('PL\x0c\x01'), new Uint8Array(8));

/** A directory of whole blocks, no record across the end of one. */
function directory(...records: readonly Uint8Array[]): Uint8Array {
  return directoryOf(sp(), ...records);
}

/** The same, with other entries in its record of itself. */
function directoryOf(ownUse: Uint8Array, ...records: readonly Uint8Array[]): Uint8Array {
  const blocks: Uint8Array[] = [new Uint8Array(BLOCK)];
  let at = 0;
  for (const bytes of [...dots(20, 20, ownUse), ...records]) {
    if (at + bytes.length > BLOCK) {
      blocks.push(new Uint8Array(BLOCK));
      at = 0;
    }
    blocks.at(-1)?.set(bytes, at);
    at += bytes.length;
  }
  return joined(...blocks);
}

function file(name: string, more: Partial<RecordSpec> = {}): Uint8Array {
  return record({ name, at: 300, length: 5000, ...more });
}

const withUse = (...systemUse: readonly Uint8Array[]): Uint8Array =>
  file('A.;1', { systemUse: joined(...systemUse) });

/** A name that is no UTF-8. */
const oddName = joined(nm('odd').slice(0, -1), Uint8Array.of(0xef));

const folder = record({ name: 'SUB', at: 400, length: BLOCK, directory: true, systemUse: nm('sub') });

/** All records the long way; nothing where there is anything that the tree has to look into at once. */
function readInFull(bytes: Uint8Array, skipLength: number | undefined): ScannedRecord[] | undefined {
  let isOrdinary = true;
  const records = [...scanDirectory(bytes, 'single-byte', () => (isOrdinary = false))];
  for (const [i, each] of records.entries()) {
    const use = emptySystemUse();
    if (skipLength !== undefined && !(each.isSelfOrParent && i < 2)) {
      scanSystemUse(bytes, each.systemUseStart + skipLength, each.end, use, START);
    }
    isOrdinary &&=
      !each.halvesDiffer &&
      !each.interleaved &&
      !continuesInNext(each) &&
      each.extendedAttributeBlocks === 0 &&
      !use.malformed &&
      !use.relocated &&
      use.continuation === undefined &&
      use.childLink === undefined &&
      use.parentLinkOffset === undefined;
  }
  return isOrdinary && records[0]?.isSelfOrParent === true ? records : undefined;
}

/** The names that a directory tells of its files, and where their records are. */
function namesOf(held: HeldDirectory, byRockRidge: boolean): [string, number][] {
  const names: [string, number][] = [];
  held.eachName(byRockRidge, (name, offset) => names.push([name, offset]));
  return names;
}

/** Asks a directory everything, first as it is held and then by its nodes. */
function agrees(
  t: Test,
  bytes: Uint8Array,
  records: readonly ScannedRecord[],
  skipLength: number | undefined,
): void {
  const survey = surveyDirectory(bytes, skipLength);
  if (survey === undefined) {
    t.fail('an ordinary directory is held');
    return;
  }
  const root = new TreeNode(undefined, '', true, [{ lba: lba(100), length: bytes.length }], 0, undefined);
  const held = new HeldDirectory(root, bytes, START, survey, { names: 'single-byte', skipLength });
  const files: (readonly [number, number, number])[] = [];
  held.eachFile((start, length, offset) => files.push([start, length, offset]));
  const [inIso, inRockRidge] = [namesOf(held, false), namesOf(held, true)];
  const facts = files.map(([, , offset]) => held.fileAt(offset));
  const { subdirectories, fileCount } = held;
  root.contents = held;
  const nodes = root.children ?? [];
  const nodesOfFiles = nodes.filter(({ isDirectory }) => !isDirectory);
  const mine = records.filter(({ isSelfOrParent }) => !isSelfOrParent);
  t.strictSame(
    {
      count: survey.count,
      end: survey.end,
      files,
      inIso,
      inRockRidge,
      facts,
      fileCount,
      names: nodes.map(({ name }) => name),
      directories: subdirectories.map(({ recordOffset }) => recordOffset),
    },
    {
      count: records.length,
      end: records.at(-1)?.end,
      files: nodesOfFiles.map((node) => [node.extents[0]?.lba, node.size, node.recordOffset]),
      inIso: nodesOfFiles.map(({ name, recordOffset }) => [name, recordOffset]),
      inRockRidge: nodesOfFiles.map(({ bestName, recordOffset }) => [bestName, recordOffset]),
      facts: nodesOfFiles.map(factsOf),
      fileCount: nodesOfFiles.length,
      names: mine.map(({ name }) => name),
      directories: mine.filter(isDirectoryRecord).map(({ at }) => START + at),
    },
  );
  t.ok(
    nodes.every((node) => root.childAt(node.recordOffset) === node),
    'each is found by its record',
  );
  t.ok(
    subdirectories.every((node) => nodes.includes(node)),
    'directories are the nodes that they were',
  );
}

const ORDINARY: Readonly<Record<string, Uint8Array>> = {
  'nothing in it': directory(),
  'files and a directory': directory(file('A.;1'), folder, file('B.TXT;1', { length: 0 })),
  'Rock Ridge': directory(withUse(px(0o100644), nm('a file')), file('B.;1', { systemUse: nm('') })),
  'names that are not ASCII': directory(
    withUse(nm('na\u00efve \u6f22')),
    file('NA\u00cfVE.;1'),
    withUse(oddName),
  ),
  'a link': directory(withUse(nm('link'), sl([0, 'target']))),
  'a compressed file': directory(withUse(zf(9000))),
  'no more behind ST': directory(withUse(nm('a'), ST, RE)),
  'its own entries go on elsewhere': directoryOf(joined(sp(), CE), file('A.;1'), folder),
  'its own entries are malformed': directoryOf(ascii('NM\xf0\x01'), file('A.;1')),
  'more than a block': directory(...Array.from({ length: 60 }, (_, i) => file(`FILE${i}.TXT;1`))),
};

for (const [name, bytes] of Object.entries(ORDINARY)) {
  t.test(`ordinary: ${name}`, async (t) => {
    for (const skipLength of [0, undefined]) {
      agrees(t, bytes, readInFull(bytes, skipLength) ?? [], skipLength);
    }
  });
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
}

/** Where the third record starts, behind those of the directory itself and of its parent. */
const THIRD = joined(...dots(20, 20, sp())).length;

const OTHERS: Readonly<Record<string, Uint8Array>> = {
  'an extended attribute record': directory(file('A.;1', { extendedAttributeBlocks: 1 })),
  'an interleaved file': directory(file('A.;1', { fileUnitSize: 2, interleaveGapSize: 1 })),
  'a file of several extents': directory(file('A.;1', { flags: 0x80 }), file('A.;1')),
  'halves that differ': changed(directory(file('A.;1')), THIRD + 2 + 4, 1),
  'lengths whose halves differ': changed(directory(file('A.;1')), THIRD + 10 + 4, 1),
  'a record that is too short': changed(directory(file('A.;1')), THIRD, 33),
  'a name that is too long': changed(directory(file('A.;1')), THIRD + 32, 200),
  'no name': changed(directory(file('A.;1')), THIRD + 32, 0),
  'a record that is cut off': directory(file('A.;1')).slice(0, THIRD + 20),
  'no record of itself': directory().slice(THIRD),
  'a third record of itself, with entries that go on elsewhere': directory(
    record({ name: '\0', at: 20, length: BLOCK, directory: true, systemUse: CE }),
  ),
  'entries that go on elsewhere': directory(withUse(CE)),
  'a directory that stands elsewhere': directory(withUse(cl(500))),
  'a directory that was moved here': directory(withUse(RE)),
  'a moved directory': directory(withUse(PL)),
  'an entry of no length': directory(withUse(ascii('NM\0\x01'))),
  'an entry that is too long': directory(withUse(ascii('NM\xf0\x01'))),
};

t.test('others are read record by record', async (t) => {
  for (const [name, bytes] of Object.entries(OTHERS)) {
    t.equal(surveyDirectory(bytes, 0), undefined, name);
    t.equal(readInFull(bytes, 0), undefined, `${name}, read in full`);
  }
});

t.test('without Rock Ridge nobody looks into system use fields', async (t) => {
  t.not(surveyDirectory(directory(withUse(CE)), undefined), undefined);
});

t.test('damaged directories', async (t) => {
  const random = new Random(6);
  const whole = [...Object.values(ORDINARY), ...Object.values(OTHERS)];
  let held = 0;
  for (let i = 0; i < 4000; i += 1) {
    const bytes = Uint8Array.from(whole[i % whole.length] ?? []);
    for (let flips = random.between(1, 3); flips > 0; flips -= 1) {
      bytes[random.between(0, 300)] = random.between(0, 255);
    }
    const records = readInFull(bytes, 0);
    const isHeld = surveyDirectory(bytes, 0) !== undefined;
    if (isHeld && records === undefined) {
      t.fail(`case ${i} is no ordinary directory`);
    }
    // A few more are read record by record than have to be, such as those with an entry that is too short to lead on.
    held += isHeld ? 1 : 0;
    if (isHeld && records !== undefined && i % 10 === 0) {
      agrees(t, bytes, records, 0);
    }
  }
  t.ok(held > 500 && held < 3500, `both kinds are among them: ${held} were held`);
});
