/** `isoboot media-check` beside the programs that it stands for: implantisomd5 and checkisomd5. */
import { copyFile, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ImageBuilder } from '../kit/image-builder.js';
import { fileDigest } from '../kit/digest.js';
import { isoboot, isobootOk, type JsonObject } from '../kit/isoboot.js';
import { Random } from '../kit/random.js';
import { checkMedia } from '../kit/boot-reports.js';
import { needTools } from '../kit/tools.js';
import { implantMd5 } from '../kit/vendor-images.js';
import { vendorImage } from '../plan/planning.js';

const BLOCK = 2048;

/** Blocks: without any sum, with a few, around a chunk to a fragment, and larger ones. */
const SIZES = [27, 32, 47, 63, 214, 350, 351, 352, 700, 1501, 4000] as const;

function noise(image: ImageBuilder): Uint8Array {
  const random = new Random(image.bytes.length);
  const from = Math.min(30 * BLOCK, image.bytes.length);
  for (let at = from; at < image.bytes.length; at += 1) {
    image.bytes[at] = random.between(0, 255);
  }
  return image.bytes;
}

async function makeImage(t: Test, blocks: number): Promise<string> {
  const applicationUse = new Uint8Array(512).fill(0x20);
  const path = join(t.testdir({}), `${blocks}.iso`);
  await writeFile(path, noise(vendorImage({ blocks, primary: { applicationUse } })));
  return path;
}

async function flip(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, offset);
  await file.write(
    byte.map((value) => value ^ 0xff),
    0,
    1,
    offset,
  );
  await file.close();
}

async function judged(path: string, code: number, t: Test): Promise<JsonObject> {
  const run = await isoboot(['media-check', path, '--json']);
  t.equal(run.code, code, 'exit code');
  return JSON.parse(run.stdout.toString()) as JsonObject;
}

t.test('--implant writes what implantisomd5 does', async (t) => {
  if (!needTools(t, 'implantisomd5', 'checkisomd5')) {
    return;
  }
  for (const blocks of SIZES) {
    const image = await makeImage(t, blocks);
    const theirs = `${image}.theirs`;
    await copyFile(image, theirs);
    await implantMd5(theirs);
    await isobootOk(['media-check', image, '--implant', '--in-place', '--no-undo']);
    t.equal(await fileDigest(image), await fileDigest(theirs), `${blocks} blocks`);
    t.match(await judged(theirs, 0, t), { result: 'pass' }, `${blocks} blocks`);
  }
});

t.test('a flipped byte is found with its fragment', async (t) => {
  if (!needTools(t, 'implantisomd5', 'checkisomd5')) {
    return;
  }
  const image = await makeImage(t, 1501);
  await implantMd5(image);
  t.equal(await checkMedia(image), 'pass');
  const covered = (1501 - 15) * BLOCK;
  const fragment = Math.floor(covered / 21);
  const places = [30 * BLOCK, fragment * 10, fragment * 20, covered - 1];
  const found: number[] = [];
  for (const offset of places) {
    await flip(image, offset);
    const { result, fragments } = await judged(image, 1, t);
    const { firstBad } = fragments as { firstBad: { index: number; offset: number; length: number } };
    t.equal(result, 'fail');
    t.equal(await checkMedia(image), 'fail', 'theirs too');
    t.ok(firstBad.offset <= offset && offset < firstBad.offset + firstBad.length, `${offset} is in it`);
    found.push(firstBad.index);
    await flip(image, offset);
  }
  t.same(found, [1, 10, 20, 21]);

  await flip(image, 1501 * BLOCK - 1);
  t.match(await judged(image, 0, t), { result: 'pass', skipSectors: 15 }, 'the last blocks are not covered');
  t.equal(await checkMedia(image), 'pass');
  const digit = (await readFile(image)).indexOf('FRAGMENT SUMS = ') + 16;
  await flip(image, digit);
  t.match(await judged(image, 0, t), { fragments: { form: null } }, 'no digit');
});

t.test('an image that is shorter than its volume never passes', async (t) => {
  if (!needTools(t, 'implantisomd5', 'checkisomd5')) {
    return;
  }
  const image = await makeImage(t, 1501);
  await implantMd5(image);
  await writeFile(image, new Uint8Array(5000), { flag: 'a' });
  t.match(await judged(image, 0, t), { result: 'pass', missingBytes: 0 }, 'what follows does not matter');
  await truncate(image, 1501 * BLOCK - 1);
  t.match(await judged(image, 1, t), { result: 'incomplete', missingBytes: 1 });
  await truncate(image, (1501 - 10) * BLOCK);
  t.equal(await checkMedia(image), 'pass', 'theirs does not see it');
  const padless = await judged(image, 1, t);
  t.match(padless, { result: 'incomplete', missingBytes: 10 * BLOCK, fragments: { firstBad: null } });
  await truncate(image, 700 * BLOCK);
  t.equal(await checkMedia(image), 'fail');
  t.match(await judged(image, 1, t), { result: 'incomplete', fragments: { firstBad: { index: 10 } } });
});
