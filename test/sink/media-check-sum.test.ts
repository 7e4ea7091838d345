/** The media check sums, held against implantisomd5 byte for byte. */
import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { MEDIA_CHECK_RANGE, SKIP_SECTORS } from '../../src/layout/media-check.js';
import { mediaCheckCover, mediaCheckSumOf, type MediaCheckSum } from '../../src/layout/media-check-sum.js';
import { RunningMd5 } from '../../src/layout/running-md5.js';
import { digestOverlay } from '../../src/sink/digest.js';
import { FileSource } from '../../src/source/file-source.js';
import { needTools, run, runOk } from '../kit/tools.js';
import { Random } from './sample.js';

const FIELD_OFFSET = 32_768 + MEDIA_CHECK_RANGE.offset;

function sumOf(image: Uint8Array, coveredBytes: number, pieceLength: (at: number) => number): MediaCheckSum {
  const sum = new RunningMd5(() => createHash('md5'), mediaCheckCover(coveredBytes, FIELD_OFFSET));
  for (let at = 0; at < image.length;) {
    const end = Math.min(image.length, at + pieceLength(at));
    sum.update(image.subarray(at, end), at);
    at = end;
  }
  return mediaCheckSumOf(sum.finish(), coveredBytes);
}

function coveredBytes(image: Uint8Array): number {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  return (view.getUint32(32_768 + 84) - SKIP_SECTORS) * 2048;
}

function implanted(field: string): MediaCheckSum {
  return {
    md5: /ISO MD5SUM = ([0-9a-f]{32});/.exec(field)?.[1] ?? '',
    fragmentSums: /FRAGMENT SUMS = ([0-9a-f]*);/.exec(field)?.[1] ?? '',
  };
}

/** Lengths of the one file inside, in bytes: tiny images, those around a chunk per fragment, and larger ones. */
const FILE_LENGTHS = [
  0, 1, 30_000, 100_000, 333_333, 650_000, 688_128, 700_001, 1_400_000, 5_000_000, 23_000_001,
];

t.test('the same sums as implantisomd5', async (t) => {
  if (!needTools(t, 'genisoimage', 'implantisomd5')) {
    return;
  }
  const folder = t.testdir({ tree: {} });
  for (const [index, length] of FILE_LENGTHS.entries()) {
    const image = join(folder, `${length}.iso`);
    await writeFile(join(folder, 'tree', 'file.bin'), repeated(new Random(index), length));
    const options = index % 2 === 0 ? [] : ['-no-pad'];
    await runOk('genisoimage', ['-quiet', '-R', '-J', ...options, '-o', image, join(folder, 'tree')]);
    await compare(t, image);
  }
});

t.test('an image that ends before its volume does', async (t) => {
  if (!needTools(t, 'genisoimage', 'implantisomd5')) {
    return;
  }
  const folder = t.testdir({ tree: {} });
  const image = join(folder, 'whole.iso');
  await writeFile(join(folder, 'tree', 'file.bin'), repeated(new Random(3), 3_000_000));
  await runOk('genisoimage', ['-quiet', '-R', '-J', '-o', image, join(folder, 'tree')]);
  const whole = await readFile(image);
  for (const end of [1_000_000, 1_507_328, 2_000_000, 2_031_616]) {
    const cut = join(folder, `${end}.iso`);
    await writeFile(cut, whole.subarray(0, end));
    await compare(t, cut);
  }
});

/** Implants a sum into a copy of the image and compares it with ours, fed in pieces of several lengths. */
async function compare(t: Test, image: string): Promise<void> {
  await copyFile(image, `${image}.md5`);
  const { code, stderr } = await run('implantisomd5', [`${image}.md5`]);
  t.equal(code, 0, stderr);
  const bytes = await readFile(`${image}.md5`);
  const wanted = implanted(bytes.toString('latin1', FIELD_OFFSET, FIELD_OFFSET + MEDIA_CHECK_RANGE.length));
  const original = await readFile(image);
  const random = new Random(bytes.length);
  const covered = coveredBytes(original);
  for (const pieceLength of [() => original.length, () => 32_768, () => 1000 + random.below(200_000)]) {
    t.strictSame(sumOf(original, covered, pieceLength), wanted, `${image}: ${covered} covered bytes`);
    t.strictSame(sumOf(bytes, covered, pieceLength), wanted, 'the field itself does not count');
  }
}

function repeated(random: Random, length: number): Uint8Array {
  const pattern = random.bytes(10_007);
  return Uint8Array.from({ length }, (_, index) => pattern[index % pattern.length] ?? 0);
}

t.test('the digest thread gives the same', async (t) => {
  const path = join(t.testdir(), 'image.iso');
  const image = repeated(new Random(1), 3_000_320);
  await writeFile(path, image);
  const base = await FileSource.open(path);
  const covered = 2_900_992;
  const { runningMd5 } = await digestOverlay({ base, runningMd5: mediaCheckCover(covered, FIELD_OFFSET) });
  await base.close();
  const sum = runningMd5 && mediaCheckSumOf(runningMd5, covered);
  t.strictSame(
    sum,
    sumOf(image, covered, () => 7777),
  );
  t.equal(sum?.fragmentSums.length, 60);
});

t.test('little or nothing covered, and pieces out of order', (t) => {
  const empty = createHash('md5').digest('hex');
  for (const covered of [-30_720, 0]) {
    t.strictSame(
      sumOf(new Uint8Array(40_000), covered, () => 1000),
      { md5: empty, fragmentSums: '' },
    );
  }
  t.equal(sumOf(new Uint8Array(40_000), 20, () => 7).fragmentSums, '');
  const sum = new RunningMd5(() => createHash('md5'), mediaCheckCover(10_000, FIELD_OFFSET));
  sum.update(new Uint8Array(100), 0);
  t.throws(() => sum.update(new Uint8Array(100), 200), { code: 'ISO_INTERNAL' });
  t.throws(() => sum.update(new Uint8Array(100), 0), { code: 'ISO_INTERNAL' });
  t.end();
});
