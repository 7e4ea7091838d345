/** The images that are mutated: all fixtures, random volumes, some made bootable, and small ones of the corpus. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { encodeMediaCheck, MEDIA_CHECK_RANGE } from '../../src/layout/media-check.js';
import { readImage } from '../../src/read/image.js';
import { OverlaySource } from '../../src/sink/overlay.js';
import { MemorySource } from '../../src/source/memory-source.js';
import { BLOCK_SIZE } from '../../src/units.js';
import { FIXTURES } from '../fixtures/index.js';
import { randomVolume } from '../fixtures/random-volume.js';
import { writeVolume } from '../fixtures/writer.js';
import { corpusFolder } from '../kit/corpus.js';
import { ascii } from '../kit/golden.js';
import { hfsHybrid } from '../kit/hfs-builder.js';
import {
  bootEntry,
  dots,
  ImageBuilder,
  joined,
  plainImage,
  record,
  ROOT,
  type RecordSpec,
} from '../kit/image-builder.js';
import { zisofsFile } from '../job/zisofs-file.js';
import { planFor } from '../kit/planned.js';
import { cl, nm, px, sl, sp, tf, zf } from '../kit/rock-ridge.js';
import { bridgeImage } from '../kit/udf-builder.js';
import { vendorImage } from '../plan/planning.js';
import type { Structure } from './structure.js';
import { surveyOf } from './survey.js';

/** An image as it is before it is mutated. */
export interface Specimen {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Nothing where our reader refuses it. */
  readonly structures: readonly Structure[];
}

const RANDOM_VOLUMES = 24;
/** A larger one takes longer to copy than to read. */
const LARGEST = 1_500_000;
/** Held at once; an image is made anew when it is asked for again. */
const MOST_HELD = 12;

type Maker = () => Uint8Array | Promise<Uint8Array>;

const makers = new Map<string, Maker>([
  ...FIXTURES.map(({ name, build }) => [name, build] as const),
  ...FIXTURES.filter(({ outcome }) => outcome.kind !== 'refused').map(
    ({ name, build }) => [`bootable-${name}`, () => madeBootable(build())] as const,
  ),
  ...Array.from(
    { length: RANDOM_VOLUMES },
    (_, seed) => [`random-${seed}`, () => writeVolume(randomVolume(seed)).bytes] as const,
  ),
  ['plain', () => plainImage().bytes],
  ['three-entries', threeEntries],
  ['hfs-hybrid', () => hfsHybrid().bytes],
  ['hfs-wrapper', hfsWrapper],
  ['udf-long', () => bridgeImage({ long: true, extended: true, bitmap: 'exact' }).bytes],
  ['udf-embedded', () => bridgeImage({ embedded: true, extended: true, bitmap: 'all used' }).bytes],
  ['media-check', mediaChecked],
  ['rock-ridge', rockRidge],
  ['listed', listed],
]);

const built = [...makers.keys()];

/** The names of the images that can be made anywhere. */
export function builtNames(): readonly string[] {
  return built;
}

/** Those, and the small images of the corpus, where it is. */
export function allNames(): string[] {
  const folder = corpusFolder();
  for (const file of folder === undefined ? [] : readdirSync(folder).sort()) {
    const path = join(folder ?? '', file);
    if (!/^(INDEX|README)/.test(file) && statSync(path).size <= LARGEST) {
      makers.set(`corpus:${file}`, () => new Uint8Array(readFileSync(path)));
    }
  }
  return [...makers.keys()];
}

const held = new Map<string, Specimen>();

/** The image of a name. */
export async function specimenNamed(name: string): Promise<Specimen> {
  const known = held.get(name);
  if (known !== undefined) {
    return known;
  }
  const maker = makers.get(name);
  if (maker === undefined) {
    throw new RangeError(`there is no specimen ${name}`);
  }
  const bytes = await maker();
  const specimen = { name, bytes, structures: await surveyed(bytes) };
  const [oldest] = held.keys();
  if (held.size >= MOST_HELD && oldest !== undefined) {
    held.delete(oldest);
  }
  held.set(name, specimen);
  return specimen;
}

async function surveyed(bytes: Uint8Array): Promise<readonly Structure[]> {
  const image = await readImage(new MemorySource(bytes)).catch(() => undefined);
  // One that is refused as it is may still be read when it has been changed.
  return image === undefined ? [] : surveyOf(image, bytes);
}

async function madeBootable(bytes: Uint8Array): Promise<Uint8Array> {
  const { plan } = await planFor(bytes);
  const result = new OverlaySource(new MemorySource(bytes), plan.list);
  return result.read(0, result.size);
}

function threeEntries(): Uint8Array {
  return plainImage()
    .put(17, new Uint8Array(BLOCK_SIZE))
    .bootRecord(19)
    .terminator(18)
    .catalog(19, { at: 23 }, bootEntry({ at: 24 }), bootEntry({ at: 29, media: 4 })).bytes;
}

/** An HFS wrapper around an HFS+ volume that is not there. */
function hfsWrapper(): Uint8Array {
  const header = { embeddedSignature: 'H+', embeddedStartBlock: 99, embeddedBlockCount: 60 };
  return hfsHybrid({ header }, 250).bytes;
}

function mediaChecked(): Uint8Array {
  const bytes = FIXTURES[0]?.build() ?? new Uint8Array();
  const field = encodeMediaCheck({ md5: '0'.repeat(32), fragmentSums: '0'.repeat(60) }, '0');
  bytes.set(field, 16 * BLOCK_SIZE + MEDIA_CHECK_RANGE.offset);
  return bytes;
}

/** Links of every kind, special files, a moved directory, a compressed file. */
function rockRidge(): Uint8Array {
  const contents = Buffer.concat([Buffer.alloc(40_000), Buffer.from('end')]);
  const stored = zisofsFile(contents);
  let files = 0;
  const entry = (spec: Partial<RecordSpec>, ...systemUse: readonly Uint8Array[]): Uint8Array => {
    files += 1;
    const plain = { name: `F${files}.;1`, at: 24, length: 5, systemUse: joined(...systemUse) };
    return record({ ...plain, ...spec });
  };
  const folder = { at: 21, length: BLOCK_SIZE, directory: true };
  return new ImageBuilder(60)
    .primary()
    .terminator(17)
    .directory(ROOT, [
      ...dots(ROOT, ROOT, sp()),
      entry(folder, nm('folder'), px(0o040755), tf(2, new Uint8Array(7).fill(1))),
      entry({ length: 0 }, nm('link'), px(0o120777), sl([8, ''], [0, 'etc'], [4, ''], [0, 'x'])),
      entry({ length: 0 }, nm('moved'), cl(22)),
      entry({}, nm('device'), px(0o020666)),
      entry({ at: 30, length: stored.length }, nm('packed'), px(0o100644), zf(contents.length)),
    ])
    .directory(21, [...dots(21, ROOT), entry({}, nm('isolinux.bin'), px(0o100755))])
    .directory(22, [...dots(22, ROOT), entry({}, nm('inside'), px(0o100644))])
    .put(24, new Uint8Array(BLOCK_SIZE).fill(0x90))
    .put(30, stored).bytes;
}

/** A loader that a list of checksums names. */
function listed(): Uint8Array {
  const sums = [32, 40, 64, 128].map((digits) => `${'0'.repeat(digits)}  isolinux.bin\n`).join('');
  const records = [{ name: 'MD5SUM.TXT;1', at: LIST_LBA, length: sums.length }];
  return vendorImage({ records }).put(LIST_LBA, ascii(sums)).bytes;
}
const LIST_LBA = 41;
